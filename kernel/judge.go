package kernel

// wellFormed reports whether the theory may judge a step at all: its policy is monotone, its tools keep to the
// catalogues, and no writer may leave in a store what a reader of it does not declare.
func (t Theory) wellFormed() bool {
	for _, tool := range t.tools.All() {
		if !t.catalogued(tool) {
			return false
		}
	}
	return t.policy.monotone() && t.readersAdmit(t.filled())
}

// follows reports whether the theory may judge the next step after a state: no tool reads a store that holds more
// than the tool's label, every call in flight is still kept, and none of a revoked agent is open.
func (t Theory) follows(s State) bool {
	for _, a := range s.Agents.All() {
		if t.abandons(a) {
			return false
		}
	}
	return t.readersAdmit(s) && s.Settling.Len() == 0
}

// catalogued reports whether all that a tool declares is in the catalogues.
func (t Theory) catalogued(tool Tool) bool {
	return tool.Label.known() && tool.Sinks.known() && tool.Needs.SubsetOf(t.catalogue)
}

// monotone reports whether no cell of the policy is too easy.
func (p Policy) monotone() bool {
	for e := range sinkCount {
		if p.tooEasy(e) {
			return false
		}
	}
	return true
}

// tooEasy reports whether a cell of this sink is too easy.
func (p Policy) tooEasy(e Sink) bool {
	for l := range levelCount {
		for i := range integrityCount {
			if p.easier(Exposure{Level: l, Integrity: i}, e) {
				return true
			}
		}
	}
	return false
}

// easier reports whether the mode of a cell is none, or easier than that of a neighbour one step less exposed.
// Neighbours suffice: easier than any less exposed cell means easier somewhere on the way there.
func (p Policy) easier(x Exposure, e Sink) bool {
	m := p.Mode(x, e)
	return m >= modeCount ||
		x.Level+1 < levelCount && m > p.Mode(Exposure{Level: x.Level + 1, Integrity: x.Integrity}, e) ||
		x.Integrity+1 < integrityCount && m > p.Mode(Exposure{Level: x.Level, Integrity: x.Integrity + 1}, e)
}

// admits reports whether one of the sinks may be reached under exposure x.
func (p Policy) admits(es Sinks, x Exposure) bool {
	for e := range sinkCount {
		if es.Has(e) && p.Mode(x, e) != Deny {
			return true
		}
	}
	return false
}

// leaves is the most that a writer may leave in its stores: the join of all exposures that one of its declared
// sinks admits, or anything if it declares none. A writer whose every sink denies leaves nothing.
func (p Policy) leaves(tool Tool) Exposure {
	if tool.Sinks == 0 {
		return Exposure{Level: Restricted, Integrity: Untrusted}
	}
	most := Clean()
	for l := range levelCount {
		for i := range integrityCount {
			x := Exposure{Level: l, Integrity: i}
			if p.admits(tool.Sinks, x) {
				most = most.Join(x)
			}
		}
	}
	return most
}

// filled is a state in whose stores every writer has left the most that it may.
func (t Theory) filled() State {
	s := Genesis(0)
	for _, tool := range t.tools.All() {
		s = s.letIn(tool, t.policy.leaves(tool))
	}
	return s
}

// readersAdmit reports whether every tool that reads a store declares all that the store holds.
func (t Theory) readersAdmit(s State) bool {
	for _, tool := range t.tools.All() {
		if s.exceeds(tool) {
			return false
		}
	}
	return true
}

// exceeds reports whether a store that the tool reads holds more than the tool declares.
func (s State) exceeds(tool Tool) bool {
	for store := range tool.Reads.All() {
		if !s.Held(store).Leq(tool.Label) {
			return true
		}
	}
	return false
}

// abandons reports whether a call of the agent is not kept.
func (t Theory) abandons(a Agent) bool {
	for _, f := range a.Flights.All() {
		if !t.keeps(f) {
			return true
		}
	}
	return false
}

// keeps reports whether every store that the call reads is still kept below the label frozen in it: its tool still
// reads the store, and declares no more than that.
func (t Theory) keeps(f Flight) bool {
	if f.Reads.Len() == 0 {
		return true
	}
	tool, ok := t.tools.Get(f.Tool)
	if !ok {
		return false
	}
	return f.Reads.SubsetOf(tool.Reads) && tool.Label.Leq(f.Label)
}
