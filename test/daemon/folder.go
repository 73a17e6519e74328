package daemon

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Folder is what `argus init` made.
type Folder struct {
	Dir      string
	programs Programs
}

// Init makes a folder to serve from, with an operator key that is not sealed. It is removed with the test.
func Init(t testing.TB, p Programs) *Folder {
	t.Helper()
	parent, err := os.MkdirTemp("", "argus")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(parent) })
	f := &Folder{Dir: filepath.Join(parent, "a"), programs: p}
	cmd := exec.Command(p.Argus, "init", f.Dir, "--unsealed", "--listen", "127.0.0.1:0", "--plugin-dir", p.Plugins)
	if said, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("argus init: %v\n%s", err, said)
	}
	return f
}

// Path is that of a file or folder in it.
func (f *Folder) Path(name string) string { return filepath.Join(f.Dir, name) }

// Config is the path of its argus.toml.
func (f *Folder) Config() string { return f.Path("argus.toml") }

// Beside is the path of something next to the folder, which servers may be given.
func (f *Folder) Beside(name string) string { return filepath.Join(filepath.Dir(f.Dir), name) }

// Write makes or replaces a file of the folder, all at once: a plugin that watches never finds half of it.
func (f *Folder) Write(t testing.TB, name, text string) {
	t.Helper()
	next := f.Path("." + filepath.Base(name) + ".next")
	if err := os.WriteFile(next, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(next, f.Path(name)); err != nil {
		t.Fatal(err)
	}
}

// Read is the text of a file of the folder.
func (f *Folder) Read(t testing.TB, name string) string {
	t.Helper()
	text, err := os.ReadFile(f.Path(name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// Edit replaces a piece of a file, which must be there.
func (f *Folder) Edit(t testing.TB, name, old, new string) {
	t.Helper()
	text := f.Read(t, name)
	if !strings.Contains(text, old) {
		t.Fatalf("%s does not hold %q", name, old)
	}
	f.Write(t, name, strings.Replace(text, old, new, 1))
}

// Configure appends to argus.toml.
func (f *Folder) Configure(t testing.TB, text string) {
	t.Helper()
	f.Write(t, "argus.toml", f.Read(t, "argus.toml")+"\n"+text)
}

// Run runs a command of argus against the folder and answers with what it printed.
func (f *Folder) Run(t testing.TB, arguments ...string) string {
	t.Helper()
	out, said, err := f.Try(arguments...)
	if err != nil {
		t.Fatalf("argus %s: %v\n%s", strings.Join(arguments, " "), err, said)
	}
	return out
}

// Try runs a command of argus that may fail.
func (f *Folder) Try(arguments ...string) (out, said string, err error) {
	var stdout, stderr bytes.Buffer
	cmd := exec.Command(f.programs.Argus, append(arguments, "--config", f.Config())...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err = cmd.Run()
	return stdout.String(), stderr.String(), err
}

// Ask runs a command with --json and reads what it printed.
func (f *Folder) Ask(t testing.TB, into any, arguments ...string) {
	t.Helper()
	if err := json.Unmarshal([]byte(f.Run(t, append(arguments, "--json")...)), into); err != nil {
		t.Fatalf("argus %s --json: %v", strings.Join(arguments, " "), err)
	}
}

// NewAgent makes an agent and answers with its token.
func (f *Folder) NewAgent(t testing.TB, name string, more ...string) string {
	t.Helper()
	var made struct{ Token string }
	f.Ask(t, &made, append([]string{"agent", "new", name, "--print-token"}, more...)...)
	return made.Token
}

// Fresh gives an agent a clean context.
func (f *Folder) Fresh(t testing.TB, name string) {
	t.Helper()
	f.Run(t, "agent", "fresh", name)
}
