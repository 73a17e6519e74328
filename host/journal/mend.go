package journal

import (
	"errors"
	"fmt"
	"io"
	"os"
)

// mend drops the torn end and makes the rest durable. The stop may have been a failed fsync, after which the
// kernel calls pages clean that never reached the disk: so the same bytes are written once more before they
// are believed to be there.
func (s *scanner) mend(r Recovery) error {
	if r.Clean && r.Torn == nil {
		return nil
	}
	f, err := os.OpenFile(s.f.Name(), os.O_RDWR, 0)
	if err != nil {
		return fmt.Errorf("open last segment to mend it: %w", err)
	}
	if err := s.mendFile(f, r); err != nil {
		return errors.Join(fmt.Errorf("mend last segment: %w", err), f.Close())
	}
	return f.Close()
}

func (s *scanner) mendFile(f *os.File, r Recovery) error {
	if r.Torn != nil {
		if err := f.Truncate(s.off); err != nil {
			return err
		}
	}
	if err := rewrite(f, s.off); err != nil {
		return err
	}
	return datasync(f)
}

func rewrite(f *os.File, size int64) error {
	buf := make([]byte, min(size, 1<<20))
	for off := int64(0); off < size; {
		n, err := f.ReadAt(buf[:min(int64(len(buf)), size-off)], off)
		if err != nil && !errors.Is(err, io.EOF) || n == 0 {
			return fmt.Errorf("read at %d: %w", off, errors.Join(err, io.ErrUnexpectedEOF))
		}
		if _, err := f.WriteAt(buf[:n], off); err != nil {
			return err
		}
		off += int64(n)
	}
	return nil
}
