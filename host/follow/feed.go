// Package follow lets many read what the ledger wrote, each from a record on and at a pace of its own.
//
// It decides who keeps up. The newest steps stand in memory for everybody who follows; older ones are read from the journal, once, by those who
// begin there. The ledger never waits for a follower: whoever has fallen behind what is kept is told so, with the last number it has. It tells
// only what is durable, because a number that a loss of power takes back is given again.
//
// It trusts the ledger, which hands it every record once, in order. It does not decide who may see a step: package mediate does.
package follow

import (
	"iter"
	"sync"
	"time"

	"argus/host/journal"
	"argus/host/ledger"
	"argus/kernel"
)

// Kept is how many of the newest steps stand in memory, for all followers together.
const Kept = 4096

// Step is one accepted step.
type Step struct {
	Sequence uint64
	Chain    journal.Chain // of its record and all before it
	Time     time.Time
	Event    kernel.Event
}

// Ledger is where older steps are found, and what says which are durable.
type Ledger interface {
	Current() *ledger.Snapshot
	History(from uint64) iter.Seq2[ledger.Record, error]
	Durable() uint64
	Firmer() <-chan struct{}
}

// Feed holds the newest steps. Its methods may be called by anybody at any time.
type Feed struct {
	mu     sync.Mutex
	steps  []Step // a ring, once it is full
	oldest int
	floor  uint64 // every step after this record is held
	last   uint64 // record, step or not
	moved  chan struct{}
	owners map[kernel.AgentID]string
}

// NewFeed holds nothing yet.
func NewFeed() *Feed { return &Feed{owners: map[kernel.AgentID]string{}} }

// Observe takes one record of the ledger. It waits for nobody.
func (f *Feed) Observe(r ledger.Record) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.last = r.Sequence
	if r.Event != nil {
		f.keep(Step{Sequence: r.Sequence, Chain: r.Chain, Time: r.Time, Event: slim(r.Event)})
		if born, is := r.Event.(kernel.Delegated); is && born.By == kernel.Root {
			f.owners[born.Child] = r.Note.Principal
		}
	}
	if f.moved != nil {
		close(f.moved)
		f.moved = nil
	}
}

func (f *Feed) keep(s Step) {
	if len(f.steps) < Kept {
		f.steps = append(f.steps, s)
		return
	}
	f.floor = f.steps[f.oldest].Sequence
	f.steps[f.oldest] = s
	f.oldest = (f.oldest + 1) % Kept
}

// slim drops what the oracle was asked about, which is no business of a follower's and the largest part.
func slim(e kernel.Event) kernel.Event {
	switch e := e.(type) {
	case kernel.Started:
		e.Call.Verdicts.Binding = kernel.Binding{}
		return e
	case kernel.EgressAllowed:
		e.Flow.Verdicts.Binding = kernel.EgressBinding{}
		return e
	}
	return e
}

// Owner is the principal of an agent, whether or not that has ended. Only a loss of the journal forgets it.
func (f *Feed) Owner(agent kernel.AgentID) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.owners[firstBelowRoot(agent)]
}

// after is the oldest step held after a record. held is false where steps in between are not held any more.
func (f *Feed) after(record uint64) (s Step, some, held bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if record < f.floor {
		return Step{}, false, false
	}
	next := f.next(record)
	if next == len(f.steps) {
		return Step{}, false, true
	}
	return f.at(next), true, true
}

// through is the last record up to most that has no step between itself and record: the journal also holds what is none.
func (f *Feed) through(record, most uint64) uint64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	if record < f.floor {
		return record
	}
	last := f.last
	if next := f.next(record); next < len(f.steps) {
		last = f.at(next).Sequence - 1
	}
	return max(record, min(last, most))
}

// next is the place of the oldest step held after a record.
func (f *Feed) next(record uint64) int {
	low, high := 0, len(f.steps)
	for low < high {
		middle := (low + high) / 2
		if f.at(middle).Sequence <= record {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low
}

func (f *Feed) at(i int) Step { return f.steps[(f.oldest+i)%len(f.steps)] }

// more is closed at the next record.
func (f *Feed) more() <-chan struct{} {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.moved == nil {
		f.moved = make(chan struct{})
	}
	return f.moved
}
