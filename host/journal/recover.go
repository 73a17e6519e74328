package journal

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

// Recovery says what the last sessions left behind, since the last Settle. The zero debt is Clean.
type Recovery struct {
	// Records is the number of records found; also the sequence number of the last.
	Records uint64

	// Clean: every session since the last Settle ended with Close. True for a new journal.
	Clean bool

	// Rebooted: the machine was started anew, or may have been, since a session that did not end with
	// Close. Records that were written but not durable may then be missing from the end.
	Rebooted bool

	// Durable is a record that was known durable, and DurableAt when: what was written after that moment
	// and not waited for is what a reboot can have lost. Both err to the early side.
	Durable   uint64
	DurableAt time.Time

	// Torn is what was dropped from the end, nil when nothing was.
	Torn *Torn
}

// Torn is a last frame that was being written when the process or the machine stopped. Nobody can have been
// told that it was kept.
type Torn struct {
	Segment string
	Offset  int64
	Bytes   int64
}

func (r Recovery) owed() (d debt) {
	if !r.Clean {
		d |= owesUnclean
	}
	if r.Rebooted {
		d |= owesReboot
	}
	return d
}

// tail is where the writer goes on.
type tail struct {
	segments []segmentRef
	last     uint64
	chain    Chain
}

// recoverTail verifies the last segment, repairs its end if that is all that is wrong, and makes sure that
// what is left is really on the disk.
func recoverTail(dir string, boot bootID) (tail, Recovery, error) {
	if err := dropUnfinished(dir); err != nil {
		return tail{}, Recovery{}, err
	}
	refs, err := listSegments(dir)
	if err != nil {
		return tail{}, Recovery{}, err
	}
	if len(refs) == 0 {
		return tail{}, Recovery{Clean: true}, nil
	}
	if err := readFirsts(dir, refs); err != nil {
		return tail{}, Recovery{}, err
	}
	s, err := openSegment(dir, refs[len(refs)-1].index)
	if err != nil {
		return tail{}, Recovery{}, err
	}
	recovery, err := s.recover(boot)
	if err == nil {
		err = s.mend(recovery)
	}
	return tail{refs, s.seq, s.chain}, recovery, errors.Join(err, s.close())
}

// dropUnfinished removes a segment whose making was interrupted. It never had a record.
func dropUnfinished(dir string) error {
	names, err := filepath.Glob(filepath.Join(dir, "*"+segmentSuffix+unfinishedSuffix))
	if err != nil {
		return err
	}
	for _, name := range names {
		if err := os.Remove(name); err != nil {
			return fmt.Errorf("remove unfinished segment: %w", err)
		}
	}
	return nil
}

// readFirsts fills in where each segment begins, and refuses headers that do not ascend.
func readFirsts(dir string, refs []segmentRef) error {
	for i := range refs {
		first, err := firstOf(dir, refs[i].index)
		if err != nil {
			return err
		}
		if i > 0 && first < refs[i-1].first {
			return &Damage{Segment: segmentName(refs[i].index), Seq: refs[i-1].first, What: Reordered, detail: "segments do not ascend"}
		}
		refs[i].first = first
	}
	return nil
}

func firstOf(dir string, index uint64) (uint64, error) {
	f, err := os.Open(filepath.Join(dir, segmentName(index)))
	if err != nil {
		return 0, fmt.Errorf("open segment: %w", err)
	}
	defer f.Close()
	h, _, err := readSegmentHeader(f, index)
	return h.first, err
}

// recover reads the segment to its end and works out what the session that wrote it left behind.
func (s *scanner) recover(boot bootID) (Recovery, error) {
	owed := s.header.debt
	r := Recovery{Durable: s.header.first - 1, DurableAt: time.Unix(0, s.header.nanos)}
	for {
		f, err := s.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if d := (*Damage)(nil); errors.As(err, &d) && s.isTorn(d, boot) {
			r.Torn = &Torn{Segment: s.name, Offset: s.off, Bytes: s.size - s.off}
			break
		}
		if err != nil {
			return Recovery{}, err
		}
		if f.kind == kindSettled {
			owed = 0
		}
		if f.durable > r.Durable {
			r.Durable, r.DurableAt = f.durable, time.Unix(0, f.nanos)
		}
	}
	closed := s.last.kind == kindClosed
	r.Records = s.seq
	r.Clean = closed && owed&owesUnclean == 0
	r.Rebooted = owed&owesReboot != 0 || !closed && !s.header.boot.sameAs(boot)
	return r, nil
}

// isTorn tells a frame that a crash left half written from one that was altered. A process that dies leaves
// a frame cut short. A machine that dies may also leave a frame of full length with disk blocks that were
// never written, which read as zeros; but with a whole frame after it, it had long been written.
func (s *scanner) isTorn(d *Damage, boot bootID) bool {
	switch {
	case d.What == Cut:
		return true
	case d.What != Flipped || s.header.boot.sameAs(boot):
		return false
	}
	return s.hasHole() && !s.hasFrameAfter()
}

const diskBlock = 512

// hasHole reports whether a disk block of the rest, or the part of a block that belongs to it, is all zero.
func (s *scanner) hasHole() bool {
	block := make([]byte, diskBlock)
	for off := s.off; off < s.size; {
		end := min(s.size, off-off%diskBlock+diskBlock)
		part := block[:end-off]
		if s.readAt(part, off) && allZero(part) {
			return true
		}
		off = end
	}
	return false
}

func allZero(b []byte) bool {
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}

// hasFrameAfter searches the rest byte by byte: a bad length says nothing about where the next frame is.
func (s *scanner) hasFrameAfter() bool {
	window := make([]byte, 64<<10)
	for off := s.off + 1; off+headBytes <= s.size; off += int64(len(window)) - headBytes + 1 {
		part := window[:min(int64(len(window)), s.size-off)]
		if !s.readAt(part, off) {
			return true // what cannot be read cannot be called torn
		}
		for i := 0; i+headBytes <= len(part); i++ {
			if _, ok := parseHead(part[i : i+headBytes]); ok {
				return true
			}
		}
	}
	return false
}

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
