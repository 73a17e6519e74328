//go:build linux

package main

import (
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

var kernelVerbs = map[string]verb{
	"io-uring":       ioUring,
	"shm":            shm,
	"message-queue":  messageQueue,
	"memfd-execveat": memfdExecveat,
	"memfd-link":     memfdLink,
	"memfd-sealed":   func([]string) error { _, err := unix.MemfdCreate("x", 0x8); return err },
	"user-namespace": userNamespace,
	"cloned-namespace": func([]string) error {
		return (&exec.Cmd{Path: "/bin/true", SysProcAttr: &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWUSER}}).Run()
	},
	"clone3": clone3,
	"keys": func([]string) error {
		_, err := unix.AddKey("user", "probe", []byte("x"), unix.KEY_SPEC_PROCESS_KEYRING)
		return err
	},
	"bpf": func([]string) error {
		return call(unix.SYS_BPF, 0, uintptr(unsafe.Pointer(&[128]byte{0: 2, 4: 4, 8: 4, 12: 1})), 128)
	},
	"perf":           perf,
	"userfaultfd":    func([]string) error { return call(unix.SYS_USERFAULTFD, 1, 0, 0) },
	"mount":          func(a []string) error { return unix.Mount("none", a[0], "tmpfs", 0, "") },
	"chroot":         func(a []string) error { return unix.Chroot(a[0]) },
	"set-clock":      func([]string) error { return setClock() },
	"32-bit":         thirtyTwoBit,
	"terminal-input": terminalInput,
	"capability": func([]string) error {
		// To take a capability from the bounding set needs one.
		return unix.Prctl(unix.PR_CAPBSET_DROP, unix.CAP_SYS_BOOT, 0, 0, 0)
	},
	"core": func([]string) error {
		var now unix.Rlimit
		if err := unix.Getrlimit(unix.RLIMIT_CORE, &now); err != nil || now.Max == 0 {
			return fmt.Errorf("no core files: %v", err)
		}
		return nil
	},
	"big-file":   bigFile,
	"many-files": manyFiles,
	"raise-limit": func([]string) error {
		return syscall.Setrlimit(syscall.RLIMIT_NOFILE, &syscall.Rlimit{Cur: 4097, Max: 4097})
	},
	"high-half-ioctl": highHalf,
}

func call(number, a, b, c uintptr) error {
	_, _, errno := unix.Syscall(number, a, b, c)
	if errno != 0 {
		return errno
	}
	return nil
}

func ioUring([]string) error {
	var params [120]byte
	return call(unix.SYS_IO_URING_SETUP, 1, uintptr(unsafe.Pointer(&params)), 0)
}

func shm([]string) error {
	id, err := unix.SysvShmGet(unix.IPC_PRIVATE, 4096, 0o600|unix.IPC_CREAT)
	if err != nil {
		return err
	}
	_, err = unix.SysvShmCtl(id, unix.IPC_RMID, nil)
	return err
}

func messageQueue([]string) error {
	name := []byte("probe" + strconv.Itoa(os.Getpid()) + "\x00")
	err := call(unix.SYS_MQ_OPEN, uintptr(unsafe.Pointer(&name[0])), unix.O_CREAT|unix.O_RDWR, 0o600)
	if err == nil {
		return call(unix.SYS_MQ_UNLINK, uintptr(unsafe.Pointer(&name[0])), 0, 0)
	}
	if err == unix.ENOSYS {
		return skip("the kernel has none", err)
	}
	return err
}

// memory is a file in memory that holds the program PATH.
func memory(path string) (int, error) {
	program, err := os.ReadFile(path)
	if err != nil {
		return -1, skip("read the program", err)
	}
	fd, err := unix.MemfdCreate("program", 0)
	if err != nil {
		return -1, err
	}
	_, err = unix.Write(fd, program)
	return fd, err
}

func memfdExecveat(a []string) error {
	fd, err := memory(a[0])
	if err != nil {
		return err
	}
	empty, argv := []byte{0}, []*byte{&[]byte("x\x00")[0], &[]byte("stat\x00")[0], &[]byte("/\x00")[0], nil}
	_, _, errno := unix.Syscall6(unix.SYS_EXECVEAT, uintptr(fd), uintptr(unsafe.Pointer(&empty[0])),
		uintptr(unsafe.Pointer(&argv[0])), 0, unix.AT_EMPTY_PATH, 0)
	return errno
}

func memfdLink(a []string) error {
	fd, err := memory(a[0])
	if err != nil {
		return err
	}
	return run("/proc/self/fd/"+strconv.Itoa(fd), "stat", "/")
}

// userNamespace unshares in a child, since only a process of one thread may. The child ends with the error.
func userNamespace([]string) error {
	child, _, errno := unix.RawSyscall6(unix.SYS_CLONE, uintptr(unix.SIGCHLD), 0, 0, 0, 0, 0)
	if errno != 0 {
		return skip("fork", errno)
	}
	if child == 0 {
		_, _, errno = unix.RawSyscall(unix.SYS_UNSHARE, unix.CLONE_NEWUSER, 0, 0)
		unix.RawSyscall(unix.SYS_EXIT_GROUP, uintptr(errno), 0, 0)
	}
	var ws unix.WaitStatus
	if _, err := unix.Wait4(int(child), &ws, 0, nil); err != nil {
		return skip("wait", err)
	}
	if ws.ExitStatus() != 0 {
		return unix.Errno(ws.ExitStatus())
	}
	return nil
}

// clone3 asks for a child in a new user namespace; the child ends at once.
func clone3([]string) error {
	args := [8]uint64{0: unix.CLONE_NEWUSER, 4: uint64(unix.SIGCHLD)}
	pid, _, errno := unix.RawSyscall(unix.SYS_CLONE3, uintptr(unsafe.Pointer(&args)), unsafe.Sizeof(args), 0)
	if errno != 0 {
		return errno
	}
	if pid == 0 {
		unix.RawSyscall(unix.SYS_EXIT_GROUP, 0, 0, 0)
	}
	return nil
}

func perf([]string) error {
	attr := unix.PerfEventAttr{Type: unix.PERF_TYPE_SOFTWARE, Config: unix.PERF_COUNT_SW_CPU_CLOCK}
	attr.Size = uint32(unsafe.Sizeof(attr))
	_, err := unix.PerfEventOpen(&attr, 0, -1, -1, 0)
	return err
}

// setClock sets the clock to what it is.
func setClock() error {
	var now unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_REALTIME, &now); err != nil {
		return skip("read the clock", err)
	}
	return unix.ClockSettime(unix.CLOCK_REALTIME, &now)
}

func terminalInput([]string) error {
	fd, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		return err
	}
	b := []byte("x")
	return call(unix.SYS_IOCTL, uintptr(fd), unix.TIOCSTI, uintptr(unsafe.Pointer(&b[0])))
}

// highHalf asks TIOCSTI of standard input with a bit where the kernel does not look. ENOTTY shows that the filter let it pass.
func highHalf([]string) error {
	var b byte
	err := call(unix.SYS_IOCTL, 0, 1<<32|unix.TIOCSTI, uintptr(unsafe.Pointer(&b)))
	if err == unix.ENOTTY {
		return nil
	}
	return err
}

func bigFile(a []string) error {
	f, err := os.Create(a[0])
	if err != nil {
		return skip("make the file", err)
	}
	defer os.Remove(a[0])
	return f.Truncate(5 << 30)
}

func manyFiles([]string) error {
	for range 5000 {
		if _, err := unix.Open("/dev/null", unix.O_RDONLY, 0); err != nil {
			return err
		}
	}
	return nil
}
