//go:build argus_gate_open

package host

import (
	"fmt"
	"os"
)

// init tells of every command of such a build what it is, on standard error and in its version.
func init() {
	const banner = "GATE FORCED OPEN: test build"
	Version += " (" + banner + ")"
	fmt.Fprintln(os.Stderr, banner)
}
