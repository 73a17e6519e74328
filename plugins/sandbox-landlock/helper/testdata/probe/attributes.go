//go:build linux

package main

import (
	"os"
	"time"

	"golang.org/x/sys/unix"
)

var attributeVerbs = map[string]verb{
	"chmod":     func(a []string) error { return unix.Chmod(a[0], 0o640) },
	"fchmodat2": func(a []string) error { return unix.Fchmodat(unix.AT_FDCWD, a[0], 0o640, unix.AT_SYMLINK_NOFOLLOW) },
	"chown":     func(a []string) error { return unix.Chown(a[0], os.Getuid(), os.Getgid()) },
	"utimes":    func(a []string) error { return os.Chtimes(a[0], time.Unix(1, 0), time.Unix(1, 0)) },
	"setxattr":  func(a []string) error { return attribute(unix.Setxattr(a[0], "user.probe", []byte("x"), 0)) },
	"getxattr":  getxattr,
	"fchmod":    func(a []string) error { return withFile(a[0], func(f *os.File) error { return f.Chmod(0o640) }) },
	"fchmod-write": func(a []string) error {
		f, err := os.OpenFile(a[0], os.O_WRONLY, 0)
		if err != nil {
			return skip("open the file", err)
		}
		return f.Chmod(0o640)
	},
	"set-user-id": func(a []string) error {
		f, err := os.OpenFile(a[0], os.O_CREATE|os.O_WRONLY, 0o700)
		if err != nil {
			return skip("make the file", err)
		}
		return unix.Fchmod(int(f.Fd()), unix.S_ISUID|0o755)
	},
}

func withFile(path string, do func(*os.File) error) error {
	f, err := os.Open(path)
	if err != nil {
		return skip("open the file", err)
	}
	defer f.Close()
	return do(f)
}

func attribute(err error) error {
	if err == unix.ENOTSUP {
		return skip("the file system has no such attributes", err)
	}
	return err
}

func getxattr(a []string) error {
	_, err := unix.Getxattr(a[0], "user.control", make([]byte, 16))
	return attribute(err)
}
