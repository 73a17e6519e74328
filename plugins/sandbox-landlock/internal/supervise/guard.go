//go:build linux

package supervise

import (
	"errors"
	"os"
	"runtime"
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

// guard answers the kernel's questions for one server.
type guard struct {
	quota    *quota
	writable []string // real paths of files and folders
}

// run answers until the last process of the server is gone. If it ends, or this process does, the kernel answers ENOSYS itself:
// nothing new starts.
func (g *guard) run(handover *os.File) {
	defer handover.Close()
	// The thread is this goroutine's from here on, and has no capability: what it does for the server, the server could by its
	// user.
	runtime.LockOSThread()
	if err := dropCapabilities(); err != nil {
		return // the stage sees the end of the handover, and reports it
	}
	listener, err := receive(handover)
	if err != nil {
		return
	}
	defer unix.Close(listener)
	if _, err := handover.Write([]byte{'k'}); err != nil {
		return
	}
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
		answer := g.answer(listener, n)
		// ENOENT: the asker was killed meanwhile.
		_ = control(listener, unix.SECCOMP_IOCTL_NOTIF_SEND, unsafe.Pointer(&answer))
	}
}

// answer lets a new process start by itself: what it asks lies in registers. A change of a file is made here, since its path lies
// in memory, where the asker could change it after.
func (g *guard) answer(listener int, n notification) response {
	change, ok := attributeCalls[n.number]
	if !ok {
		if g.quota.take(isThread(n)) {
			return response{id: n.id, flags: unix.SECCOMP_USER_NOTIF_FLAG_CONTINUE}
		}
		return response{id: n.id, errno: -int32(unix.EAGAIN)}
	}
	a := asker{pid: int(n.pid), alive: func() bool {
		return control(listener, unix.SECCOMP_IOCTL_NOTIF_ID_VALID, unsafe.Pointer(&n.id)) == nil
	}}
	var errno unix.Errno
	switch err := change(g.writable, a, n.args); {
	case err == nil:
		return response{id: n.id}
	case errors.As(err, &errno):
		return response{id: n.id, errno: -int32(errno)}
	default:
		return response{id: n.id, errno: -int32(unix.EPERM)}
	}
}

func dropCapabilities() error {
	head := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var none [2]unix.CapUserData
	return unix.Capset(&head, &none[0])
}

// isThread reads the flags of clone. Beside changes of files, the filter asks about clone, fork and vfork only.
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
