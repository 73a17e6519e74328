package kernel

// egressCheck decides whether an agent's present exposure may flow to a sink outside any tool. It is a pure guard:
// the state does not change. Overrides do not count, for they are consent to a call.
func (t Theory) egressCheck(s State, in EgressCheck) Outcome {
	if in.Sink >= sinkCount {
		return Refused{OutOfCatalogue{What: "sink"}}
	}
	if !in.Verdicts.Binding.Reading.Read.known() {
		return Refused{OutOfCatalogue{What: "attributes"}}
	}
	if in.Content == "" {
		return Refused{NoDigest{}}
	}
	a, ok := s.Agents.Get(in.Agent)
	if !ok || !s.Acts(in.Agent) {
		return Refused{NotActing{in.Agent}}
	}
	if stale, found := t.staleEgress(s, a, in); found {
		return Refused{stale}
	}
	if !t.policy.Mode(a.Exposure, in.Sink).permits(in.Verdicts.Vouched) {
		return Refused{EgressClosed{in.Sink}}
	}
	return Accepted{State: s, Event: EgressAllowed{Theory: t.digest, Flow: in, Exposure: a.Exposure}}
}
