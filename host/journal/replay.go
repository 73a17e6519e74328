package journal

import (
	"errors"
	"fmt"
	"io"
	"iter"
)

// Replay yields the records from the sequence number from (0 and 1 mean all) to the last one written when
// the iteration began, verifying each. It may run beside the writer; what it yields need not be durable
// yet, see Durable. The first error ends it: a *Damage, or a failure to read.
func (j *Journal) Replay(from uint64) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		j.mu.Lock()
		refs, to := j.segments, j.last
		j.mu.Unlock()
		for len(refs) > 1 && refs[1].first <= from {
			refs = refs[1:]
		}
		w := walk{dir: j.dir}
		for _, ref := range refs {
			if w.seq >= to {
				return
			}
			if !w.replaySegment(ref.index, from, to, yield) {
				return
			}
		}
		if w.seq < to {
			yield(Record{}, w.shortOf(refs[len(refs)-1], to))
		}
	}
}

// shortOf is the error for a file that somebody cut, at a record's boundary, while the journal was open.
func (w *walk) shortOf(ref segmentRef, to uint64) *Damage {
	return &Damage{Segment: segmentName(ref.index), Seq: w.seq + 1, What: Removed, detail: fmt.Sprintf("%d records were written", to)}
}

// walk goes through consecutive segments and holds on to the end of the one before. From the first segment
// on it knows where the chain begins; begun later, it takes the word of the first header it meets.
type walk struct {
	dir     string
	seq     uint64
	chain   Chain
	entered bool
}

// enter opens a segment and checks that it continues the one before.
func (w *walk) enter(index uint64) (*scanner, error) {
	s, err := openSegment(w.dir, index)
	if err != nil {
		return nil, err
	}
	if d := w.joint(s); d != nil {
		return nil, errors.Join(d, s.close())
	}
	return s, nil
}

func (w *walk) joint(s *scanner) *Damage {
	if !w.entered && s.header.index > 1 {
		w.seq, w.chain = s.header.first-1, s.header.chain
	}
	w.entered = true
	want := w.seq + 1
	d := &Damage{Segment: s.name, Seq: want, detail: fmt.Sprintf("the segment continues a record that ends before %d", s.header.first)}
	switch {
	case s.header.first > want:
		d.What = Removed
	case s.header.first < want:
		d.What = Inserted
	case s.header.chain != w.chain:
		d.What, d.detail = Replaced, "the segment continues another chain"
	default:
		return nil
	}
	return d
}

func (w *walk) leave(s *scanner) error {
	w.seq, w.chain = s.seq, s.chain
	return s.close()
}

// replaySegment reports whether to go on with the next segment.
func (w *walk) replaySegment(index, from, to uint64, yield func(Record, error) bool) bool {
	s, err := w.enter(index)
	if err != nil {
		yield(Record{}, err)
		return false
	}
	defer w.leave(s)
	for s.seq < to {
		f, err := s.next()
		if errors.Is(err, io.EOF) {
			return true
		}
		if err != nil {
			yield(Record{}, err)
			return false
		}
		if f.kind == kindRecord && f.seq >= from && !yield(f.record(), nil) {
			return false
		}
	}
	return true
}
