//go:build linux

package main

import (
	"os"
	"path/filepath"
	"time"
	"unsafe"

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
	// FOLDER NAME: a path that starts where the process is.
	"chmod-relative": func(a []string) error {
		if err := os.Chdir(a[0]); err != nil {
			return skip("go there", err)
		}
		return unix.Chmod(a[1], 0o640)
	},
	// FOLDER NAME: a path that starts at a descriptor.
	"fchmodat": func(a []string) error {
		folder, err := unix.Open(a[0], unix.O_PATH|unix.O_DIRECTORY, 0)
		if err != nil {
			return skip("open the folder", err)
		}
		return unix.Fchmodat(folder, a[1], 0o640, 0)
	},
	// TARGET FOLDER: through a link in FOLDER.
	"chmod-link": func(a []string) error {
		link := filepath.Join(a[1], "chmod-link")
		_ = os.Remove(link)
		if err := os.Symlink(a[0], link); err != nil {
			return skip("make the link", err)
		}
		return unix.Chmod(link, 0o640)
	},
	// What everyone may write, with the mode that it has.
	"chmod-device": func([]string) error {
		f, err := os.OpenFile("/dev/null", os.O_WRONLY, 0)
		if err != nil {
			return skip("open the device", err)
		}
		return f.Chmod(0o666)
	},
	// Sets the flags that the file has.
	"chattr": func(a []string) error {
		return withFile(a[0], func(f *os.File) error {
			flags, err := unix.IoctlGetInt(int(f.Fd()), unix.FS_IOC_GETFLAGS)
			if err != nil {
				return skip("the file system has no flags", err)
			}
			return unix.IoctlSetPointerInt(int(f.Fd()), unix.FS_IOC_SETFLAGS, flags)
		})
	},
	"futimens": func(a []string) error {
		return withFile(a[0], func(f *os.File) error {
			old := [2]unix.Timespec{{Sec: 1}, {Sec: 1}}
			return call6(unix.SYS_UTIMENSAT, f.Fd(), 0, uintptr(unsafe.Pointer(&old)), 0)
		})
	},
	"utimes-now": func(a []string) error {
		return withFile(a[0], func(f *os.File) error { return call6(unix.SYS_UTIMENSAT, f.Fd(), 0, 0, 0) })
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

func call6(number, a, b, c, d uintptr) error {
	_, _, errno := unix.Syscall6(number, a, b, c, d, 0, 0)
	if errno != 0 {
		return errno
	}
	return nil
}
