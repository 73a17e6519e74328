package ledger

import "argus/kernel"

// eventText is what a record keeps of an event: everything that its input does not say already.
type eventText struct {
	Child        kernel.AgentID       `json:"child,omitempty"`
	Invocation   *kernel.InvocationID `json:"invocation,omitempty"`
	Issuer       kernel.Issuer        `json:"issuer,omitempty"`
	Exposure     *exposureText        `json:"exposure,omitempty"`    // of the agent that the event is about, after
	Label        *exposureText        `json:"label,omitempty"`       // of a follow-up: the parent's exposure
	Speculative  *exposureText        `json:"speculative,omitempty"` // of the agent, this start included
	Approval     *exposureText        `json:"approval,omitempty"`
	Settling     uint64               `json:"settling,omitempty"`
	Spent        uint64               `json:"spent,omitempty"`
	Declassified bool                 `json:"declassified,omitempty"`
	Endorsed     bool                 `json:"endorsed,omitempty"`
	Raised       bool                 `json:"raised,omitempty"`
	Released     bool                 `json:"released,omitempty"`
	Settled      bool                 `json:"settled,omitempty"`
}

func eventWire(e kernel.Event) eventText {
	switch e := e.(type) {
	case kernel.Registered:
		return eventText{Issuer: e.Issuer}
	case kernel.Delegated:
		return eventText{Child: e.Child, Exposure: (*exposureText)(&e.Exposure)}
	case kernel.Revoked:
		return eventText{Settling: e.Settling}
	case kernel.Started:
		w := eventText{Invocation: &e.Invocation, Speculative: (*exposureText)(&e.Speculative)}
		if e.Approval.Given {
			w.Approval = (*exposureText)(&e.Approval.Upto)
		}
		return w
	case kernel.Completed:
		return eventText{
			Exposure: (*exposureText)(&e.Exposure), Spent: e.Spent, Declassified: e.Declassified, Endorsed: e.Endorsed,
			Raised: e.Raised, Released: e.Released, Settled: e.Settled,
		}
	case kernel.Returned:
		return eventText{
			Exposure: (*exposureText)(&e.Exposure), Spent: e.Spent, Declassified: e.Declassified, Endorsed: e.Endorsed,
		}
	case kernel.EgressAllowed:
		return eventText{Exposure: (*exposureText)(&e.Exposure)}
	case kernel.CapabilityGranted, kernel.OverrideArmed:
		return eventText{}
	case kernel.Elevated:
		w := eventText{Exposure: (*exposureText)(&e.Exposure)}
		if e.FollowUp {
			w.Label = (*exposureText)(&e.Label)
		}
		return w
	}
	panic("ledger: event outside the sealed sum")
}

// readEvent puts an event together again from its input and what the record keeps beside it. It is for those who look back: a replay steps the
// kernel anew, and believes nothing that stands here.
func readEvent(theory kernel.Digest, in kernel.Input, w eventText) kernel.Event {
	switch in := in.(type) {
	case kernel.RegisterTool:
		return kernel.Registered{Theory: theory, Tool: in.Tool, Issuer: w.Issuer}
	case kernel.Delegate:
		return kernel.Delegated{Theory: theory, By: in.By, Child: w.Child, Caps: in.Caps, Exposure: exposureIn(w.Exposure), Bits: in.Bits}
	case kernel.Revoke:
		return kernel.Revoked{Theory: theory, Parent: in.Parent, Child: in.Child, Settling: w.Settling}
	case kernel.CascadeRevoke:
		return kernel.Revoked{Theory: theory, Parent: in.Parent, Child: in.Child, Cascaded: true, Settling: w.Settling}
	case kernel.InvokeStart:
		e := kernel.Started{Theory: theory, Call: in, Speculative: exposureIn(w.Speculative)}
		if w.Invocation != nil {
			e.Invocation = *w.Invocation
		}
		if w.Approval != nil {
			e.Approval = kernel.Approval{Given: true, Upto: exposureIn(w.Approval)}
		}
		return e
	case kernel.InvokeComplete:
		return kernel.Completed{
			Theory: theory, Agent: in.Agent, Invocation: in.Invocation, Outcome: in.Outcome, Declassified: w.Declassified, Endorsed: w.Endorsed,
			Spent: w.Spent, Raised: w.Raised, Exposure: exposureIn(w.Exposure), Released: w.Released, Settled: w.Settled,
		}
	case kernel.ReturnEndorsed:
		return kernel.Returned{
			Theory: theory, Child: in.Child, Parent: in.Parent, Declassified: w.Declassified, Endorsed: w.Endorsed, Spent: w.Spent,
			Exposure: exposureIn(w.Exposure),
		}
	case kernel.ReturnUnendorsed:
		return kernel.Returned{Theory: theory, Child: in.Child, Parent: in.Parent, Exposure: exposureIn(w.Exposure)}
	case kernel.EgressCheck:
		return kernel.EgressAllowed{Theory: theory, Flow: in, Exposure: exposureIn(w.Exposure)}
	case kernel.GrantCapability:
		return kernel.CapabilityGranted{Theory: theory, Parent: in.Parent, Child: in.Child, Capability: in.Capability}
	case kernel.Elevate:
		return kernel.Elevated{Theory: theory, Agent: in.Agent, Label: in.Label, Exposure: exposureIn(w.Exposure)}
	case kernel.FollowUp:
		return kernel.Elevated{Theory: theory, Agent: in.Child, Label: exposureIn(w.Label), FollowUp: true, Exposure: exposureIn(w.Exposure)}
	case kernel.GrantOverride:
		return kernel.OverrideArmed{Theory: theory, Agent: in.Agent, Tool: in.Tool, Arguments: in.Arguments, Upto: in.Upto}
	}
	panic("ledger: input outside the sealed sum")
}

// exposureIn is what is kept, or the strictest where nothing is.
func exposureIn(x *exposureText) kernel.Exposure {
	if x == nil {
		return kernel.Exposure{}
	}
	return kernel.Exposure(*x)
}
