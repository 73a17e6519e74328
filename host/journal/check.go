package journal

import (
	"cmp"
	"errors"
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
	Bad      *Damage   // the first bad place; nil in a sound journal
}

// Check walks the whole journal, read-only, beside a running daemon or not, and verifies that it holds the
// records anchored elsewhere. The error is for what could not be read; what was read and is wrong is in
// Report.Bad. The lock is neither needed nor taken.
func Check(dir string, anchors ...Anchor) (Report, error) {
	refs, err := listSegments(dir)
	var gap *Damage
	if err != nil && !errors.As(err, &gap) {
		return Report{}, err
	}
	c := checker{walk: walk{dir: dir}, anchors: inOrder(anchors)}
	for i, ref := range refs {
		last := i == len(refs)-1 && gap == nil
		if err := c.segment(ref.index, last); err != nil || c.report.Bad != nil {
			return c.report, err
		}
	}
	if c.report.Bad = gap; gap == nil {
		c.beyondEnd(refs)
	}
	return c.report, nil
}

// inOrder leaves out the anchors of no record.
func inOrder(anchors []Anchor) []Anchor {
	anchors = slices.DeleteFunc(slices.Clone(anchors), func(a Anchor) bool { return a.Seq == 0 })
	return slices.SortedFunc(slices.Values(anchors), func(a, b Anchor) int { return cmp.Compare(a.Seq, b.Seq) })
}

type checker struct {
	walk
	anchors []Anchor // not yet reached
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
		if c.anchors[0] != r.Anchor() {
			return &Damage{Segment: s.name, Offset: off, Seq: r.Seq, What: Replaced, detail: "another record is anchored elsewhere"}
		}
	}
	c.report.Records++
	c.report.Last, c.report.LastTime = r.Anchor(), r.Time
	return nil
}

// beyondEnd finds that an anchored record should follow the last one.
func (c *checker) beyondEnd(refs []segmentRef) {
	if len(c.anchors) == 0 {
		return
	}
	c.report.Bad = &Damage{
		Segment: segmentName(uint64(max(1, len(refs)))),
		Seq:     c.report.Last.Seq + 1,
		What:    Removed,
		detail:  "records anchored elsewhere are gone from the end",
	}
}
