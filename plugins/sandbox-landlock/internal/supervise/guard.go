//go:build linux

package supervise

import (
	"errors"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// notification and response are the kernel's struct seccomp_notif and seccomp_notif_resp.
type notification struct {
	id      uint64
	pid     uint32
	flags   uint32
	number  int32
	arch    uint32
	address uint64
	args    [6]uint64
}

type response struct {
	id    uint64
	value int64
	errno int32
	flags uint32
}

// guard answers the kernel's questions about new processes and threads until the last process of the server is gone. If it ends,
// or this process does, the kernel answers ENOSYS itself: nothing new starts.
func guard(handover *os.File, processes int) {
	defer handover.Close()
	listener, err := receive(handover)
	if err != nil {
		return // the stage sees the end of the handover, and reports it
	}
	defer unix.Close(listener)
	if _, err := handover.Write([]byte{'k'}); err != nil {
		return
	}
	q := newQuota(processes)
	for {
		var n notification
		err := control(listener, unix.SECCOMP_IOCTL_NOTIF_RECV, unsafe.Pointer(&n))
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case errors.Is(err, unix.ENOENT): // the asker was killed, or the last process is gone
			if over(listener) {
				return
			}
			continue
		case err != nil:
			return
		}
		answer := response{id: n.id, flags: unix.SECCOMP_USER_NOTIF_FLAG_CONTINUE}
		if !q.take(isThread(n)) {
			answer = response{id: n.id, errno: -int32(unix.EAGAIN)}
		}
		// ENOENT: the asker was killed meanwhile.
		_ = control(listener, unix.SECCOMP_IOCTL_NOTIF_SEND, unsafe.Pointer(&answer))
	}
}

// isThread reads the flags of clone. The filter asks about clone, fork and vfork only; flags lie in a register, so the asker cannot
// change them after.
func isThread(n notification) bool {
	return n.number == unix.SYS_CLONE && n.args[0]&unix.CLONE_THREAD != 0
}

func over(listener int) bool {
	p := []unix.PollFd{{Fd: int32(listener), Events: unix.POLLIN}}
	_, err := unix.Poll(p, 0)
	return err == nil && p[0].Revents&(unix.POLLHUP|unix.POLLERR) != 0
}

func control(fd int, request uint, argument unsafe.Pointer) error {
	_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), uintptr(request), uintptr(argument))
	if errno != 0 {
		return errno
	}
	return nil
}
