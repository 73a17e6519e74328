package catalog

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"argus/plugin/sdk"
)

// refused opens a catalog that must be refused before anything runs, and gives what the person is told.
func (w *world) refused(specs ...Spec) string {
	w.t.Helper()
	c, err := Open(w.t.Context(), w.options, specs)
	if err == nil {
		c.Close()
		w.t.Fatal("opened")
	}
	return err.Error()
}

func mustContain(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%q does not tell %q", text, part)
		}
	}
}

func TestWrongChecksumIsRefused(t *testing.T) {
	w := newWorld(t)
	spec := w.spec(sdk.KindOracle, "judge")
	spec.SHA256 = strings.Repeat("0", 64)
	mustContain(t, w.refused(spec), "not the file that was pinned", "argus plugin pin judge")
}

func TestMissingChecksumIsRefusedWithTheLineThatPins(t *testing.T) {
	w := newWorld(t)
	spec := w.spec(sdk.KindOracle, "judge")
	line := `sha256 = "` + spec.SHA256 + `"`
	spec.SHA256 = ""
	mustContain(t, w.refused(spec), line)
	spec.SHA256 = strings.ToUpper(strings.Repeat("a", 64))
	mustContain(t, w.refused(spec), "lower-case hex")
}

func TestMissingBinaryIsRefused(t *testing.T) {
	w := newWorld(t)
	spec := w.spec(sdk.KindOracle, "judge")
	if err := os.Remove(filepath.Join(w.options.PluginDir, "judge")); err != nil {
		t.Fatal(err)
	}
	mustContain(t, w.refused(spec), "judge", "no such file")
}

func TestEveryMistakeIsToldTogether(t *testing.T) {
	w := newWorld(t)
	first, second := w.spec(sdk.KindOracle, "judge"), w.spec(sdk.KindSandbox, "sandbox")
	first.SHA256, second.SHA256 = strings.Repeat("0", 64), ""
	mustContain(t, w.refused(first, second), "plugin judge", "plugin sandbox")
}

func TestFileThatOthersCouldChangeIsRefused(t *testing.T) {
	for _, c := range []struct {
		name   string
		breach func(w *world) error
	}{
		{"world-writable folder", func(w *world) error { return os.Chmod(w.options.PluginDir, 0o777) }},
		{"world-writable sticky folder", func(w *world) error { return os.Chmod(w.options.PluginDir, 0o777|os.ModeSticky) }},
		{"group-writable folder", func(w *world) error { return os.Chmod(w.options.PluginDir, 0o775) }},
		{"world-writable folder above", func(w *world) error { return os.Chmod(filepath.Dir(w.options.PluginDir), 0o777) }},
		{"world-writable file", func(w *world) error { return replaceMode(w, 0o757) }},
		{"group-writable file", func(w *world) error { return replaceMode(w, 0o775) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			spec := w.spec(sdk.KindOracle, "judge")
			if err := c.breach(w); err != nil {
				t.Fatal(err)
			}
			mustContain(t, w.refused(spec), "written by others", "chmod go-w")
		})
	}
}

// replaceMode gives the plugin a copy of its file with another mode: the file itself is linked to by other tests.
func replaceMode(w *world, mode os.FileMode) error {
	path := filepath.Join(w.options.PluginDir, "judge")
	data, err := os.ReadFile(path)
	if err == nil {
		err = os.Remove(path)
	}
	if err == nil {
		err = os.WriteFile(path, data, mode)
	}
	if err == nil {
		err = os.Chmod(path, mode)
	}
	return err
}

func TestFileOfAnotherUserIsRefused(t *testing.T) {
	const us, other = 1000, 1001
	if !trustedOwner(0, us) || !trustedOwner(us, us) || trustedOwner(other, us) {
		t.Error("not exactly root and we are trusted")
	}
	if os.Geteuid() != 0 {
		return // only root can give a file away to see it refused
	}
	w := newWorld(t)
	spec := w.spec(sdk.KindOracle, "judge")
	if err := os.Chown(w.options.PluginDir, 12345, 12345); err != nil {
		t.Fatal(err)
	}
	mustContain(t, w.refused(spec), "user 12345")
}

func TestNameThatLeadsElsewhereIsRefused(t *testing.T) {
	w := newWorld(t)
	good := w.spec(sdk.KindOracle, "judge")
	for _, name := range []string{"../judge", "/bin/true", ".", "..", "", "a/b", ".hidden"} {
		spec := good
		spec.Binary = name
		mustContain(t, w.refused(spec), "plain name")
	}
	if err := os.Symlink(built, filepath.Join(w.options.PluginDir, "link")); err != nil {
		t.Fatal(err)
	}
	spec := good
	spec.Binary = "link"
	mustContain(t, w.refused(spec), "symbolic link")
	spec.Binary = "folder"
	if err := os.Mkdir(filepath.Join(w.options.PluginDir, "folder"), 0o755); err != nil {
		t.Fatal(err)
	}
	mustContain(t, w.refused(spec), "not a regular file")
}

func TestScriptIsRefused(t *testing.T) {
	w := newWorld(t)
	path := filepath.Join(w.options.PluginDir, "script")
	if err := os.WriteFile(path, []byte("#!/bin/sh\nexit 0\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := Pin(path); err == nil || !strings.Contains(err.Error(), "script") {
		t.Errorf("pin: %v", err)
	}
	spec := Spec{Kind: sdk.KindOracle, Name: "script", Binary: "script", SHA256: strings.Repeat("0", 64), ConfigFolder: "/"}
	mustContain(t, w.refused(spec), "script")
}

func TestTwoOfAKindAreRefused(t *testing.T) {
	w := newWorld(t)
	mustContain(t, w.refused(w.spec(sdk.KindOracle, "judge"), w.spec(sdk.KindOracle, "other")), "another oracle")
	mustContain(t, w.refused(Spec{Name: "x", Binary: "x", ConfigFolder: "/"}), "kind is unknown")
}

func TestRunFolderOfOthersIsRefused(t *testing.T) {
	w := newWorld(t)
	if err := os.Mkdir(w.options.RunDir, 0o755); err != nil {
		t.Fatal(err)
	}
	mustContain(t, w.refused(w.spec(sdk.KindOracle, "judge")), "0700")
}

func TestLeftoversOfAnEarlierRunAreRemoved(t *testing.T) {
	w := newWorld(t)
	old := filepath.Join(w.options.RunDir, leftover+"123", "plugin-dir456")
	if err := os.MkdirAll(old, 0o700); err != nil {
		t.Fatal(err)
	}
	kept := filepath.Join(w.options.RunDir, "state.lock")
	if err := os.WriteFile(kept, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	w.run()
	if _, err := os.Stat(old); !os.IsNotExist(err) {
		t.Error("the leftover is still there")
	}
	if _, err := os.Stat(kept); err != nil {
		t.Error("a file of somebody else is gone")
	}
}

// TestWhatWasHashedIsWhatRuns changes the file in every way between the hash and the execution.
func TestWhatWasHashedIsWhatRuns(t *testing.T) {
	for _, c := range []struct {
		name   string
		attack func(path string) error
	}{
		{"nothing", func(string) error { return nil }},
		{"swapped for a link", func(path string) error {
			if err := os.Remove(path); err != nil {
				return err
			}
			return os.Symlink("/bin/false", path)
		}},
		{"renamed over", func(path string) error {
			if err := os.WriteFile(path+".new", []byte("\x7fELF evil"), 0o755); err != nil {
				return err
			}
			return os.Rename(path+".new", path)
		}},
		{"rewritten in place", func(path string) error { return os.WriteFile(path, []byte("#!/bin/false\n"), 0o755) }},
		{"removed", os.Remove},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			path := filepath.Join(w.options.PluginDir, "echo")
			echo, err := os.ReadFile("/bin/echo")
			if err == nil {
				err = os.WriteFile(path, echo, 0o755)
			}
			if err != nil {
				t.Fatal(err)
			}
			sum, err := Pin(path)
			if err != nil {
				t.Fatal(err)
			}
			for how, open := range map[string]func() (*Image, error){
				"sealed": func() (*Image, error) { return OpenImage(w.options.PluginDir, "echo", sum, t.TempDir()) },
				"folder": func() (*Image, error) { return folderImage(w.options.PluginDir, "echo", t.TempDir()) },
			} {
				image, err := open()
				if err != nil {
					t.Fatal(how, err)
				}
				defer image.Close()
				defer func() {
					out, err := (&exec.Cmd{Path: image.Path(), Args: []string{"echo", "it is me"}}).Output()
					if err != nil || string(out) != "it is me\n" {
						t.Errorf("%s: ran to %q, %v", how, out, err)
					}
				}()
			}
			if err := c.attack(path); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// folderImage is the way of systems without sealed memory.
func folderImage(folder, name, scratch string) (*Image, error) {
	file, err := openTrusted(folder, name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	image, _, err := copyToFolder(file, name, scratch)
	return image, err
}

// TestRestartRunsThePinnedFile replaces the plugin's file while it runs.
func TestRestartRunsThePinnedFile(t *testing.T) {
	w := newWorld(t)
	c := w.oracle("judge")
	path := filepath.Join(w.options.PluginDir, "judge")
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/bin/false", path); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Oracle().Ask(t.Context(), question("die")); err == nil {
		t.Fatal("a dying plugin answered")
	}
	answersAgain(t, c)
}
