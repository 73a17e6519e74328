package mediate

import (
	"errors"
	"runtime"

	"argus/host/fault"
	"argus/host/identity"
	"argus/kernel"
)

// Moment is what a credential covered after one record.
type Moment struct {
	Sequence uint64
	Theory   kernel.Digest
	Agents   []Shown // in the order of their ids
}

// Shown is one active agent at a moment.
type Shown struct {
	kernel.View
	Context identity.ContextID // empty for the principal's own
}

// maxLooks is how often the book is read again because it was of another moment than the state.
const maxLooks = 1000

// Moment shows every active agent that a credential covers, all as they were after the same record.
func (m *Mediator) Moment(g identity.Grant) (Moment, error) {
	for range maxLooks {
		names, sequence := m.Book.Named(g)
		s := m.Ledger.Current()
		if s.Sequence != sequence {
			runtime.Gosched() // the one or the other is about to follow
			continue
		}
		shown := Moment{Sequence: sequence, Theory: s.Theory.Digest()}
		for id := range s.State.Agents.All() {
			if name, own := names[id]; own {
				view, _ := s.State.View(s.Theory, id)
				shown.Agents = append(shown.Agents, Shown{view, name})
			}
		}
		return shown, nil
	}
	return Moment{}, fault.New(fault.Stale, "look at all agents", errors.New("too much changes: try again"))
}
