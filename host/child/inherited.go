package child

import (
	"errors"

	"golang.org/x/sys/unix"
)

// firstInherited is the first descriptor after the standard ones, which every command replaces.
const firstInherited = 3

// closeOnExec marks every open descriptor below most, one by one, for systems that cannot mark a range.
func closeOnExec(most int) error {
	for fd := firstInherited; fd < most; fd++ {
		flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0)
		if errors.Is(err, unix.EBADF) {
			continue // none, or closed meanwhile
		}
		if err == nil {
			_, err = unix.FcntlInt(uintptr(fd), unix.F_SETFD, flags|unix.FD_CLOEXEC)
		}
		if err != nil && !errors.Is(err, unix.EBADF) {
			return err
		}
	}
	return nil
}
