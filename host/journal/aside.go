package journal

import (
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"strconv"
	"sync"
)

const (
	// MaxEntry is the largest entry of an Aside, in bytes.
	MaxEntry = 64 << 10

	// DefaultAsideBytes bounds an Aside whose opener names no bound.
	DefaultAsideBytes = 32 << 20
)

// Aside keeps what is worth telling a person later and may be lost with the machine: refusals. One entry is
// one line, "CRC32C-in-hex entry\n", so the file can be read with any tool. There is no fsync and no chain;
// nothing is ever decided by what stands here. The space is bounded: when the file has grown to half the
// bound it becomes PATH.1 and the one before that is gone. So an attacker who provokes refusals can push out
// old ones; the caller counts repeated ones instead of writing each.
//
// Safe for concurrent use within one process. That only one process writes is the caller's duty (the lock of
// the journal in the same folder).
type Aside struct {
	path string
	half int64

	mu   sync.Mutex
	f    *os.File
	size int64
}

// OpenAside opens the file, making it when absent; the folder must exist. maxBytes bounds the space taken,
// 0 means DefaultAsideBytes. A last line that a crash left half written is dropped.
func OpenAside(path string, maxBytes int64) (*Aside, error) {
	if maxBytes <= 0 {
		maxBytes = DefaultAsideBytes
	}
	a := &Aside{path: path, half: maxBytes / 2}
	if err := a.open(); err != nil {
		return nil, err
	}
	return a, nil
}

func (a *Aside) open() error {
	f, err := os.OpenFile(a.path, os.O_RDWR|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("open refusals: %w", err)
	}
	size, err := dropHalfLine(f)
	if err != nil {
		return errors.Join(fmt.Errorf("open refusals: %w", err), f.Close())
	}
	a.f, a.size = f, size
	return nil
}

// dropHalfLine returns the size that is left.
func dropHalfLine(f *os.File) (int64, error) {
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	size := info.Size()
	end := make([]byte, min(size, sumBytes+MaxEntry+1))
	if _, err := f.ReadAt(end, size-int64(len(end))); err != nil && !errors.Is(err, io.EOF) {
		return 0, err
	}
	keep := size - int64(len(end)) + int64(bytes.LastIndexByte(end, '\n')) + 1
	if keep == size {
		return size, nil
	}
	return keep, f.Truncate(keep)
}

// Append adds one entry; it must have no line break (JSON without indentation has none). When it returns the
// entry survives a kill of the process. An error concerns this entry alone.
func (a *Aside) Append(entry []byte) error {
	if len(entry) > MaxEntry || bytes.IndexByte(entry, '\n') >= 0 {
		return fmt.Errorf("append refusal: an entry is one line of at most %d bytes", MaxEntry)
	}
	line := asideLine(entry)
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.f == nil {
		return ErrClosed
	}
	if a.size > 0 && a.size+int64(len(line)) > a.half {
		if err := a.rotate(); err != nil {
			return err
		}
	}
	n, err := a.f.Write(line)
	if err != nil {
		return errors.Join(fmt.Errorf("append refusal: %w", err), a.f.Truncate(a.size))
	}
	a.size += int64(n)
	return nil
}

func (a *Aside) rotate() error {
	// No file of that name: the last rotation moved it and could not make the new one.
	if err := os.Rename(a.path, a.older()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("rotate refusals: %w", err)
	}
	full := a.f
	if err := a.open(); err != nil {
		return err
	}
	return full.Close()
}

func (a *Aside) older() string { return olderAside(a.path) }

func olderAside(path string) string { return path + ".1" }

// Close closes the file.
func (a *Aside) Close() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.f == nil {
		return ErrClosed
	}
	err := a.f.Close()
	a.f = nil
	return err
}

const sumBytes = 9 // eight hexadecimal digits and a space

func asideLine(entry []byte) []byte {
	line := make([]byte, 0, sumBytes+len(entry)+1)
	line = fmt.Appendf(line, "%08x ", crc32.Checksum(entry, castagnoli))
	line = append(line, entry...)
	return append(line, '\n')
}

// parseAsideLine takes a line without its end.
func parseAsideLine(line []byte) ([]byte, bool) {
	if len(line) < sumBytes || line[sumBytes-1] != ' ' {
		return nil, false
	}
	sum, err := strconv.ParseUint(string(line[:sumBytes-1]), 16, 32)
	entry := line[sumBytes:]
	return entry, err == nil && uint32(sum) == crc32.Checksum(entry, castagnoli)
}
