package journal

import (
	"errors"
	"io"
	"os"
)

// files is all that the writer asks of the file system. Reading goes to the disk directly.
type files interface {
	// create makes a new file for appending; one of that name must not exist.
	create(path string) (file, error)
	rename(from, to string) error
	// syncDir makes the names in a folder durable.
	syncDir(dir string) error
	// anchor opens the file that is overwritten with the newest anchor.
	anchor(path string) (anchorage, error)
}

// file is a segment being written. Sync makes all of it durable.
type file interface {
	io.WriteCloser
	Sync() error
}

// disk is the real file system.
type disk struct{}

func (disk) create(path string) (file, error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	return diskFile{f}, nil
}

func (disk) rename(from, to string) error { return os.Rename(from, to) }

func (disk) syncDir(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

type diskFile struct{ *os.File }

// Sync flushes the data and the length, not the times of access: nobody reads those.
func (f diskFile) Sync() error { return datasync(f.File) }
