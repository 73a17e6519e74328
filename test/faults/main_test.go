package faults

import (
	"flag"
	"fmt"
	"os"
	"testing"

	"argus/test/daemon"
)

var (
	programs daemon.Programs
	pin      string // of faulty
)

// atOnce is how many daemons suffer at the same time. They mostly wait.
const atOnce = "16"

func TestMain(m *testing.M) {
	folder, err := os.MkdirTemp("", "faults")
	if err == nil {
		programs, err = daemon.Build(folder, "argus/examples/servers/stub", "argus/examples/servers/fixtures", "argus/plugins/audit-sqlite", "argus/test/faults/testdata/faulty")
	}
	if err == nil {
		_, err = programs.Install("audit-sqlite")
	}
	if err == nil {
		pin, err = programs.Install(faulty)
	}
	if err == nil {
		err = flag.Set("test.parallel", atOnce)
	}
	code := 1
	if err == nil {
		code = m.Run()
	} else {
		fmt.Fprintln(os.Stderr, err)
	}
	os.RemoveAll(folder)
	os.Exit(code)
}
