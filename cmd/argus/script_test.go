package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"argus/internal/installed"
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

// atOnce is how many scripts run at the same time. Much of what they do is to wait for programs.
const atOnce = "4"

func TestMain(m *testing.M) { os.Exit(runAll(m)) }

func runAll(m *testing.M) int {
	root, err := os.MkdirTemp("", "a")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(root)
	built, roots = filepath.Join(root, "bin"), filepath.Join(root, "s")
	err = errors.Join(installed.Build(context.Background(), built, programs), findGo(), flag.Set("test.parallel", atOnce))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

// programs are what scripts run beside an installation, by where they go.
var programs = map[string]string{
	"stub":                 "argus/examples/servers/stub",
	"fixtures":             "argus/examples/servers/fixtures",
	"trick":                "argus/cmd/argus/testdata/trick",
	"hung":                 "argus/cmd/argus/testdata/hung",
	"nolandlock":           "argus/cmd/argus/testdata/nolandlock",
	"plugins/audit-sqlite": "argus/plugins/audit-sqlite",
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
	t.Parallel()
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
