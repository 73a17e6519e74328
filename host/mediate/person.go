package mediate

import (
	"context"
	"fmt"

	"argus/host/fault"
	"argus/host/identity"
	"argus/host/ledger"
	"argus/host/refusals"
	"argus/kernel"
)

// What only a person does. A front calls these for acts that the operator key signed, and for nothing else. who is whose request carried the
// act; where the act is root's, it says only who is told.

// Register lets a tool of the theory be called.
func (m *Mediator) Register(ctx context.Context, who Caller, tool kernel.ToolID) (Step, error) {
	return m.step(ctx, who, "register_tool", kernel.RegisterTool{Tool: tool}, ledger.Note{})
}

// Override arms the crossing that was refused, as the person was shown it: agent, tool, arguments and exposure are those of the refusal, which
// must be of the caller's own principal.
func (m *Mediator) Override(ctx context.Context, who Caller, ref refusals.Reference) (Step, error) {
	const what = "grant_override"
	told, found, err := m.Refusals.Find(ref)
	if err != nil {
		return Step{}, fault.New(fault.Unavailable, what, err)
	}
	if !found || told.Principal != who.Principal {
		return Step{Refusal: m.refuseStep(who, what, RuleReference, "no refusal of this principal has that reference")}, nil
	}
	upto, crosses := crossingOf(told)
	if !crosses {
		return Step{Refusal: m.refuseStep(who, what, RuleNoCrossing, fmt.Sprintf("rule %s refused it, which no consent to a crossing changes", told.Rule))}, nil
	}
	return m.step(ctx, who, what, kernel.GrantOverride{
		Agent: kernel.AgentID(told.Agent), Tool: kernel.ToolID(told.Crossing.Tool), Arguments: kernel.Digest(told.Arguments), Upto: upto,
	}, ledger.Note{Call: told.Tool})
}

// crossingOf is what a person consents to by a refusal.
func crossingOf(r refusals.Refusal) (kernel.Exposure, bool) {
	if r.Crossing == nil {
		return kernel.Exposure{}, false
	}
	level, known := kernel.ParseLevel(r.Crossing.Level)
	integrity, also := kernel.ParseIntegrity(r.Crossing.Integrity)
	return kernel.Exposure{Level: level, Integrity: integrity}, known && also
}

// Birth gives a clean context to a principal that has none.
func (m *Mediator) Birth(ctx context.Context, who Caller, principal string) (Step, error) {
	m.people.Lock()
	defer m.people.Unlock()
	p, err := m.Book.Principal(principal)
	if err != nil {
		return Step{}, fault.New(fault.Invalid, "delegate", err)
	}
	if _, present := m.Book.Present(principal); present {
		return Step{}, fault.New(fault.Invalid, "delegate", fmt.Errorf("%s has a present context", principal))
	}
	return m.step(ctx, who, "delegate", birthOf(p), ledger.Note{Principal: p.Name})
}

// End ends the present context of a principal, and everything below it.
func (m *Mediator) End(ctx context.Context, who Caller, principal string) (Step, error) {
	m.people.Lock()
	defer m.people.Unlock()
	return m.end(ctx, who, principal)
}

// end is End for who holds the lock of acts on people.
func (m *Mediator) end(ctx context.Context, who Caller, principal string) (Step, error) {
	agent, present := m.Book.Present(principal)
	if !present {
		return Step{}, fault.New(fault.Invalid, "revoke", identity.ErrNoAgent)
	}
	step, err := m.step(ctx, who, "revoke", kernel.Revoke{Parent: kernel.Root, Child: agent}, ledger.Note{Principal: principal})
	if err != nil || step.Refusal != nil {
		return step, err
	}
	m.ended(agent)
	return step, m.cascade(ctx, agent)
}

// Widen gives one more capability to the present context of a principal.
func (m *Mediator) Widen(ctx context.Context, who Caller, principal string, k kernel.Capability) (Step, error) {
	m.people.Lock()
	defer m.people.Unlock()
	agent, present := m.Book.Present(principal)
	if !present {
		return Step{}, fault.New(fault.Invalid, "grant_capability", identity.ErrNoAgent)
	}
	return m.step(ctx, who, "grant_capability", kernel.GrantCapability{Parent: kernel.Root, Child: agent, Capability: k}, ledger.Note{Principal: principal})
}
