package daemon

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// Programs are the binaries under test.
type Programs struct {
	Folder  string // of servers and whatever else the tests need
	Argus   string
	Plugins string // a folder
}

// plugins are the packages of this release's plugins; the helper has a name of its own.
var plugins = []string{"argus/plugins/oracle-cedar", "argus/plugins/sandbox-landlock", "argus/plugins/registry-git"}

// Build builds argus, its plugins, and the other packages by the names of their folders, into the folder.
func Build(folder string, others ...string) (Programs, error) {
	p := Programs{Folder: folder, Argus: filepath.Join(folder, "argus"), Plugins: filepath.Join(folder, "plugins")}
	if err := os.MkdirAll(p.Plugins, 0o755); err != nil {
		return p, err
	}
	if err := build(nil, p.Plugins+"/", plugins...); err != nil {
		return p, err
	}
	// The helper is executed inside the sandbox, where it finds no loader of its own choosing.
	if err := build([]string{"CGO_ENABLED=0"}, filepath.Join(p.Plugins, "argus-confine"), "argus/plugins/sandbox-landlock/helper"); err != nil {
		return p, err
	}
	return p, build(nil, folder+"/", append(others, "argus/cmd/argus")...)
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

func build(environ []string, output string, packages ...string) error {
	cmd := exec.Command("go", append([]string{"build", "-o", output}, packages...)...)
	cmd.Env = append(os.Environ(), environ...)
	if said, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build %v: %w\n%s", packages, err, said)
	}
	return nil
}
