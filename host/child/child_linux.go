package child

import (
	"errors"
	"math"
	"syscall"

	"golang.org/x/sys/unix"
)

// Tied tells whether the system itself signals a child when this process ends.
const Tied = true

func attributes(last syscall.Signal) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: last}
}

func keepInherited() error {
	return unix.CloseRange(firstInherited, math.MaxUint32, unix.CLOSE_RANGE_CLOEXEC)
}

// awaitEnd waits for the end of our child pid and leaves it to be reaped.
func awaitEnd(pid int) {
	for {
		err := unix.Waitid(unix.P_PID, pid, nil, unix.WEXITED|unix.WNOWAIT, nil)
		if !errors.Is(err, unix.EINTR) {
			return
		}
	}
}
