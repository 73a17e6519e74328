//go:build linux

package confine

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

const firstOwn = 3 // below are standard input, output and error

// holdDescriptors marks every descriptor over standard error to be closed by execve, whoever left it open: an inherited one would
// reach past Landlock. It gives back the folder that lists them, opened while it still can be.
func holdDescriptors() (*os.File, error) {
	if err := unix.CloseRange(firstOwn, ^uint(0), unix.CLOSE_RANGE_CLOEXEC); err != nil {
		return nil, fmt.Errorf("close the inherited descriptors: %w", err)
	}
	list, err := os.Open("/proc/self/fd")
	if err != nil {
		return nil, fmt.Errorf("list the open descriptors: %w", err)
	}
	return list, nil
}

// verifyDescriptors closes list.
func verifyDescriptors(list *os.File) error {
	defer list.Close()
	names, err := list.Readdirnames(-1)
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("list the open descriptors: %w", err)
	}
	for _, name := range names {
		fd, err := strconv.Atoi(name)
		if err != nil {
			return fmt.Errorf("list the open descriptors: %w", err)
		}
		if fd < firstOwn {
			continue
		}
		flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0)
		if err == nil && flags&unix.FD_CLOEXEC == 0 {
			return fmt.Errorf("descriptor %d would stay open", fd)
		}
	}
	return nil
}
