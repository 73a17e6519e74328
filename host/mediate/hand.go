package mediate

import (
	"context"

	"argus/host/fault"
	"argus/host/identity"
	"argus/host/ledger"
	"argus/kernel"
)

// What a parent hands to its child, and what an agent takes in outside any call. Each is one transition.

// Grant gives one more capability to a direct child of the caller.
func (m *Mediator) Grant(ctx context.Context, who Caller, id identity.ContextID, k kernel.Capability) (Step, error) {
	return m.toChild(ctx, who, identity.GrantCapability, id, "grant_capability", func(child kernel.AgentID) kernel.Input {
		return kernel.GrantCapability{Parent: who.Agent, Child: child, Capability: k}
	})
}

// FollowUp must be accepted before the caller prompts its child again: the child takes on what the caller has met.
func (m *Mediator) FollowUp(ctx context.Context, who Caller, id identity.ContextID) (Step, error) {
	return m.toChild(ctx, who, identity.Elevate, id, "follow_up", func(child kernel.AgentID) kernel.Input {
		return kernel.FollowUp{Parent: who.Agent, Child: child}
	})
}

func (m *Mediator) toChild(ctx context.Context, who Caller, asks identity.Transitions, id identity.ContextID, what string, in func(kernel.AgentID) kernel.Input) (Step, error) {
	return m.asked(ctx, who, asks, what, func(ctx context.Context) (Step, error) {
		child, err := m.Book.Child(who.Agent, id)
		if err != nil {
			return Step{}, fault.New(fault.Invalid, what, err)
		}
		if cause := m.tooFast(who); cause != "" {
			return Step{Refusal: m.refuseStep(who, what, RuleLimit, cause)}, nil
		}
		return m.step(ctx, who, what, in(child.Agent), ledger.Note{})
	})
}

// Elevate must be accepted before the caller takes in content of a configured source, whose label it then has. Refused, the content must be
// withheld.
func (m *Mediator) Elevate(ctx context.Context, who Caller, source string) (Step, error) {
	const what = "elevate"
	return m.asked(ctx, who, identity.Elevate, what, func(ctx context.Context) (Step, error) {
		label, known := m.Sources[source]
		if !known {
			return Step{Refusal: m.refuseStep(who, what, RuleSource, "the configuration has no [source."+shortened(source)+"]")}, nil
		}
		if cause := m.tooFast(who); cause != "" {
			return Step{Refusal: m.refuseStep(who, what, RuleLimit, cause)}, nil
		}
		return m.step(ctx, who, what, kernel.Elevate{Agent: who.Agent, Label: label}, ledger.Note{Call: source})
	})
}

// Cascade ends the caller, whose parent has ended already.
func (m *Mediator) Cascade(ctx context.Context, who Caller) (Step, error) {
	const what = "cascade_revoke"
	return m.asked(ctx, who, identity.CascadeRevoke, what, func(ctx context.Context) (Step, error) {
		self, declared := m.Book.Of(who.Agent)
		if !declared {
			return Step{}, fault.New(fault.Invalid, what, identity.ErrContext)
		}
		step, err := m.step(ctx, who, what, kernel.CascadeRevoke{Child: self.Agent, Parent: self.Parent}, ledger.Note{})
		if err != nil || step.Refusal != nil {
			return step, err
		}
		m.ended(self.Agent)
		return step, m.cascade(ctx, self.Agent)
	})
}
