//go:build linux

package main

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

var fileVerbs = map[string]verb{
	"read":          func(a []string) error { _, err := os.ReadFile(a[0]); return err },
	"list":          func(a []string) error { _, err := os.ReadDir(a[0]); return err },
	"write":         func(a []string) error { return os.WriteFile(a[0], []byte("written"), 0o600) },
	"append":        appendTo,
	"truncate":      func(a []string) error { return os.Truncate(a[0], 0) },
	"remove":        func(a []string) error { return os.Remove(a[0]) },
	"mkdir":         func(a []string) error { return os.Mkdir(a[0], 0o700) },
	"symlink-read":  symlinkRead,
	"hardlink-read": hardlinkRead,
	"rename":        func(a []string) error { return os.Rename(a[0], a[1]) },
	"rename-inside": renameInside,
	"root-link":     func(a []string) error { _, err := os.ReadFile("/proc/self/root" + a[0]); return err },
	"cwd-link": func(a []string) error {
		_, err := os.ReadFile("/proc/self/cwd/" + strings.Repeat("../", 30) + a[0])
		return err
	},
	"stat":         func(a []string) error { _, err := os.Stat(a[0]); return err },
	"chdir":        func(a []string) error { return os.Chdir(a[0]) },
	"readlink":     func(a []string) error { _, err := os.Readlink(a[0]); return err },
	"watch":        watch,
	"copy-and-run": copyAndRun,
	"run":          func(a []string) error { return run(a[0], "stat", "/") },
	"inherited":    inherited,
	"make-socket":  func(a []string) error { return unix.Mknod(a[0], unix.S_IFSOCK|0o600, 0) },
	"handle":       handle,
}

func appendTo(a []string) error {
	f, err := os.OpenFile(a[0], os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteString("x")
	return errors.Join(err, f.Close())
}

// symlinkRead: TARGET FOLDER.
func symlinkRead(a []string) error {
	link := filepath.Join(a[1], "symlink")
	_ = os.Remove(link)
	if err := os.Symlink(a[0], link); err != nil {
		return skip("make the link", err)
	}
	_, err := os.ReadFile(link)
	return err
}

func hardlinkRead(a []string) error {
	link := filepath.Join(a[1], "hardlink")
	_ = os.Remove(link)
	if err := os.Link(a[0], link); err != nil {
		return err
	}
	_, err := os.ReadFile(link)
	return err
}

// renameInside moves a file from one folder of FOLDER to another.
func renameInside(a []string) error {
	one, two := filepath.Join(a[0], "one"), filepath.Join(a[0], "two")
	for _, d := range []string{one, two} {
		if err := os.MkdirAll(d, 0o700); err != nil {
			return err
		}
	}
	if err := os.WriteFile(filepath.Join(one, "f"), nil, 0o600); err != nil {
		return err
	}
	return os.Rename(filepath.Join(one, "f"), filepath.Join(two, "f"))
}

func watch(a []string) error {
	fd, err := unix.InotifyInit1(0)
	if err != nil {
		return skip("inotify", err)
	}
	_, err = unix.InotifyAddWatch(fd, a[0], unix.IN_ALL_EVENTS)
	return err
}

// copyAndRun writes this program into FOLDER and runs the copy.
func copyAndRun(a []string) error {
	self, err := os.Open(a[1])
	if err != nil {
		return skip("read the program", err)
	}
	path := filepath.Join(a[0], "copy")
	_ = os.Remove(path)
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o700)
	if err != nil {
		return skip("write the copy", err)
	}
	if _, err := io.Copy(f, self); err != nil {
		return skip("write the copy", err)
	}
	if err := f.Close(); err != nil {
		return skip("write the copy", err)
	}
	return run(path, "stat", "/")
}

// inherited reads the descriptor that the daemon left open.
func inherited([]string) error {
	var b [1]byte
	_, err := unix.Read(5, b[:])
	return err
}

func handle(a []string) error {
	h, mount, err := unix.NameToHandleAt(unix.AT_FDCWD, a[0], 0)
	if err != nil {
		return err
	}
	_ = mount
	fd, err := unix.Open(filepath.Dir(a[0]), unix.O_RDONLY|unix.O_DIRECTORY, 0)
	if err != nil {
		return err
	}
	_, err = unix.OpenByHandleAt(fd, h, unix.O_RDONLY)
	return err
}
