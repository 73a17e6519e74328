package kernel

// staleStart finds what the verdicts of a start were given for and no longer holds, if anything. Verdicts hold for
// the call that is asked for, under the oracle policy that is in force, while every attribute that the oracle
// read still has the value it read.
func (t Theory) staleStart(s State, a Agent, in InvokeStart) (Stale, bool) {
	b := in.Verdicts.Binding
	if b.Agent != in.Agent {
		return Stale{Part: "agent"}, true
	}
	if b.Tool != in.Tool {
		return Stale{Part: "tool"}, true
	}
	if b.Arguments != in.Arguments {
		return Stale{Part: "arguments"}, true
	}
	if !b.Label.same(in.Label) {
		return Stale{Part: "label"}, true
	}
	if b.Sinks != in.Sinks {
		return Stale{Part: "sinks"}, true
	}
	if b.Policy != t.oracle {
		return Stale{Part: "policy"}, true
	}
	if stale, found := t.staleReading(s, in.Agent, a, b.Reading); found {
		return stale, true
	}
	return Stale{}, false
}

// staleEgress is staleStart for a flow outside any tool.
func (t Theory) staleEgress(s State, a Agent, in EgressCheck) (Stale, bool) {
	b := in.Verdicts.Binding
	if b.Agent != in.Agent {
		return Stale{Part: "agent"}, true
	}
	if b.Sink != in.Sink {
		return Stale{Part: "sink"}, true
	}
	if b.Content != in.Content {
		return Stale{Part: "content"}, true
	}
	if b.Policy != t.oracle {
		return Stale{Part: "policy"}, true
	}
	if stale, found := t.staleReading(s, in.Agent, a, b.Reading); found {
		return stale, true
	}
	return Stale{}, false
}

// staleReading finds an attribute that the oracle read and that has changed since. One that it did not read may
// have any value.
func (t Theory) staleReading(s State, id AgentID, a Agent, r Reading) (Stale, bool) {
	caps := t.caps(id, a)
	if r.Read.Has(ReadCapabilities) && !(r.Caps.SubsetOf(caps) && caps.SubsetOf(r.Caps)) {
		return Stale{Part: "capabilities"}, true
	}
	if r.Read.Has(ReadExposure) && !r.Exposure.same(a.Exposure) {
		return Stale{Part: "exposure"}, true
	}
	if r.Read.Has(ReadSpeculative) && !r.Speculative.same(a.Speculative()) {
		return Stale{Part: "speculative"}, true
	}
	if r.Read.Has(ReadFlights) && r.Flights != a.Flights.Len() {
		return Stale{Part: "flights"}, true
	}
	if r.Read.Has(ReadDepth) {
		depth, ok := s.Depth(id)
		if !ok || depth != r.Depth {
			return Stale{Part: "depth"}, true
		}
		return Stale{}, false
	}
	return Stale{}, false
}
