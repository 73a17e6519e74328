package sdk

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// guardStdout leaves standard output to the handshake alone. From here on descriptor 1 is standard error, so that a C library, a
// child, or a logger that took os.Stdout early can not write into the protocol; go-plugin writes its one line through os.Stdout
// and then replaces that too.
func guardStdout() {
	line, err := unix.FcntlInt(1, unix.F_DUPFD_CLOEXEC, 3)
	if err == nil {
		err = unix.Dup2(2, 1)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "keep standard output for the handshake: %v\n", err)
		os.Exit(1)
	}
	os.Stdout = os.NewFile(uintptr(line), "handshake")
}
