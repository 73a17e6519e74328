package kernel

// invokeComplete settles a flight. The effect has happened, so a flight of an active agent is never refused; how
// the call ended makes no difference, since a call that failed may have told its secret in the error.
func (t Theory) invokeComplete(s State, in InvokeComplete) Outcome {
	if in.Outcome >= endingCount {
		return Refused{OutOfCatalogue{What: "outcome"}}
	}
	if in.Raised.Given && !in.Raised.Label.known() {
		return Refused{OutOfCatalogue{What: "label"}}
	}
	if s.settles(in) {
		return t.settle(s, in)
	}
	a, ok := s.Agents.Get(in.Agent)
	if !ok {
		return Refused{NotActive{in.Agent}}
	}
	f, ok := a.Flights.Get(in.Invocation)
	if !ok {
		return Refused{NotInFlight{in.Invocation}}
	}
	carried := a.Speculative()
	a.Flights = a.Flights.Delete(in.Invocation)
	raised := in.Raised.Given && a.staysOpen(carried.Join(in.Raised.Label))
	bounded := in.Conforms && !in.Raised.Given
	declassified := bounded && t.endorsed(f.Tool) && in.Bits > 0 && in.Bits <= a.Bits
	endorsed := bounded && t.endorsing.Has(in.Slot)
	taken := f.Label
	if raised {
		taken = taken.Join(in.Raised.Label)
	}
	if declassified {
		taken.Level = Public
	}
	if endorsed {
		taken.Integrity = Proven
	}
	spent := in.spent(declassified)
	a.Bits = a.Bits - spent
	a.Exposure = a.Exposure.Join(taken)
	s.Agents = s.Agents.Set(in.Agent, a)
	return Accepted{State: s, Event: Completed{
		Theory:       t.digest,
		Agent:        in.Agent,
		Invocation:   in.Invocation,
		Outcome:      in.Outcome,
		Declassified: declassified,
		Endorsed:     endorsed,
		Spent:        spent,
		Raised:       raised,
		Exposure:     a.Exposure,
		Released:     s.Acts(in.Agent) && raised == in.Raised.Given,
		Settled:      false,
	}}
}

// spent is what a result costs: its bits if they let confidentiality stay, otherwise nothing.
func (in InvokeComplete) spent(declassified bool) uint64 {
	if declassified {
		return in.Bits
	}
	return 0
}

// staysOpen reports whether every flight of the agent is open under exposure x.
func (a Agent) staysOpen(x Exposure) bool {
	if _, closed := a.firstClosedFlight(x); closed {
		return false
	}
	return true
}

// settles reports whether the call is an open one of this agent, which was revoked.
func (s State) settles(in InvokeComplete) bool {
	agent, ok := s.Settling.Get(in.Invocation)
	if !ok {
		return false
	}
	return agent == in.Agent
}

// settle forgets an open call of a revoked agent. Nothing else happens: its result has nobody to go to.
func (t Theory) settle(s State, in InvokeComplete) Outcome {
	s.Settling = s.Settling.Delete(in.Invocation)
	return Accepted{State: s, Event: Completed{
		Theory:       t.digest,
		Agent:        in.Agent,
		Invocation:   in.Invocation,
		Outcome:      in.Outcome,
		Declassified: false,
		Endorsed:     false,
		Spent:        0,
		Raised:       false,
		Exposure:     Exposure{Level: Restricted, Integrity: Untrusted},
		Released:     false,
		Settled:      true,
	}}
}
