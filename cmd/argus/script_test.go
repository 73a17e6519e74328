package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// built is the folder of the binaries that the scripts run: bin, and bin/plugins beside the argus in it.
var built string

// source is the folder of Argus' source, and goFolders are where the go command keeps what it made, for scripts with a home of their own.
var (
	source    string
	goFolders map[string]string
)

// roots holds the scripts' folders. It is short, because the paths of sockets are.
var roots string

func TestMain(m *testing.M) { os.Exit(runAll(m)) }

func runAll(m *testing.M) int {
	root, err := os.MkdirTemp("", "a")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(root)
	built, roots = filepath.Join(root, "bin"), filepath.Join(root, "s")
	err = errors.Join(buildAll(), findGo())
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

func buildAll() error {
	plugins := filepath.Join(built, "plugins")
	for _, b := range []struct{ out, pkg string }{
		{built, "argus/cmd/argus"},
		{built, "argus/examples/servers/stub"},
		{built, "argus/examples/servers/fixtures"},
		{built, "argus/cmd/argus/testdata/trick"},
		{built, "argus/cmd/argus/testdata/hung"},
		{plugins, "argus/plugins/oracle-cedar"},
		{plugins, "argus/plugins/sandbox-landlock"},
		{plugins, "argus/plugins/registry-git"},
		{plugins, "argus/plugins/audit-sqlite"},
		{filepath.Join(plugins, "argus-confine"), "argus/plugins/sandbox-landlock/helper"},
	} {
		if filepath.Base(b.out) != "argus-confine" {
			if err := os.MkdirAll(b.out, 0o700); err != nil {
				return err
			}
		}
		cmd := exec.Command("go", "build", "-trimpath", "-o", b.out, b.pkg)
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("build %s: %w\n%s", b.pkg, err, out)
		}
	}
	return nil
}

func findGo() (err error) {
	if source, err = filepath.Abs(filepath.Join("..", "..")); err != nil {
		return err
	}
	told, err := exec.Command("go", "env", "-json", "GOCACHE", "GOMODCACHE").Output()
	if err != nil {
		return err
	}
	return json.Unmarshal(told, &goFolders)
}

func TestStories(t *testing.T) {
	if err := os.MkdirAll(roots, 0o700); err != nil {
		t.Fatal(err)
	}
	p := params()
	p.Dir = "testdata/script"
	testscript.Run(t, p)
}

// params are what every script runs with.
func params() testscript.Params {
	return testscript.Params{
		WorkdirRoot:         roots,
		RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("PATH", built+string(os.PathListSeparator)+env.Getenv("PATH"))
			env.Setenv("BIN", built)
			env.Setenv("PLUGINS", filepath.Join(built, "plugins"))
			env.Setenv("SOURCE", source)
			for name, value := range goFolders {
				env.Setenv(name, value)
			}
			env.Values[daemonKey{}] = &daemon{}
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"up": up, "down": down, "gone": gone, "starve": starve, "freeze": freeze,
			"call": call, "until": until, "forge": forge, "code": code, "converse": converse, "tamper": tamper,
			"vendor": vendor, "prompt": prompt,
		},
	}
}
