package daemon

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"testing"

	"argus/internal/installed"
)

// Programs are the binaries under test.
type Programs struct {
	Folder  string // of servers and whatever else the tests need
	Argus   string
	Plugins string // a folder
}

// Build builds argus, its plugins, and the other packages by the names of their folders, into the folder.
func Build(folder string, others ...string) (Programs, error) {
	named := map[string]string{}
	for _, of := range others {
		named[path.Base(of)] = of
	}
	a := installed.Argus{Programs: folder}
	return Programs{Folder: folder, Argus: a.Program(), Plugins: a.Plugins()}, installed.Build(context.Background(), folder, named)
}

// Main runs the tests of a package with programs built for them alone, as Build builds them, after whatever else must be prepared.
func Main(m *testing.M, p *Programs, prepare func() error, others ...string) {
	os.Exit(run(m, p, prepare, others...))
}

func run(m *testing.M, p *Programs, prepare func() error, others ...string) int {
	folder, err := os.MkdirTemp("", "programs")
	if err == nil {
		defer os.RemoveAll(folder)
		*p, err = Build(folder, others...)
	}
	if err == nil {
		err = prepare()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

// Install puts a program of the tests among the plugins, from where Build has put it, and answers with the line of argus.toml that lets
// it run.
func (p Programs) Install(name string) (pin string, err error) {
	text, err := os.ReadFile(filepath.Join(p.Folder, name))
	if err == nil {
		err = os.WriteFile(filepath.Join(p.Plugins, name), text, 0o755)
	}
	if err != nil {
		return "", err
	}
	out, err := exec.Command(p.Argus, "plugin", "pin", name, "--plugin-dir", p.Plugins).Output()
	return string(out), err
}
