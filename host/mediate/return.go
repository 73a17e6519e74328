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

const (
	// maxWaiting bounds the values of one child that its parent has not fetched.
	maxWaiting = 16
	// maxHeld bounds the bytes of all such values of one principal.
	maxHeld = 32 << 20
)

// returns holds values between a child's return and its parent's await. They live in memory only: the exposure they bring is recorded
// with the return, so a crash loses a value, never an exposure.
type returns struct {
	mu      sync.Mutex
	waiting map[kernel.AgentID]*mailbox
	held    map[string]int // bytes, by principal; places that are reserved count
}

type mailbox struct {
	principal string
	values    [][]byte
	coming    int // values for which a place is reserved
	bytes     int
	moved     chan struct{} // closed and replaced at each change
}

func newReturns() *returns {
	return &returns{waiting: map[kernel.AgentID]*mailbox{}, held: map[string]int{}}
}

func (r *returns) of(child kernel.AgentID, principal string) *mailbox {
	box := r.waiting[child]
	if box == nil {
		box = &mailbox{principal: principal, moved: make(chan struct{})}
		r.waiting[child] = box
	}
	return box
}

func (r *returns) hold(box *mailbox, bytes int) {
	box.bytes += bytes
	if r.held[box.principal] += bytes; r.held[box.principal] == 0 {
		delete(r.held, box.principal)
	}
}

func (b *mailbox) move() {
	close(b.moved)
	b.moved = make(chan struct{})
}

// place is room for one value. The caller must put a value there or leave it.
type place struct {
	box   *mailbox
	bytes int
}

// reserve takes a place for one more value of the child, if there is one. A child that is no more gets one that keeps nothing.
func (r *returns) reserve(child Caller, bytes int, alive func() error) (place, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if alive() != nil {
		return place{}, true
	}
	box := r.of(child.Agent, child.Principal)
	if len(box.values)+box.coming >= maxWaiting || r.held[child.Principal]+bytes > maxHeld {
		return place{}, false
	}
	box.coming++
	r.hold(box, bytes)
	return place{box, bytes}, true
}

// kept reports whether a place is still one of a child that is alive.
func (r *returns) kept(child Caller, p place) bool {
	return p.box != nil && r.waiting[child.Agent] == p.box
}

func (r *returns) put(child Caller, p place, value []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.kept(child, p) {
		return
	}
	p.box.coming--
	p.box.values = append(p.box.values, value)
	p.box.move()
}

func (r *returns) leave(child Caller, p place) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.kept(child, p) {
		p.box.coming--
		r.hold(p.box, -p.bytes)
	}
}

// end drops the values of a child that is no more, or whose return no kernel accepts any more, and wakes who waits.
func (r *returns) end(child kernel.AgentID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if box := r.waiting[child]; box != nil {
		box.move()
		r.hold(box, -box.bytes)
		delete(r.waiting, child)
	}
}

// take returns the oldest value of a child that is alive, or what to wait for.
func (r *returns) take(child Caller, alive func() error) (value []byte, moved <-chan struct{}, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := alive(); err != nil {
		return nil, nil, err
	}
	box := r.of(child.Agent, child.Principal)
	if len(box.values) > 0 {
		value = box.values[0]
		box.values[0], box.values = nil, box.values[1:]
		r.hold(box, -len(value))
		return value, nil, nil
	}
	return nil, box.moved, nil
}

// Return hands a value from the caller to its parent: bounded by the schema that the parent set, or free, and then the parent takes on
// what the child has met.
func (m *Mediator) Return(ctx context.Context, who Caller, value ijson.Value, unbounded bool) (Step, error) {
	const what = "argus__return"
	wanted := identity.ReturnEndorsed
	if unbounded {
		wanted = identity.ReturnUnendorsed
	}
	return m.asked(ctx, who, wanted, what, func(ctx context.Context) (Step, error) { return m.handBack(ctx, who, what, value, unbounded) })
}

func (m *Mediator) handBack(ctx context.Context, who Caller, what string, value ijson.Value, unbounded bool) (Step, error) {
	self, declared := m.Book.Of(who.Agent)
	if !declared {
		return Step{}, fault.New(fault.Invalid, "return", fmt.Errorf("only a delegated context has a parent to return to: send its id in the %s header", ContextHeader))
	}
	in, encoded, err := returnInput(self, value, unbounded)
	if err != nil {
		refused := m.refuseStep(who, what, RuleReturn, err.Error())
		refused.Detail = err.Error()
		return Step{Refusal: refused}, nil
	}
	if cause := m.tooFast(who); cause != "" {
		return Step{Refusal: m.refuseStep(who, what, RuleLimit, cause)}, nil
	}
	place, free := m.returns.reserve(who, len(encoded), m.living(who))
	if !free {
		return Step{Refusal: m.refuseStep(who, what, RuleLimit,
			fmt.Sprintf("%d values wait for the parent, or %d bytes for all parents of %s", maxWaiting, maxHeld, who.Principal))}, nil
	}
	step, err := m.step(ctx, who, what, in, ledger.Note{})
	if err != nil || step.Refusal != nil {
		m.returns.leave(who, place)
		return step, err
	}
	m.returns.put(who, place, encoded)
	return step, nil
}

// living asks whether a child is in the book, which forgets it before its mailbox is ended.
func (m *Mediator) living(child Caller) func() error {
	return func() error {
		if _, known := m.Book.Of(child.Agent); !known {
			return identity.ErrContext
		}
		return nil
	}
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
	ctx, stop := m.Book.Hold(ctx, who.Credential)
	defer stop()
	for {
		if ctx.Err() != nil { // who waited is gone, and what came meanwhile is not lost with them
			return nil, nil, fault.New(fault.Timeout, "await", ctx.Err())
		}
		if !m.Ledger.Current().State.Acts(who.Agent) {
			return nil, m.refuseStep(who, "argus__await", RuleWithheld, "the agent, or one above it, was ended"), nil
		}
		value, moved, err := m.returns.take(Caller{Principal: who.Principal, Agent: child.Agent}, alive)
		if err != nil {
			return nil, nil, fault.New(fault.Invalid, "await", err)
		}
		if value != nil {
			return value, nil, nil
		}
		select {
		case <-moved:
		case <-ctx.Done():
		}
	}
}
