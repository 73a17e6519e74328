package service

import (
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func spec(m Manager, system bool) Spec {
	return Spec{Manager: m, System: system, Program: "/opt/my tools/argus", Config: `/etc/a"b\c/$HOME/100%.toml`, Plugins: "/opt/<plugins>&more"}
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
		if strings.Contains(text, "User=argus") != system || strings.Contains(text, "multi-user.target") != system {
			t.Errorf("system %v:\n%s", system, text)
		}
	}
}

func TestAPropertyListRunsExactlyTheCommand(t *testing.T) {
	s := spec(Launchd, true)
	text, err := s.Text()
	if err != nil {
		t.Fatal(err)
	}
	var strs []string
	for d := xml.NewDecoder(strings.NewReader(text)); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if start, is := token.(xml.StartElement); is && start.Name.Local == "string" {
			var value string
			if err := d.DecodeElement(&value, &start); err != nil {
				t.Fatal(err)
			}
			strs = append(strs, value)
		}
	}
	if want := append([]string{label}, append(s.command(), User)...); !slices.Equal(strs, want) {
		t.Errorf("strings %q", strs)
	}
}

func TestAPathThatWouldEndALineIsRefused(t *testing.T) {
	s := spec(Systemd, false)
	for _, path := range []string{"/a\nExecStartPre=/bin/evil", "relative", ""} {
		s.Config = path
		if text, err := s.Text(); err == nil {
			t.Errorf("%q gave\n%s", path, text)
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
