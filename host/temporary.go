package host

import (
	"fmt"
	"os"
)

// MaxState is the longest path of a state folder: plugins make sockets up to 59 bytes below it, and a socket's path has 107 at most.
const MaxState = 107 - 59

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
