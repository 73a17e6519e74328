package journal

import (
	"errors"
	"fmt"
	"io"
	"os"
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

// lockFile is held by flock, which the kernel drops when the process dies, however it dies. The file is
// never removed: removing it would let two processes lock two files of one name.
type lockFile struct{ f *os.File }

func acquire(path string) (*lockFile, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open lock: %w", err)
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return nil, errors.Join(&LockedError{PID: holder(f)}, f.Close())
	}
	if err == nil {
		err = sign(f)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("lock %s: %w", path, err), f.Close())
	}
	return &lockFile{f}, nil
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

func (l *lockFile) release() error { return l.f.Close() }
