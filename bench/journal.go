package main

import (
	"errors"
	"fmt"
	"path/filepath"

	"argus/host/journal"
	"argus/host/ledger"
	"argus/kernel"
)

// found says what stood in the journals of all installations.
type found struct {
	Records uint64 `json:"records"`
	Calls   uint64 `json:"calls"` // each with its start and its end
}

// checkJournals reads the journals that the daemons left.
func (b *bench) checkJournals() (found, error) {
	var all found
	for _, s := range b.systems {
		if s.argus == nil {
			continue
		}
		one, err := checkJournal(s.argus.State(), s.made)
		if err != nil {
			return all, fmt.Errorf("%s: %w", s.name, err)
		}
		all.Records += one.Records
		all.Calls += one.Calls
	}
	return all, nil
}

// checkJournal replays a journal as a daemon would at its start, which verifies it, and holds it to the calls that were made.
func checkJournal(state string, made []calls) (found, error) {
	e, err := expect(made)
	if err != nil {
		return found{}, err
	}
	j, recovery, err := journal.Open(filepath.Join(state, "journal"), journal.Options{})
	if err != nil {
		return found{}, err
	}
	if !recovery.Clean {
		return found{}, errors.Join(errors.New("the daemon did not end in order"), j.Close())
	}
	l, err := ledger.Open(j, recovery, ledger.Options{TheoryFolder: filepath.Join(state, "theories"), Observe: e.observe})
	if err != nil {
		return found{}, errors.Join(err, j.Close())
	}
	if err := errors.Join(e.missing(), l.Close()); err != nil {
		return found{}, err
	}
	return found{Records: recovery.Records, Calls: uint64(e.calls)}, nil
}

// expected is what must stand in a journal: of each call a start, told by the digest of its arguments and whether it has sinks, and an end.
type expected struct {
	calls   int
	starts  map[kernel.Digest]bool // whether it has sinks
	flights map[kernel.InvocationID]bool
}

func expect(made []calls) (*expected, error) {
	e := &expected{starts: map[kernel.Digest]bool{}, flights: map[kernel.InvocationID]bool{}}
	for _, c := range made {
		for serial := c.from; serial < c.to; serial++ {
			digest, err := digestOf(serial)
			if err != nil {
				return nil, err
			}
			e.starts[digest] = c.tool == post
		}
	}
	e.calls = len(e.starts)
	return e, nil
}

// observe takes one record. What was not expected is as wrong as what is missing.
func (e *expected) observe(r ledger.Record) error {
	switch event := r.Event.(type) {
	case kernel.Started:
		sinks, due := e.starts[event.Call.Arguments]
		if !due || sinks != (event.Call.Sinks != 0) {
			return fmt.Errorf("record %d of the journal is the start of a call that was not made, was made once only, or with other sinks", r.Sequence)
		}
		delete(e.starts, event.Call.Arguments)
		e.flights[event.Invocation] = true
	case kernel.Completed:
		if !e.flights[event.Invocation] || event.Outcome != kernel.Success || !event.Released {
			return fmt.Errorf("record %d of the journal is the end of a call that has none due, or not a success", r.Sequence)
		}
		delete(e.flights, event.Invocation)
	}
	return nil
}

// missing says what was expected and did not come.
func (e *expected) missing() error {
	if len(e.starts)+len(e.flights) == 0 {
		return nil
	}
	return fmt.Errorf("missing in the journal: the start of %d calls and the end of %d, of %d calls", len(e.starts), len(e.flights), e.calls)
}
