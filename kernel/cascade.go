package kernel

// cascadeRevoke ends an agent whose parent has ended. Nobody needs to act for it: otherwise orphans of an orphan
// could never be ended.
func (t Theory) cascadeRevoke(s State, in CascadeRevoke) Outcome {
	if in.Child == Root {
		return Refused{RootRefused{}}
	}
	c, ok := s.Agents.Get(in.Child)
	if !ok {
		return Refused{NotActive{in.Child}}
	}
	if c.Parent != in.Parent {
		return Refused{NotChild{Child: in.Child, Parent: in.Parent}}
	}
	if s.Agents.Has(in.Parent) {
		return Refused{ParentActive{in.Parent}}
	}
	return Accepted{State: s.without(in.Child, c), Event: Revoked{
		Theory: t.digest, Parent: in.Parent, Child: in.Child, Cascaded: true, Settling: c.Flights.Len(),
	}}
}
