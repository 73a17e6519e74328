package host

import (
	"fmt"
	"os"
	"syscall"
)

// MaxState is the longest path of a state folder: plugins make sockets up to 59 bytes below it, and a socket's path, which a NUL ends, has 107
// at most on Linux and 103 on macOS.
const MaxState = len(syscall.RawSockaddrUnix{}.Path) - 1 - 59

// temporaryState makes a state folder for a host that serves nobody. The caller must remove it.
func temporaryState() (string, error) {
	for _, parent := range []string{os.TempDir(), "/tmp", "/var/tmp"} {
		folder, err := os.MkdirTemp(parent, "argus-")
		switch {
		case err != nil:
		case len(folder) <= MaxState:
			return folder, nil
		default:
			os.Remove(folder)
		}
	}
	return "", fmt.Errorf("make a temporary state folder: it must lie in %s, /tmp or /var/tmp and have a path of at most %d bytes", os.TempDir(), MaxState)
}
