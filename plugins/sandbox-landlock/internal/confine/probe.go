//go:build linux

package confine

import (
	"errors"
	"fmt"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"

	"argus/plugins/sandbox-landlock/internal/profile"
)

// verify tries from inside what must fail, and reads back what can be read. Each probe would succeed for the same user outside.
// It closes held.
func verify(p profile.Profile, held *os.File) error {
	checks := []func() error{
		verifyPrivileges,
		verifyFiles,
		verifyCalls,
		verifyLocalSockets,
		verifySignals,
		verifyLifetime,
		verifyLimits,
		func() error { return verifyDescriptors(held) },
	}
	if !p.Network {
		checks = append(checks, verifyOffline)
	}
	for _, check := range checks {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

// must is nil when got is want.
func must(what string, got error, want unix.Errno) error {
	if errors.Is(got, want) {
		return nil
	}
	if got == nil {
		return fmt.Errorf("%s is possible", what)
	}
	return fmt.Errorf("%s ends in %q, not %q", what, got, want)
}

// failure is nil for the number that means none.
func failure(errno unix.Errno) error {
	if errno == 0 {
		return nil
	}
	return errno
}

// verifyFiles uses the root folder: everyone may list it, no profile can hold it.
func verifyFiles() error {
	fd, err := unix.Open("/", unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err == nil {
		unix.Close(fd)
	}
	return must("opening an unlisted folder", err, unix.EACCES)
}

func verifyCalls() error {
	if mode, err := unix.PrctlRetInt(unix.PR_GET_SECCOMP, 0, 0, 0, 0); err != nil || mode != unix.SECCOMP_MODE_FILTER {
		return errors.New("the thread has no seccomp filter")
	}
	_, _, clone3 := unix.RawSyscall(unix.SYS_CLONE3, 0, 0, 0)
	var params [120]byte
	ring, _, uring := unix.RawSyscall(unix.SYS_IO_URING_SETUP, 1, uintptr(unsafe.Pointer(&params)), 0)
	if uring == 0 {
		unix.Close(int(ring))
	}
	return errors.Join(
		must("clone3", failure(clone3), unix.ENOSYS),
		must("a new user namespace", unix.Unshare(unix.CLONE_NEWUSER), unix.EPERM),
		must("io_uring", failure(uring), unix.EPERM),
	)
}

func verifyLocalSockets() error {
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err == nil {
		unix.Close(pair[0])
		unix.Close(pair[1])
	}
	return errors.Join(
		must("a unix socket", socket(unix.AF_UNIX, unix.SOCK_STREAM, 0), unix.EPERM),
		must("a pair of unix datagram sockets", err, unix.EPERM),
	)
}

func verifyOffline() error {
	return errors.Join(
		must("a TCP socket", socket(unix.AF_INET, unix.SOCK_STREAM, 0), unix.EPERM),
		must("a multipath TCP socket", socket(unix.AF_INET, unix.SOCK_STREAM, unix.IPPROTO_MPTCP), unix.EPERM),
		must("a UDP socket", socket(unix.AF_INET, unix.SOCK_DGRAM, 0), unix.EPERM),
		must("a netlink socket", socket(unix.AF_NETLINK, unix.SOCK_RAW, unix.NETLINK_ROUTE), unix.EPERM),
	)
}

func socket(domain, kind, protocol int) error {
	fd, err := unix.Socket(domain, kind|unix.SOCK_CLOEXEC, protocol)
	if err == nil {
		unix.Close(fd)
	}
	return err
}

// verifySignals uses the supervisor: it has the same user and is outside.
func verifySignals() error {
	return must("a signal to a process outside", unix.Kill(unix.Getppid(), 0), unix.EPERM)
}

func verifyLifetime() error {
	var signal int32
	err := unix.Prctl(unix.PR_GET_PDEATHSIG, uintptr(unsafe.Pointer(&signal)), 0, 0, 0)
	if err != nil || unix.Signal(signal) != unix.SIGKILL {
		return errors.New("the process would outlive its supervisor")
	}
	return nil
}

func verifyLimits() error {
	for _, l := range limits {
		if err := verifyLimit(l.resource, l.most); err != nil {
			return err
		}
	}
	return nil
}
