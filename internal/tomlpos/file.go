package tomlpos

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"

	"argus/internal/owned"
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
	if err := owned.Folder(filepath.Dir(path)); err != nil {
		return nil, err
	}
	return ReadOpen(f)
}

// ReadOpen reads an open file under the same conditions; the caller has checked the folder.
func ReadOpen(f *os.File) ([]byte, error) {
	if err := owned.File(f); err != nil {
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
