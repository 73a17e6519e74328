package journal

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

const lockName = "LOCK"

// ErrLocked is wrapped by the error of an Open on a folder that another process has open.
var ErrLocked = errors.New("journal is in use")

// LockedError names the process that holds the folder; PID is 0 when it has not said.
type LockedError struct{ PID int }

func (e *LockedError) Error() string {
	if e.PID == 0 {
		return ErrLocked.Error() + " by another process: stop that one first"
	}
	return fmt.Sprintf("%v by process %d: stop that one first", ErrLocked, e.PID)
}

func (e *LockedError) Unwrap() error { return ErrLocked }

// LockPath is the file by which one process at a time has a journal's folder. Whoever removes a folder removes this
// last: a new one could be locked beside the one that is held.
func LockPath(dir string) string { return filepath.Join(dir, lockName) }

// Lock keeps everybody else from opening the journal in a folder until it is closed, and opens nothing itself: it is
// for who moves or removes the folder. The error wraps ErrLocked when another process has the folder.
func Lock(dir string) (io.Closer, error) { return acquire(LockPath(dir)) }

// lockFile is held by flock, which the kernel drops when the process dies, however it dies.
type lockFile struct{ *os.File }

func acquire(path string) (*lockFile, error) {
	for {
		f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
		if err != nil {
			return nil, fmt.Errorf("open lock: %w", err)
		}
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, errors.Join(&LockedError{PID: holder(f)}, f.Close())
		}
		named := false
		if err == nil {
			named, err = names(path, f)
		}
		if err == nil && named {
			err = sign(f)
		}
		if err != nil {
			return nil, errors.Join(fmt.Errorf("lock %s: %w", path, err), f.Close())
		}
		if named {
			return &lockFile{f}, nil
		}
		if err := f.Close(); err != nil {
			return nil, err
		}
	}
}

// names reports whether path is still the name of f: who held it may have removed it before it was ours.
func names(path string, f *os.File) (bool, error) {
	ours, err := f.Stat()
	if err != nil {
		return false, err
	}
	there, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil && os.SameFile(ours, there), err
}

// sign writes our process id for the next one to report.
func sign(f *os.File) error {
	if err := f.Truncate(0); err != nil {
		return err
	}
	_, err := f.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	return err
}

func holder(f *os.File) int {
	text, err := io.ReadAll(io.LimitReader(f, 32))
	if err != nil {
		return 0
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil || pid < 0 {
		return 0
	}
	return pid
}
