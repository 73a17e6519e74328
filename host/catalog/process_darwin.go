package catalog

import (
	"errors"
	"syscall"

	"golang.org/x/sys/unix"
)

// ownGroup puts a child into a group of its own, so that it is killed with all that it starts. That it ends with us is up to the
// SDK here, which watches for another parent.
func ownGroup() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

// waitUnreaped waits for the end of our child pid and leaves it to be reaped, so that its number stays taken.
func waitUnreaped(pid int) {
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
