package daemon

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"argus/internal/installed"
)

// Folder is what `argus init` made.
type Folder struct {
	Dir   string
	argus installed.Argus
}

// Init makes a folder to serve from, with an operator key that is not sealed. It is removed with the test.
func Init(t testing.TB, p Programs) *Folder {
	t.Helper()
	a, err := installed.New(t.Context(), p.Folder)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.Remove() })
	return &Folder{Dir: a.Folder, argus: a}
}

// Path is that of a file or folder in it.
func (f *Folder) Path(name string) string { return filepath.Join(f.Dir, name) }

// Config is the path of its argus.toml.
func (f *Folder) Config() string { return f.argus.Config() }

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
	out, err := f.Try(arguments...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// Try runs a command of argus that may fail. The error holds what it complained of.
func (f *Folder) Try(arguments ...string) (out string, err error) {
	printed, err := f.argus.Command(context.Background(), append(arguments, "--config", f.Config())...)
	return string(printed), err
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
	token, err := f.argus.NewAgent(t.Context(), name, more...)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// Fresh gives an agent a clean context.
func (f *Folder) Fresh(t testing.TB, name string) {
	t.Helper()
	f.Run(t, "agent", "fresh", name)
}
