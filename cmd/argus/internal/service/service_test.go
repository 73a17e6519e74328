package service

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/micromdm/plist"
)

func spec(m Manager, system bool) Spec {
	return Spec{
		Manager: m, System: system,
		Program: "/opt/my tools/argus", Config: `/etc/a"b\c/$HOME/100%.toml`, Plugins: "/opt/<plugins>&more]]>", Home: "/Users/A & 'B' --><!-- ü",
	}
}

// words reads a command line as systemd.service(5) says: quoted words, with backslash, %% and $$.
func words(t *testing.T, line string) []string {
	t.Helper()
	var all []string
	for line != "" {
		rest, ok := strings.CutPrefix(line, `"`)
		if !ok {
			t.Fatalf("no quoted word: %s", line)
		}
		var word strings.Builder
		i := 0
		for ; rest[i] != '"'; i++ {
			switch c := rest[i]; {
			case c == '\\', c == '%' && rest[i+1] == '%', c == '$' && rest[i+1] == '$':
				i++
			case c == '%' || c == '$':
				t.Fatalf("systemd would replace %q", rest[i:])
			}
			word.WriteByte(rest[i])
		}
		all = append(all, word.String())
		line = strings.TrimPrefix(rest[i+1:], " ")
	}
	return all
}

func TestAUnitRunsExactlyTheCommand(t *testing.T) {
	for _, system := range []bool{false, true} {
		s := spec(Systemd, system)
		text, err := s.Text()
		if err != nil {
			t.Fatal(err)
		}
		_, after, _ := strings.Cut(text, "ExecStart=")
		line, _, _ := strings.Cut(after, "\n")
		if got := words(t, line); !slices.Equal(got, s.command()) {
			t.Errorf("runs %q", got)
		}
		if strings.Contains(text, "\nCapabilityBoundingSet=\n") != system || strings.Contains(text, "User=argus") != system || strings.Contains(text, "multi-user.target") != system {
			t.Errorf("system %v:\n%s", system, text)
		}
	}
}

func TestAPropertyListSaysExactlyWhatIsMeant(t *testing.T) {
	for _, system := range []bool{false, true} {
		s := spec(Launchd, system)
		text, err := s.Text()
		if err != nil {
			t.Fatal(err)
		}
		var got map[string]any
		if err := plist.Unmarshal([]byte(text), &got); err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		var arguments []any
		for _, word := range s.command() {
			arguments = append(arguments, word)
		}
		want := map[string]any{
			"Label": "argus.daemon", "ProgramArguments": arguments,
			"RunAtLoad": true, "KeepAlive": map[string]any{"SuccessfulExit": false}, "ExitTimeOut": uint64(15), "ProcessType": "Interactive",
			"StandardErrorPath": s.Home + "/Library/Logs/argus.log", "Umask": uint64(0o077),
		}
		if system {
			want["UserName"], want["StandardErrorPath"] = "argus", "/var/log/argus.log"
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("system %v (-want +got):\n%s", system, d)
		}
	}
}

func TestACommandOfAShellNamesExactlyThePath(t *testing.T) {
	s := spec(Launchd, false)
	for _, c := range []struct{ command, before, path string }{
		{s.Begin()[0], "launchctl bootstrap gui/$(id -u) ", s.Path()}, {s.End()[1], "rm -f ", s.Log()},
	} {
		word, is := strings.CutPrefix(c.command, c.before)
		if !is {
			t.Fatalf("the command is %s", c.command)
		}
		out, err := exec.Command("/bin/sh", "-c", "printf %s "+word).Output()
		if err != nil || string(out) != c.path {
			t.Errorf("a shell reads %q, %v", out, err)
		}
	}
}

func TestAPathThatATextCannotHoldIsRefused(t *testing.T) {
	for _, manager := range []Manager{Systemd, Launchd} {
		for _, path := range []string{
			"/a\nExecStartPre=/bin/evil", "/a\rb", "/a\x00b", "/a\x1b[2J", "/a\u0085b", "/a\xffb", "/a\uffffb", "relative", "",
		} {
			s := spec(manager, false)
			s.Config = path
			if text, err := s.Text(); err == nil {
				t.Errorf("%s: %q gave\n%s", manager, path, text)
			}
			s = spec(manager, false)
			s.Home = path
			if text, err := s.Text(); (err == nil) != (manager == Systemd) { // whose text no home is in
				t.Errorf("%s: home %q gave %v\n%s", manager, path, err, text)
			}
		}
	}
}

func TestOnlyWhatIsOursIsReplacedAndRemoved(t *testing.T) {
	path := filepath.Join(t.TempDir(), "made", "argus.service")
	text, err := spec(Systemd, false).Text()
	if err != nil {
		t.Fatal(err)
	}
	if err := Remove(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("removed what is not there: %v", err)
	}
	for range 2 {
		if err := Install(path, text); err != nil {
			t.Fatal(err)
		}
	}
	if err := Remove(path); err != nil {
		t.Error(err)
	}
	if err := os.WriteFile(path, []byte("[Service]\nExecStart=/mine\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if Install(path, text) == nil || Remove(path) == nil {
		t.Error("a file of somebody else's was replaced or removed")
	}
}

func TestALinkIsNotOurs(t *testing.T) {
	folder := t.TempDir()
	text, err := spec(Systemd, false).Text()
	if err != nil {
		t.Fatal(err)
	}
	real := filepath.Join(folder, "real.service")
	if err := Install(real, text); err != nil || !Ours(real) {
		t.Fatalf("control: %v", err)
	}
	for name, target := range map[string]string{"to one of ours": real, "to nothing": filepath.Join(folder, "absent")} {
		path := filepath.Join(folder, strings.ReplaceAll(name, " ", "-"))
		if err := os.Symlink(target, path); err != nil {
			t.Fatal(err)
		}
		if Install(path, text+"# changed") == nil || Remove(path) == nil || Ours(path) {
			t.Errorf("a link %s was taken for ours", name)
		}
	}
	if kept, err := os.ReadFile(real); err != nil || string(kept) != text {
		t.Errorf("what the link leads to is %q, %v", kept, err)
	}
	if _, err := os.Lstat(filepath.Join(folder, "absent")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file was made at the end of a link: %v", err)
	}
}
