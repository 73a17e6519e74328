package journal

import (
	"errors"
	"io"
	"time"
)

// Report is what Check found.
type Report struct {
	Segments int       // whole segments walked
	Records  uint64    // good records before the first bad place
	Head     Head      // of the last good record; compare it with one kept elsewhere
	Last     time.Time // when that was written
	Clean    bool      // the last session ended with Close
	Torn     *Torn     // a last frame not (or, beside a running daemon, not yet) whole
	Bad      *Damage   // the first bad place; nil in a sound journal
}

// Check walks the whole journal, read-only, beside a running daemon or not. The error is for what could not
// be read; what was read and is wrong is in Report.Bad. The lock is neither needed nor taken.
func Check(dir string) (Report, error) {
	refs, err := listSegments(dir)
	var gap *Damage
	if err != nil && !errors.As(err, &gap) {
		return Report{}, err
	}
	c := checker{walk: walk{dir: dir}}
	for i, ref := range refs {
		last := i == len(refs)-1 && gap == nil
		if err := c.segment(ref.index, last); err != nil {
			return c.report, err
		}
		if c.report.Bad != nil {
			return c.report, nil
		}
	}
	c.report.Bad = gap
	return c.report, nil
}

type checker struct {
	walk
	report Report
}

// segment returns only failures to read; damage goes into the report.
func (c *checker) segment(index uint64, last bool) error {
	s, err := c.enter(index)
	if err != nil {
		return c.note(err)
	}
	for err == nil {
		var f frame
		if f, err = s.next(); err == nil {
			c.good(f)
		}
	}
	var d *Damage
	switch {
	case errors.Is(err, io.EOF):
		err = nil
	case errors.As(err, &d) && last && d.What == Cut:
		c.report.Torn, err = &Torn{Segment: s.name, Offset: s.off, Bytes: s.size - s.off}, nil
	default:
		err = c.note(err)
	}
	c.report.Segments++
	c.report.Head = Head{s.seq, s.chain}
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

func (c *checker) good(f frame) {
	if f.kind == kindRecord {
		c.report.Records++
		c.report.Last = f.record().Time
	}
}
