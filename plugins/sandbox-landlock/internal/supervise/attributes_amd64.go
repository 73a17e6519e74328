//go:build linux

package supervise

import "golang.org/x/sys/unix"

// Only the older architecture has a call without a folder.
func init() {
	here := int64(unix.AT_FDCWD)
	attributeCalls[unix.SYS_CHMOD] = func(writable []string, a asker, args [6]uint64) error {
		return setMode(writable, args[1], func() (int, error) { return a.file(uint64(here), args[0], 0) })
	}
}
