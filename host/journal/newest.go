package journal

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
)

// ErrAltered is wrapped by what ReadAside yields for a line that is not as it was written.
var ErrAltered = errors.New("altered line")

// ReadAside yields the entries of the Aside at path, newest first, at most limit of them. It may run beside
// the writer and in another process. An altered line is yielded as an error that wraps ErrAltered, and counts;
// going on reads the older ones. No file is no entries.
func ReadAside(path string, limit int) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		opened, err := openAsides(path)
		if err != nil {
			yield(nil, err)
			return
		}
		defer closeAll(opened)
		for _, f := range opened {
			if !newestOf(f, &limit, yield) {
				return
			}
		}
	}
}

// openAsides opens the present file and the one before it. A rotation in between shows the present one under
// both names; then the present one is a new file and is opened again.
func openAsides(path string) ([]*os.File, error) {
	for {
		now, err := openIfThere(path)
		if err != nil {
			return nil, err
		}
		before, err := openIfThere(olderAside(path))
		if err != nil {
			return nil, errors.Join(err, closeAll(now))
		}
		if !same(now, before) {
			return append(now, before...), nil
		}
		if err := errors.Join(closeAll(now), closeAll(before)); err != nil {
			return nil, err
		}
	}
}

func openIfThere(path string) ([]*os.File, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("open refusals: %w", err)
	}
	return []*os.File{f}, nil
}

func same(a, b []*os.File) bool {
	if len(a) == 0 || len(b) == 0 {
		return false
	}
	x, errX := a[0].Stat()
	y, errY := b[0].Stat()
	return errX == nil && errY == nil && os.SameFile(x, y)
}

func closeAll(files []*os.File) error {
	var errs []error
	for _, f := range files {
		errs = append(errs, f.Close())
	}
	return errors.Join(errs...)
}

// newestOf reports whether to go on with an older file.
func newestOf(f *os.File, limit *int, yield func([]byte, error) bool) bool {
	lines, err := newBackward(f)
	if err != nil {
		return yield(nil, err)
	}
	for ; *limit > 0; *limit-- {
		line, err := lines.next()
		if errors.Is(err, io.EOF) {
			return true
		}
		if err != nil {
			return yield(nil, err)
		}
		entry, ok := parseAsideLine(line)
		if !ok {
			entry, err = nil, fmt.Errorf("refusals %s: %w at offset %d", f.Name(), ErrAltered, lines.at)
		}
		if !yield(bytes.Clone(entry), err) {
			return false
		}
	}
	return false
}

// backward reads the lines of a file from its end, in memory for one line and one chunk.
type backward struct {
	f    io.ReaderAt
	from int64  // where buf begins in the file
	buf  []byte // read and not yet returned
	at   int64  // offset of the line last returned
}

const backwardChunk = 32 << 10

func newBackward(f *os.File) (*backward, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("look at refusals: %w", err)
	}
	b := &backward{f: f, from: info.Size()}
	// What follows the last line break is still being written, or was never finished.
	if _, err := b.next(); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	return b, nil
}

// next returns the line before the last one returned, without its end; io.EOF before the first.
func (b *backward) next() ([]byte, error) {
	for {
		if cut := bytes.LastIndexByte(b.buf, '\n'); cut >= 0 {
			line := b.buf[cut+1:]
			b.at = b.from + int64(cut) + 1
			b.buf = b.buf[:cut]
			return line, nil
		}
		if b.from == 0 {
			return b.first()
		}
		if len(b.buf) > sumBytes+MaxEntry {
			return nil, fmt.Errorf("refusals: a line before offset %d is longer than any entry", b.from+int64(len(b.buf)))
		}
		if err := b.fill(); err != nil {
			return nil, err
		}
	}
}

// first returns what stands before the first line break, once.
func (b *backward) first() ([]byte, error) {
	if b.buf == nil {
		return nil, io.EOF
	}
	line := b.buf
	b.buf, b.at = nil, 0
	return line, nil
}

func (b *backward) fill() error {
	n := min(b.from, backwardChunk)
	chunk := make([]byte, n, n+int64(len(b.buf)))
	if _, err := b.f.ReadAt(chunk, b.from-n); err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("read refusals: %w", err)
	}
	b.buf = append(chunk, b.buf...)
	b.from -= n
	return nil
}
