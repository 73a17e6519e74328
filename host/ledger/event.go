package ledger

import "argus/kernel"

// eventText is what a record keeps of an event: everything that its input does not say already.
type eventText struct {
	Child        kernel.AgentID       `json:"child,omitempty"`
	Invocation   *kernel.InvocationID `json:"invocation,omitempty"`
	Issuer       kernel.Issuer        `json:"issuer,omitempty"`
	Exposure     *exposureText        `json:"exposure,omitempty"`    // of the agent that the event is about, after
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
		return eventText{Exposure: (*exposureText)(&e.Exposure)}
	}
	panic("ledger: event outside the sealed sum")
}
