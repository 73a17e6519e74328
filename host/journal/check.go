package journal

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"
)

// Report is what Check found.
type Report struct {
	Segments int       // walked, up to the first bad place
	Records  uint64    // good, before the first bad place
	Last     Anchor    // of the last good record
	LastTime time.Time // when that was written
	Clean    bool      // the last session ended with Close
	Torn     *Torn     // a last frame that is not (or, beside a running daemon, not yet) whole
	Anchored bool      // there is an anchor beside the folder; without one it cannot be told whether the end is gone
	Bad      *Damage   // the first bad place; nil in a sound journal
}

// Check walks the whole journal, read-only, beside a running daemon or not, and verifies that it holds the
// records anchored beside the folder and elsewhere. The error is for what could not be read; what was read and is wrong is in
// Report.Bad. The lock is neither needed nor taken.
func Check(dir string, anchors ...Anchor) (Report, error) {
	beside, there, err := readAnchor(dir) // before the segments: the daemon may go on meanwhile
	var unread *Damage
	if err != nil && !errors.As(err, &unread) {
		return Report{}, err
	}
	refs, err := listSegments(dir)
	var gap *Damage
	if err != nil && !errors.As(err, &gap) {
		return Report{}, err
	}
	if len(refs) == 0 && gap == nil && !there {
		return Report{}, fmt.Errorf("no journal in %s", dir)
	}
	c := checker{walk: walk{dir: dir}, anchors: inOrder(beside, anchors), report: Report{Anchored: there}}
	for i, ref := range refs {
		last := i == len(refs)-1 && gap == nil
		if err := c.segment(ref.index, last); err != nil || c.report.Bad != nil {
			return c.report, err
		}
	}
	switch {
	case gap != nil:
		c.report.Bad = gap
	case len(c.anchors) > 0:
		c.report.Bad = c.beyondEnd(refs)
	default:
		c.report.Bad = unread
	}
	return c.report, nil
}

// held is an anchor, and where it was kept.
type held struct {
	Anchor
	where string
}

// inOrder leaves out the anchors of no record.
func inOrder(beside Anchor, others []Anchor) []held {
	all := []held{{beside, besideFolder}}
	for _, a := range others {
		all = append(all, held{a, elsewhere})
	}
	all = slices.DeleteFunc(all, func(h held) bool { return h.Seq == 0 })
	slices.SortStableFunc(all, func(a, b held) int { return cmp.Compare(a.Seq, b.Seq) })
	return all
}

type checker struct {
	walk
	anchors []held // not yet reached
	end     int64  // of the last segment, without a torn frame
	report  Report
}

// segment returns only failures to read; damage goes into the report.
func (c *checker) segment(index uint64, last bool) error {
	s, err := c.enter(index)
	if err != nil {
		return c.note(err)
	}
	for err == nil {
		err = c.frame(s)
	}
	var d *Damage
	switch {
	case errors.Is(err, io.EOF):
		err = nil
	case errors.As(err, &d) && last && d.What == Cut && !s.hasFrameAfter():
		c.report.Torn, err = &Torn{Segment: s.name, Offset: s.off, Bytes: s.size - s.off}, nil
	default:
		err = c.note(err)
	}
	c.report.Segments++
	c.end = s.off
	c.report.Clean = s.last.kind == kindClosed
	return errors.Join(err, c.leave(s))
}

func (c *checker) note(err error) error {
	var d *Damage
	if !errors.As(err, &d) {
		return err
	}
	c.report.Bad = d
	return nil
}

func (c *checker) frame(s *scanner) error {
	off := s.off
	f, err := s.next()
	if err != nil || f.kind != kindRecord {
		return err
	}
	r := f.record()
	for ; len(c.anchors) > 0 && c.anchors[0].Seq <= r.Seq; c.anchors = c.anchors[1:] {
		if c.anchors[0].Anchor != r.Anchor() {
			return &Damage{Segment: s.name, Offset: off, Seq: r.Seq, What: Replaced, detail: anotherRecord(c.anchors[0].where)}
		}
	}
	c.report.Records++
	c.report.Last, c.report.LastTime = r.Anchor(), r.Time
	return nil
}

// beyondEnd says that an anchored record should follow the last one.
func (c *checker) beyondEnd(refs []segmentRef) *Damage {
	last := c.anchors[len(c.anchors)-1]
	return &Damage{
		Segment: segmentName(uint64(max(1, len(refs)))), Offset: c.end, Seq: c.report.Last.Seq + 1, What: Removed, detail: last.beyond(last.where),
	}
}
