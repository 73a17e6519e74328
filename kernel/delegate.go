package kernel

import "argus/kernel/ordered"

// delegate gives birth to a child. Its prompt comes from its parent's context, so it is born with the parent's
// exposure: a clean child of a tainted agent would launder the prompt.
func (t Theory) delegate(s State, in Delegate) Outcome {
	g, ok := s.Agents.Get(in.By)
	if !ok || !s.Acts(in.By) {
		return Refused{NotActing{in.By}}
	}
	if !in.Caps.SubsetOf(t.caps(in.By, g)) {
		return Refused{NotHeld{in.By}}
	}
	if g.Bits < in.Bits {
		return Refused{LacksBits{Agent: in.By, Left: g.Bits}}
	}
	if g.Born >= lastChild {
		return Refused{Exhausted{}}
	}
	g.Born = g.Born + 1
	g.Bits = g.Bits - in.Bits
	child := Agent{
		Parent:    in.By,
		Caps:      in.Caps,
		Exposure:  g.Exposure,
		Bits:      in.Bits,
		Born:      0,
		Flights:   ordered.Map[InvocationID, Flight]{},
		Overrides: ordered.Map[ToolID, ordered.Map[Digest, Exposure]]{},
	}
	id := childID(in.By, g.Born)
	s.Agents = s.Agents.Set(in.By, g).Set(id, child)
	return Accepted{State: s, Event: Delegated{
		Theory: t.digest, By: in.By, Child: id, Caps: in.Caps, Exposure: child.Exposure, Bits: in.Bits,
	}}
}
