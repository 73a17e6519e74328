// Package owned tells whether somebody else could change a file or folder that decides things.
//
// It decides by the owner and the mode alone, and trusts root and this process's own user. It judges one path and not the folders above it.
package owned

import (
	"fmt"
	"os"
	"syscall"
)

// Error says who could change a path, and what mends that.
type Error struct{ Path, Why, Fix string }

func (e *Error) Error() string { return e.Path + " " + e.Why + ": " + e.Fix }

// File refuses an open file that is not a regular one, or that others could change.
func File(f *os.File) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%s is not a regular file", f.Name())
	}
	return byUs(f.Name(), info)
}

// Folder refuses a folder in which others could put another file in the place of one. In a sticky folder only its owner can.
func Folder(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return fmt.Errorf("%s is not a folder", path)
	}
	return byUs(path, info)
}

func byUs(path string, info os.FileInfo) error {
	sticky := info.IsDir() && info.Mode()&os.ModeSticky != 0
	if !sticky && info.Mode().Perm()&0o022 != 0 {
		return &Error{path, "can be changed by other users", "run chmod go-w " + path}
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok || (stat.Uid != 0 && int(stat.Uid) != os.Geteuid()) {
		return &Error{path, "belongs to another user", "run chown on it, or name another"}
	}
	return nil
}
