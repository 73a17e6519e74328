//go:build linux

package faults

import (
	"flag"
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
	daemon.Main(m, &programs, func() (err error) {
		if _, err = programs.Install("audit-sqlite"); err != nil {
			return err
		}
		if pin, err = programs.Install(faulty); err != nil {
			return err
		}
		return flag.Set("test.parallel", atOnce)
	}, "argus/examples/servers/stub", "argus/examples/servers/fixtures", "argus/plugins/audit-sqlite", "argus/test/faults/testdata/faulty")
}
