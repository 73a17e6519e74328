package probe

import (
	"errors"

	"golang.org/x/sys/unix"
)

// privileges tells whether this process could gain some by what it executes.
func privileges([]string) error {
	set, err := unix.PrctlRetInt(unix.PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0)
	if err == nil && set == 1 {
		err = errors.New("no_new_privs is set")
	}
	return err
}
