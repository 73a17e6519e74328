//go:build linux

package supervise

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// attributeCalls are the calls that change a file's mode or times, which Landlock lets everyone do. Each is done here for the asker
// if the file is where the server may write. What is wrong with a call is a unix.Errno.
var attributeCalls = map[int32]func(writable []string, a asker, args [6]uint64) error{
	unix.SYS_FCHMOD: func(writable []string, a asker, args [6]uint64) error {
		return setMode(writable, args[1], func() (int, error) { return a.descriptor(args[0]) })
	},
	unix.SYS_FCHMODAT: func(writable []string, a asker, args [6]uint64) error {
		return setMode(writable, args[2], func() (int, error) { return a.file(args[0], args[1], 0) })
	},
	unix.SYS_FCHMODAT2: func(writable []string, a asker, args [6]uint64) error {
		return setMode(writable, args[2], func() (int, error) { return a.file(args[0], args[1], args[3]) })
	},
	unix.SYS_UTIMENSAT: setTimes,
}

// setMode never sets the user or group of those who run a file.
func setMode(writable []string, mode uint64, open func() (int, error)) error {
	if mode&(unix.S_ISUID|unix.S_ISGID) != 0 {
		return unix.EPERM
	}
	fd, err := open()
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	if err := mayChange(writable, fd); err != nil {
		return err
	}
	return unix.Chmod(ownLink(fd), uint32(mode&0o1777))
}

// setTimes is utimensat, and futimens, which is the same without a path.
func setTimes(writable []string, a asker, args [6]uint64) error {
	times, err := a.times(args[2])
	if err != nil {
		return err
	}
	open := a.file
	if args[1] == 0 {
		open = func(fd, _, _ uint64) (int, error) { return a.descriptor(fd) }
	}
	fd, err := open(args[0], args[1], args[3])
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	if err := mayChange(writable, fd); err != nil {
		return err
	}
	return unix.UtimesNanoAt(unix.AT_FDCWD, ownLink(fd), times, 0)
}

// ownLink leads to whatever fd is, also when fd can only name it.
func ownLink(fd int) string { return "/proc/self/fd/" + strconv.Itoa(fd) }

// mayChange holds for files and folders in a place where the server may write. The place is the file's own, after every link. A
// device is none of the server's even if it may write to it.
func mayChange(writable []string, fd int) error {
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return fmt.Errorf("look at a file: %w", err)
	}
	if kind := st.Mode & unix.S_IFMT; kind != unix.S_IFREG && kind != unix.S_IFDIR {
		return unix.EPERM
	}
	path, err := os.Readlink(ownLink(fd))
	if err != nil {
		return fmt.Errorf("look at a file: %w", err)
	}
	if !slices.ContainsFunc(writable, func(w string) bool { return path == w || strings.HasPrefix(path, w+"/") }) {
		return unix.EPERM
	}
	return nil
}
