package kernel

// revoke ends a direct child of an agent that acts.
func (t Theory) revoke(s State, in Revoke) Outcome {
	if in.Child == Root {
		return Refused{RootRefused{}}
	}
	if !s.Acts(in.Parent) {
		return Refused{NotActing{in.Parent}}
	}
	c, ok := s.Agents.Get(in.Child)
	if !ok {
		return Refused{NotActive{in.Child}}
	}
	if c.Parent != in.Parent {
		return Refused{NotChild{Child: in.Child, Parent: in.Parent}}
	}
	return Accepted{State: s.without(in.Child, c), Event: Revoked{
		Theory: t.digest, Parent: in.Parent, Child: in.Child, Cascaded: false, Settling: c.Flights.Len(),
	}}
}

// without is the state after an agent ended. Its record goes, and with it capabilities, exposure, bits, flights and
// overrides. The ids of its flights stay, so that each can be completed once.
func (s State) without(id AgentID, a Agent) State {
	for i := range a.Flights.All() {
		s.Settling = s.Settling.Set(i, id)
	}
	s.Agents = s.Agents.Delete(id)
	return s
}
