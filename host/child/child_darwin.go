package child

import (
	"errors"
	"syscall"

	"golang.org/x/sys/unix"
)

// Tied tells whether the system itself signals a child when this process ends.
const Tied = false

// attributes has no use for a last signal.
func attributes(syscall.Signal) *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

func keepInherited() error {
	most, err := unix.SysctlUint32("kern.maxfilesperproc")
	if err != nil {
		return err
	}
	return closeOnExec(int(most))
}

// awaitEnd waits for the end of our child pid and leaves it to be reaped.
func awaitEnd(pid int) {
	queue, err := unix.Kqueue()
	if err != nil {
		return
	}
	defer unix.Close(queue)
	var watch unix.Kevent_t
	unix.SetKevent(&watch, pid, unix.EVFILT_PROC, unix.EV_ADD|unix.EV_ONESHOT)
	watch.Fflags = unix.NOTE_EXIT
	events := make([]unix.Kevent_t, 1)
	for {
		n, err := unix.Kevent(queue, []unix.Kevent_t{watch}, events, nil)
		if n > 0 || !errors.Is(err, unix.EINTR) {
			return // ended, or ended before we could watch
		}
	}
}
