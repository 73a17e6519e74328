package kernel

// elevate lets an agent take in something outside any call, by the label of where it came from.
func (t Theory) elevate(s State, in Elevate) Outcome {
	if !in.Label.known() {
		return Refused{OutOfCatalogue{What: "label"}}
	}
	if in.Agent == Root {
		return Refused{RootRefused{}}
	}
	a, ok := s.Agents.Get(in.Agent)
	if !ok || !s.Acts(in.Agent) {
		return Refused{NotActing{in.Agent}}
	}
	return t.takeIn(s, in.Agent, a, in.Label, false)
}

// followUp lets a child take in another prompt of its parent. The label is the parent's own exposure, which no
// caller can state too low.
func (t Theory) followUp(s State, in FollowUp) Outcome {
	if in.Child == Root {
		return Refused{RootRefused{}}
	}
	c, ok := s.Agents.Get(in.Child)
	if !ok || !s.Acts(in.Child) {
		return Refused{NotActing{in.Child}}
	}
	p, ok := s.Agents.Get(in.Parent)
	if !ok || c.Parent != in.Parent {
		return Refused{NotChild{Child: in.Child, Parent: in.Parent}}
	}
	return t.takeIn(s, in.Child, c, p.Exposure, true)
}

// takeIn raises the exposure of an agent by a label, unless that closes a flight: then what the flight carries
// out could be what came in.
func (t Theory) takeIn(s State, id AgentID, a Agent, label Exposure, followUp bool) Outcome {
	if at, closed := a.firstClosedFlight(a.Speculative().Join(label)); closed {
		return Refused{at}
	}
	a.Exposure = a.Exposure.Join(label)
	s.Agents = s.Agents.Set(id, a)
	return Accepted{State: s, Event: Elevated{
		Theory: t.digest, Agent: id, Label: label, FollowUp: followUp, Exposure: a.Exposure,
	}}
}
