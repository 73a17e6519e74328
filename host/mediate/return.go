package mediate

import (
	"context"
	"fmt"
	"sync"

	"argus/host/bounded"
	"argus/host/fault"
	"argus/host/identity"
	"argus/host/ledger"
	"argus/internal/ijson"
	"argus/kernel"
)

// maxWaiting bounds the values of one child that its parent has not fetched.
const maxWaiting = 16

// returns holds values between a child's return and its parent's await. They live in memory only: the exposure they bring is recorded
// with the return, so a crash loses a value, never an exposure.
type returns struct {
	mu      sync.Mutex
	waiting map[kernel.AgentID]*mailbox
}

type mailbox struct {
	values [][]byte
	moved  chan struct{} // closed and replaced at each change
}

func newReturns() *returns { return &returns{waiting: map[kernel.AgentID]*mailbox{}} }

func (r *returns) of(child kernel.AgentID) *mailbox {
	box := r.waiting[child]
	if box == nil {
		box = &mailbox{moved: make(chan struct{})}
		r.waiting[child] = box
	}
	return box
}

func (b *mailbox) move() {
	close(b.moved)
	b.moved = make(chan struct{})
}

// room reports whether one more value of the child can wait. Two returns of one child at once may both find the last place.
func (r *returns) room(child kernel.AgentID) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	box := r.waiting[child]
	return box == nil || len(box.values) < maxWaiting
}

func (r *returns) put(child kernel.AgentID, value []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	box := r.of(child)
	box.values = append(box.values, value)
	box.move()
}

// end drops the values of a child that is no more and wakes who waits. The book has forgotten the child already.
func (r *returns) end(child kernel.AgentID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if box := r.waiting[child]; box != nil {
		box.move()
		delete(r.waiting, child)
	}
}

// take returns the oldest value of a child that is alive, or what to wait for.
func (r *returns) take(child kernel.AgentID, alive func() error) (value []byte, moved <-chan struct{}, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := alive(); err != nil {
		return nil, nil, err
	}
	box := r.of(child)
	if len(box.values) > 0 {
		value = box.values[0]
		box.values = box.values[1:]
		return value, nil, nil
	}
	return nil, box.moved, nil
}

// Return hands a value from the caller to its parent: bounded by the schema that the parent set, or free, and then the parent takes on
// what the child has met.
func (m *Mediator) Return(ctx context.Context, who Caller, value ijson.Value, free bool) (*Refusal, error) {
	self, declared := m.Book.Of(who.Agent)
	if !declared {
		return nil, fault.New(fault.Invalid, "return", fmt.Errorf("only a delegated context has a parent to return to: send its id in the %s header", ContextHeader))
	}
	if !m.returns.room(who.Agent) {
		return m.refuseStep(who, "argus__return", ruleLimit, fmt.Sprintf("%d values wait for the parent", maxWaiting)), nil
	}
	in, encoded, err := returnInput(self, value, free)
	if err != nil {
		refused := m.refuseStep(who, "argus__return", ruleReturn, err.Error())
		refused.Detail = err.Error()
		return refused, nil
	}
	applied, err := m.Ledger.Apply(ctx, in, ledger.Note{})
	if err != nil {
		return nil, err
	}
	if applied.Refusal != nil {
		return m.refuseKernel(who, "argus__return", applied), nil
	}
	m.returns.put(who.Agent, encoded)
	return nil, nil
}

// ContextHeader is the HTTP header by which a request says as which declared context it acts.
const ContextHeader = "Argus-Context"

func returnInput(self identity.Context, value ijson.Value, free bool) (kernel.Input, []byte, error) {
	if free {
		return kernel.ReturnUnendorsed{Child: self.Agent, Parent: self.Parent}, ijson.AppendCanonical(nil, value), nil
	}
	if self.Returns == "" {
		return nil, nil, fmt.Errorf(`the parent set no schema for a bounded return: return with "unbounded": true, or delegate with "returns"`)
	}
	raw, err := ijson.ParseString(self.Returns, ijson.AtMost(len(self.Returns)))
	if err != nil {
		return nil, nil, fmt.Errorf("the schema of the return cannot be read: %w", err)
	}
	schema, err := bounded.Of(raw)
	if err != nil {
		return nil, nil, fmt.Errorf("the schema of the return: %w", err)
	}
	encoded, err := schema.Encode(value)
	if err != nil {
		return nil, nil, fmt.Errorf("the value is none of those that the parent's schema admits: %w", err)
	}
	slot := kernel.SlotID(ijson.Digest(raw))
	return kernel.ReturnEndorsed{Child: self.Agent, Parent: self.Parent, Bits: schema.Bits(), Slot: slot}, encoded, nil
}

// Await gives the caller the next value of one of its children, and waits for it as long as ctx allows. The value is canonical JSON.
func (m *Mediator) Await(ctx context.Context, who Caller, id identity.ContextID) ([]byte, *Refusal, error) {
	child, err := m.Book.Child(who.Agent, id)
	if err != nil {
		return nil, nil, fault.New(fault.Invalid, "await", err)
	}
	alive := func() error {
		_, err := m.Book.Child(who.Agent, id)
		return err
	}
	for {
		if !m.Ledger.Current().State.Acts(who.Agent) {
			return nil, m.refuseStep(who, "argus__await", ruleWithheld, "the agent, or one above it, was ended"), nil
		}
		value, moved, err := m.returns.take(child.Agent, alive)
		if err != nil {
			return nil, nil, fault.New(fault.Invalid, "await", err)
		}
		if value != nil {
			return value, nil, nil
		}
		select {
		case <-moved:
		case <-ctx.Done():
			return nil, nil, fault.New(fault.Timeout, "await", ctx.Err())
		}
	}
}
