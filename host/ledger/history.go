package ledger

import (
	"fmt"
	"iter"

	"argus/host/journal"
)

// History yields the records from the sequence number from to the last one written when the iteration began. It reads the journal beside the
// writer, which never waits for it. What it yields may not be durable yet: see Durable. The first error ends it.
func (l *Ledger) History(from uint64) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		for kept, err := range l.journal.Replay(from) {
			if err != nil {
				yield(Record{}, fmt.Errorf("look back at the journal: %w", err))
				return
			}
			r, err := recall(kept)
			if err != nil {
				yield(Record{}, fmt.Errorf("look back at record %d: %w", kept.Seq, err))
				return
			}
			if !yield(r, nil) {
				return
			}
		}
	}
}

func recall(kept journal.Record) (Record, error) {
	d, err := decode(kept.Payload)
	if err != nil {
		return Record{}, err
	}
	r := d.Record
	r.Sequence, r.Chain = kept.Seq, kept.Chain
	if r.kind != kindStep {
		return r, nil
	}
	var w eventText
	if err := strict(d.event, &w); err != nil {
		return Record{}, fmt.Errorf("read event: %w", err)
	}
	r.Event = readEvent(r.Theory, r.Input, w)
	return r, nil
}

// Durable is the last record known to survive a loss of power. Nobody outside may be told of a later one: its number could be given again.
func (l *Ledger) Durable() uint64 { return l.journal.Durable() }

// Firmer is closed when more records are durable than there are now.
func (l *Ledger) Firmer() <-chan struct{} { return l.journal.Firmer() }
