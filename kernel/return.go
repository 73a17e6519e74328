package kernel

// returnEndorsed hands a value to the parent without its confidentiality. If the child has met more than the
// parent, the value must be bounded and the child pays for what it can tell. Bits bound what leaks, not what a
// chosen value can do: unless the slot's type endorses, the parent's integrity falls to the child's.
func (t Theory) returnEndorsed(s State, in ReturnEndorsed) Outcome {
	if in.Parent == Root {
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
	if c.Flights.Len() > 0 {
		return Refused{Busy{in.Child}}
	}
	declassified := !c.Exposure.Leq(p.Exposure)
	if declassified && in.Bits == 0 {
		return Refused{Unbounded{in.Slot}}
	}
	if declassified && c.Bits < in.Bits {
		return Refused{LacksBits{Agent: in.Child, Left: c.Bits}}
	}
	endorsed := t.endorsing.Has(in.Slot)
	taken := Exposure{Level: Public, Integrity: c.Exposure.Integrity}
	if endorsed {
		taken.Integrity = Proven
	}
	if at, closed := p.firstClosedFlight(p.Speculative().Join(taken)); closed {
		return Refused{at}
	}
	spent := in.spent(declassified)
	c.Bits = c.Bits - spent
	p.Exposure = p.Exposure.Join(taken)
	s.Agents = s.Agents.Set(in.Child, c).Set(in.Parent, p)
	return Accepted{State: s, Event: Returned{
		Theory:       t.digest,
		Child:        in.Child,
		Parent:       in.Parent,
		Declassified: declassified,
		Endorsed:     endorsed,
		Spent:        spent,
		Exposure:     p.Exposure,
	}}
}

// spent is what the value costs: its bits if it declassifies, otherwise nothing.
func (in ReturnEndorsed) spent(declassified bool) uint64 {
	if declassified {
		return in.Bits
	}
	return 0
}

// returnUnendorsed hands a free value to the parent, which takes on the child's exposure.
func (t Theory) returnUnendorsed(s State, in ReturnUnendorsed) Outcome {
	if in.Parent == Root {
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
	if c.Flights.Len() > 0 {
		return Refused{Busy{in.Child}}
	}
	if at, closed := p.firstClosedFlight(p.Speculative().Join(c.Exposure)); closed {
		return Refused{at}
	}
	p.Exposure = p.Exposure.Join(c.Exposure)
	s.Agents = s.Agents.Set(in.Parent, p)
	return Accepted{State: s, Event: Returned{
		Theory:       t.digest,
		Child:        in.Child,
		Parent:       in.Parent,
		Declassified: false,
		Endorsed:     false,
		Spent:        0,
		Exposure:     p.Exposure,
	}}
}
