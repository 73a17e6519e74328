package kernel

// grantCapability gives one more capability to a direct child. A parent gives only what it holds, so no agent ever
// holds more than the one above it.
func (t Theory) grantCapability(s State, in GrantCapability) Outcome {
	p, ok := s.Agents.Get(in.Parent)
	if !ok || !s.Acts(in.Parent) {
		return Refused{NotActing{in.Parent}}
	}
	c, ok := s.Agents.Get(in.Child)
	if !ok {
		return Refused{NotActive{in.Child}}
	}
	if c.Parent != in.Parent {
		return Refused{NotChild{Child: in.Child, Parent: in.Parent}}
	}
	if !t.catalogue.Has(in.Capability) {
		return Refused{NotInCatalogue{in.Capability}}
	}
	if !t.caps(in.Parent, p).Has(in.Capability) {
		return Refused{NotHeld{in.Parent}}
	}
	c.Caps = c.Caps.Add(in.Capability)
	s.Agents = s.Agents.Set(in.Child, c)
	return Accepted{State: s, Event: CapabilityGranted{
		Theory: t.digest, Parent: in.Parent, Child: in.Child, Capability: in.Capability,
	}}
}
