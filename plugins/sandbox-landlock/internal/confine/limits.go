//go:build linux

package confine

import (
	"fmt"
	"syscall"

	"golang.org/x/sys/unix"
)

// limits are the ceilings that every process of a server has. The number of processes is not among them: RLIMIT_NPROC counts every
// process of the user, and none of root's, so the supervisor counts the server's own instead.
var limits = []struct {
	name     string
	resource int
	most     uint64
}{
	{"open files", unix.RLIMIT_NOFILE, 4096},
	{"file size", unix.RLIMIT_FSIZE, 4 << 30},
	{"core dumps", unix.RLIMIT_CORE, 0}, // a core file holds the server's secrets
	{"message queues", unix.RLIMIT_MSGQUEUE, 0},
}

func limit() error {
	for _, l := range limits {
		if err := lower(l.resource, l.most); err != nil {
			return fmt.Errorf("limit %s: %w", l.name, err)
		}
	}
	return nil
}

func limitMemory(most uint64) error {
	if most == 0 {
		return nil
	}
	if err := lower(unix.RLIMIT_AS, most); err != nil {
		return fmt.Errorf("limit the address space: %w", err)
	}
	return verifyLimit(unix.RLIMIT_AS, most)
}

// lower never raises: a ceiling that is lower already stays.
func lower(resource int, most uint64) error {
	var now syscall.Rlimit
	if err := syscall.Getrlimit(resource, &now); err != nil {
		return err
	}
	most = min(most, now.Max)
	// package syscall and not unix: only this tells the Go runtime not to restore the open files limit at execve.
	return syscall.Setrlimit(resource, &syscall.Rlimit{Cur: most, Max: most})
}

func verifyLimit(resource int, most uint64) error {
	var now unix.Rlimit
	if err := unix.Getrlimit(resource, &now); err != nil {
		return err
	}
	if now.Cur > most || now.Max > most {
		return fmt.Errorf("resource limit %d is %d, not at most %d", resource, now.Max, most)
	}
	return nil
}
