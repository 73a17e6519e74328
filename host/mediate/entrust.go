package mediate

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"argus/host/fault"
	"argus/host/identity"
	"argus/host/inventory"
	"argus/host/ledger"
	"argus/internal/ijson"
	"argus/kernel"
)

// entrusted are the open calls that their callers run themselves. What is in here is settled by whoever takes it out.
type entrusted struct {
	mu      sync.Mutex
	errands map[kernel.InvocationID]*errand
	open    sync.WaitGroup // until each is settled
}

// errand is one call that its caller runs.
type errand struct {
	agent kernel.AgentID
	item  *inventory.Item // as it was when the call started
	end   func()          // stops the clock, and forgets that the call can be stopped
}

func newEntrusted() *entrusted { return &entrusted{errands: map[kernel.InvocationID]*errand{}} }

func (e *entrusted) find(id kernel.InvocationID) (*errand, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	one, open := e.errands[id]
	return one, open
}

// take gives the call to one taker, who must settle it and then call open.Done.
func (e *entrusted) take(id kernel.InvocationID) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	one, open := e.errands[id]
	if open {
		delete(e.errands, id)
		one.end()
	}
	return open
}

func (e *entrusted) all() []kernel.InvocationID {
	e.mu.Lock()
	defer e.mu.Unlock()
	ids := make([]kernel.InvocationID, 0, len(e.errands))
	for id := range e.errands {
		ids = append(ids, id)
	}
	return ids
}

// Start records the start of a call that the caller will run itself, and that [Mediator.Complete] settles. It takes the way of every call, up
// to the effect. One that its caller does not settle within the limit for a call, or whose agent or credential is ended, is settled as unknown: its effect
// may have happened.
func (m *Mediator) Start(ctx context.Context, who Caller, name string, arguments ijson.Value) (Step, error) {
	return m.asked(ctx, who, identity.InvokeStart, shortened(name), func(ctx context.Context) (Step, error) {
		r, unfit, err := m.find(who, name, arguments)
		if err != nil {
			return Step{}, err
		}
		if unfit != nil {
			return Step{Refusal: m.refuseUnfit(r, *unfit)}, nil
		}
		return m.begin(ctx, r, m.Limits.CallTimeout)
	})
}

// begin starts a call that its caller runs, and that is settled as unknown if the caller has not settled it within patience.
func (m *Mediator) begin(ctx context.Context, r request, patience time.Duration) (Step, error) {
	if over := m.overLimit(r); over != nil {
		return Step{Refusal: over}, nil
	}
	step, err := m.start(ctx, r)
	if err != nil || step.Refusal != nil {
		return step, err
	}
	m.count(&m.started)
	if err := m.entrust(r, step.started().Invocation, patience); err != nil {
		return Step{}, fault.New(fault.Unavailable, "start "+r.item.Name, err)
	}
	return step, nil
}

var errEnded = errors.New("the agent was ended while its start was recorded")

// entrust leaves a call that was started to its caller, unless the agent or the credential that asked for it ended in the meantime: then it is
// given up.
func (m *Mediator) entrust(r request, id kernel.InvocationID, patience time.Duration) error {
	m.entrusted.open.Add(1)
	held, release := m.Book.Hold(context.Background(), r.who.Credential)
	ctx, cancel := context.WithTimeout(held, patience)
	forget := m.running.add(r.who.Agent, r.item.ID, cancel)
	m.entrusted.mu.Lock() // what ends it at once finds it there
	stop := context.AfterFunc(ctx, func() { m.giveUp(id) })
	m.entrusted.errands[id] = &errand{agent: r.who.Agent, item: r.item, end: func() { stop(); cancel(); release(); forget() }}
	m.entrusted.mu.Unlock()
	if ended := context.Cause(held); errors.Is(ended, identity.ErrCredential) {
		m.giveUp(id)
		return ended
	}
	if !m.Ledger.Current().State.Acts(r.who.Agent) {
		m.giveUp(id)
		return errEnded
	}
	return nil
}

// giveUp settles a call of which nobody will say what became of it.
func (m *Mediator) giveUp(id kernel.InvocationID) {
	one, open := m.entrusted.find(id)
	if !open || !m.entrusted.take(id) {
		return
	}
	defer m.entrusted.open.Done()
	in := kernel.InvokeComplete{Agent: one.agent, Invocation: id, Outcome: kernel.Unknown}
	if _, err := m.Ledger.Apply(context.Background(), in, ledger.Note{}); err != nil {
		m.Logger.Error("a call was not settled", "tool", one.item.Name, "error", err)
	}
}

// Complete settles a call that the caller started and ran. result is what an endorsed tool gave, or the zero Value: of what its bounded
// schema admits the host counts the bits; anything else takes the full label. A caller can only settle what [Mediator.Start] gave it: what
// became of a call that the daemon runs is for the daemon to say.
func (m *Mediator) Complete(ctx context.Context, who Caller, id kernel.InvocationID, outcome kernel.Ending, result ijson.Value) (Step, error) {
	return m.asked(ctx, who, identity.InvokeComplete, "invoke_complete", func(ctx context.Context) (Step, error) {
		return m.complete(ctx, who, id, outcome, result)
	})
}

func (m *Mediator) complete(ctx context.Context, who Caller, id kernel.InvocationID, outcome kernel.Ending, result ijson.Value) (Step, error) {
	one, open := m.entrusted.find(id)
	if !open || one.agent != who.Agent {
		return m.notOpen(who, id), nil
	}
	given := result.Kind() != ijson.Invalid
	if given && (outcome != kernel.Success || !one.item.Endorsed) {
		return Step{}, fault.New(fault.Invalid, "complete "+one.item.Name, errors.New("a result is taken only of an endorsed tool that succeeded"))
	}
	if !m.entrusted.take(id) {
		return m.notOpen(who, id), nil
	}
	defer m.entrusted.open.Done()
	in := kernel.InvokeComplete{Agent: who.Agent, Invocation: id, Outcome: outcome}
	if given {
		if _, err := one.item.Output.Encode(result); err == nil {
			in.Conforms, in.Bits, in.Slot = true, one.item.Output.Bits(), one.item.Slot
		}
	}
	return m.step(context.WithoutCancel(ctx), who, "invoke_complete", in, ledger.Note{Call: one.item.Name})
}

func (m *Mediator) notOpen(who Caller, id kernel.InvocationID) Step {
	return Step{Refusal: m.refuseKernel(who, "invoke_complete", kernel.NotInFlight{Invocation: id})}
}

// Deliverable is what alone may be delivered of the result with which a step settled a call: the one encoding of a value that bits were spent
// for, or whose integrity was endorsed. It is nil where the label was taken, and the result may be delivered as it is.
func (m *Mediator) Deliverable(s Step, result ijson.Value) ([]byte, error) {
	done, ok := s.Event.(kernel.Completed)
	if !ok || !done.Declassified && !done.Endorsed {
		return nil, nil
	}
	stock := m.Stock.Inventory()
	if stock == nil || m.Ledger.Current().Theory.Digest() != done.Theory {
		return nil, errForgotten(s)
	}
	item, known := stock.Tool(s.Call)
	if !known || item.Output == nil {
		return nil, errForgotten(s)
	}
	value, err := item.Output.Encode(result)
	if err != nil {
		return nil, errForgotten(s)
	}
	return value, nil
}

func errForgotten(s Step) error {
	return Begun{fault.New(fault.Stale, "deliver the result of "+s.Call, fmt.Errorf("what is declared of it has changed since record %d", s.Sequence))}
}

// Close settles what callers did not, as unknown. Nothing may be asked any more when it is called.
func (m *Mediator) Close() {
	for _, id := range m.entrusted.all() {
		m.giveUp(id)
	}
	m.entrusted.open.Wait()
}
