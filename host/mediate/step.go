package mediate

import (
	"context"

	"argus/host/ledger"
	"argus/kernel"
)

// Step is the answer to one transition: what the kernel accepted, or why it was refused. Exactly one of Event and Refusal is set.
type Step struct {
	Event    kernel.Event
	Sequence uint64 // of the journal's record; 0 for a refusal
	Call     string // of a start or an outcome: the tool's name toward agents
	Refusal  *Refusal
}

func accepted(a ledger.Applied, call string) Step {
	return Step{Event: a.Event, Sequence: a.Sequence, Call: call}
}

// started is the event of a step that was a start.
func (s Step) started() kernel.Started { return s.Event.(kernel.Started) }

// step asks the kernel for one transition, which the operator knows as what. The refusal is recorded.
func (m *Mediator) step(ctx context.Context, who Caller, what string, in kernel.Input, note ledger.Note) (Step, error) {
	note.Request = who.Request
	applied, err := m.Ledger.Apply(ctx, in, note)
	switch {
	case err != nil:
		return Step{}, err
	case applied.Refusal != nil:
		return Step{Refusal: m.refuseKernel(who, what, applied.Refusal)}, nil
	}
	return accepted(applied, note.Call), nil
}
