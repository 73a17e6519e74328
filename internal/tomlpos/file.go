package tomlpos

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
)

// ReadFile reads a file that decides things. It must be a regular file that nobody but its owner can change, owned by root or
// by this user, in such a folder, and at most MaxBytes long. The caller keeps the bytes: reading again may give others.
func ReadFile(path string) ([]byte, error) {
	// Without O_NONBLOCK a named pipe in its place would make the caller wait for ever.
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if err := CheckFolder(filepath.Dir(path)); err != nil {
		return nil, err
	}
	return ReadOpen(f)
}

// ReadOpen reads an open file under the same conditions; the caller has checked the folder.
func ReadOpen(f *os.File) ([]byte, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a regular file", f.Name())
	}
	if err := onlyOurs(f.Name(), info); err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(f, MaxBytes+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", f.Name(), err)
	}
	if len(data) > MaxBytes {
		return nil, fmt.Errorf("%s is larger than %d bytes", f.Name(), MaxBytes)
	}
	return data, nil
}

// CheckFolder refuses a folder in which others could put another file in the place of one. In a sticky folder they cannot.
func CheckFolder(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return fmt.Errorf("%s is not a folder", path)
	}
	if info.Mode()&os.ModeSticky != 0 {
		return nil
	}
	return onlyOurs(path, info)
}

func onlyOurs(path string, info os.FileInfo) error {
	if info.Mode().Perm()&0o022 != 0 {
		return fmt.Errorf("%s can be changed by other users: run chmod go-w %s", path, path)
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok || (stat.Uid != 0 && int(stat.Uid) != os.Geteuid()) {
		return fmt.Errorf("%s belongs to another user: run chown on it, or name another file", path)
	}
	return nil
}
