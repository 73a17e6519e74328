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

	// Unanchored: there are records and no anchor beside the folder. Whether more are gone from the end cannot be told.
	Unanchored bool
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
	end      Anchor // of the last record, if what was anchored is before it
}

// recoverTail verifies the last segment, repairs its end if that is all that is wrong, and makes sure that
// what is left is really on the disk. Nothing is repaired where the anchored record is not there.
func recoverTail(dir string, boot bootID, anchor Anchor) (tail, Recovery, error) {
	if err := dropUnfinished(dir); err != nil {
		return tail{}, Recovery{}, err
	}
	refs, err := listSegments(dir)
	if err != nil {
		return tail{}, Recovery{}, err
	}
	if len(refs) == 0 {
		return tail{}, Recovery{Clean: true}, anchor.holds(dir, refs, 0)
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
		err = anchor.holds(dir, refs, s.seq)
	}
	if err == nil {
		err = s.mend(recovery)
	}
	var end Anchor
	if err == nil && s.seq > anchor.Seq {
		end, err = anchorOf(dir, refs, s.seq)
	}
	return tail{refs, s.seq, s.chain, end}, recovery, errors.Join(err, s.close())
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
