package tomlpos

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

type target struct {
	Title  string `toml:"title"`
	Limits struct {
		Depth uint8 `toml:"depth"`
		Calls int64 `toml:"calls_per_minute"`
	} `toml:"limits"`
	Servers []struct {
		Name Value[string]     `toml:"name"`
		Args []string          `toml:"args"`
		Env  map[string]string `toml:"env"`
		Any  any               `toml:"any"`
		Ptr  *float64          `toml:"ptr"`
	} `toml:"server"`
}

func TestAllMistakesAreReportedTogether(t *testing.T) {
	doc, problems := Parse("argus.toml", []byte(`title = 3
tilte = "x"
[limits]
depth = 300
calls_per_minut = 1
[[server]]
name = ["x"]
args = "x"
[[server]]
env = { A = 1 }
args = [1, "x", 2024-01-01]
ptr = true
`))
	if problems != nil {
		t.Fatal(problems)
	}
	var into target
	got := strings.Split(doc.Decode(&into).Error(), "\n")
	want := []string{
		`argus.toml:1: title must be text, not a whole number (write title = "…", in quotes)`,
		`argus.toml:2: unknown key "tilte" (did you mean title?)`,
		`argus.toml:4: limits.depth is out of range`,
		`argus.toml:5: unknown key "calls_per_minut" in limits (did you mean calls_per_minute?)`,
		`argus.toml:7: server[0].name must be text, not a list (write name = "…", in quotes)`,
		`argus.toml:8: server[0].args must be a list, not text (write args = [ … ])`,
		`argus.toml:10: server[1].env.A must be text, not a whole number (write A = "…", in quotes)`,
		`argus.toml:11: server[1].args[0] must be text, not a whole number (write text there)`,
		`argus.toml:11: server[1].args[2] must be text, not a date (write text there)`,
		`argus.toml:12: server[1].ptr must be a number, not true or false (write ptr = 1.5, without quotes)`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestAGoodDocumentDecodesWithPlaces(t *testing.T) {
	doc, _ := Parse("f", []byte("title = 'x'\n[limits]\ndepth = 8\n[[server]]\nname = 'a'\nany = [1, {b = 'c'}]\nptr = 2\n"))
	var into target
	if problems := doc.Decode(&into); problems.Err() != nil {
		t.Fatal(problems)
	}
	server := into.Servers[0]
	if into.Title != "x" || into.Limits.Depth != 8 || *server.Ptr != 2 || server.Name != (Value[string]{"a", Where{"f", 5}}) {
		t.Errorf("decoded %+v", into)
	}
	if diff := cmp.Diff([]any{int64(1), map[string]any{"b": "c"}}, server.Any); diff != "" {
		t.Error(diff)
	}
}

func TestNoValueIsShownInAReport(t *testing.T) {
	doc, _ := Parse("f", []byte("title = ['hunter2']\n[limits]\ndepth = 'hunter2'\n"))
	if report := doc.Decode(&target{}).Error(); strings.Contains(report, "hunter2") {
		t.Errorf("a value is in %q", report)
	}
}

func TestNearestWord(t *testing.T) {
	known := []string{"allowed_origins", "listen", "max_request_bytes"}
	for word, want := range map[string]string{"lisen": "listen", "lsiten": "listen", "allowed_origin": "allowed_origins", "zzz": ""} {
		if got, _ := Nearest(word, known); got != want {
			t.Errorf("nearest to %s is %q, want %q", word, got, want)
		}
	}
}

func TestAFileThatOthersCanChangeIsRefused(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "f.toml")
	if err := os.WriteFile(path, []byte("a = 1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadFile(path); err != nil {
		t.Fatalf("a private file: %v", err)
	}
	for _, mode := range []os.FileMode{0o602, 0o620, 0o666} {
		chmod(t, path, mode)
		if _, err := ReadFile(path); err == nil || !strings.Contains(err.Error(), "chmod go-w") {
			t.Errorf("mode %o: %v", mode, err)
		}
	}
	chmod(t, path, 0o600)
	chmod(t, folder, 0o777)
	if _, err := ReadFile(path); err == nil {
		t.Error("a file in a folder that anybody may change is read")
	}
	chmod(t, folder, 0o777|os.ModeSticky)
	if _, err := ReadFile(path); err != nil {
		t.Errorf("in a sticky folder: %v", err)
	}
}

func TestWhatIsNotARegularFileIsRefused(t *testing.T) {
	folder := t.TempDir()
	pipe, big := filepath.Join(folder, "pipe"), filepath.Join(folder, "big")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(big, make([]byte, MaxBytes+1), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{pipe, big, folder, "/dev/zero"} {
		if _, err := ReadFile(path); err == nil {
			t.Errorf("%s is read", path)
		}
	}
}

func chmod(t *testing.T, path string, mode os.FileMode) {
	t.Helper()
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}
