// This file answers what a host asks of a snapshot. Nothing here decides a step.

//argus:untranslated
package kernel

import (
	"iter"
	"strings"

	"argus/kernel/ordered"
)

// View is what can be said of one active agent.
type View struct {
	ID          AgentID
	Parent      AgentID                 // empty for root
	Caps        ordered.Set[Capability] // root's are the theory's catalogue
	Exposure    Exposure
	Speculative Exposure
	Bits        uint64
	Acts        bool
	Depth       uint64 // ancestors; 0 for an agent that does not act
	Flights     ordered.Map[InvocationID, Flight]
	Overrides   ordered.Map[ToolID, ordered.Map[Digest, Exposure]]
}

// View looks an active agent up.
func (s State) View(t Theory, id AgentID) (View, bool) {
	a, ok := s.Agents.Get(id)
	if !ok {
		return View{}, false
	}
	depth, acts := s.Depth(id)
	return View{
		ID:          id,
		Parent:      a.Parent,
		Caps:        t.caps(id, a),
		Exposure:    a.Exposure,
		Speculative: a.Speculative(),
		Bits:        a.Bits,
		Acts:        acts,
		Depth:       depth,
		Flights:     a.Flights,
		Overrides:   a.Overrides,
	}, true
}

// Children yields the active direct children of an agent, whether or not it is active itself, in the order of
// their ids. It visits the agent's active descendants and nobody else.
func (s State) Children(id AgentID) iter.Seq[AgentID] {
	return func(yield func(AgentID) bool) {
		for d, a := range s.below(id) {
			if a.Parent == id && !yield(d) {
				return
			}
		}
	}
}

// below yields the active descendants of an agent, itself not among them: all ids that start with its own and a dot.
func (s State) below(id AgentID) iter.Seq2[AgentID, Agent] {
	return func(yield func(AgentID, Agent) bool) {
		prefix := id + "."
		for d, a := range s.Agents.From(prefix) {
			if !strings.HasPrefix(string(d), string(prefix)) || !yield(d, a) {
				return
			}
		}
	}
}

// Orphans yields the active descendants of an agent that has ended, each with its parent, and every parent before its
// children: a [CascadeRevoke] for each, in this order, ends them all. An agent that is active has none.
func (s State) Orphans(id AgentID) iter.Seq2[AgentID, AgentID] {
	return func(yield func(child, parent AgentID) bool) {
		if s.Agents.Has(id) {
			return
		}
		for d, a := range s.below(id) {
			if !yield(d, a.Parent) {
				return
			}
		}
	}
}

// Reading is what an oracle that reads these attributes sees of an active agent.
func (s State) Reading(t Theory, id AgentID, read Attributes) (Reading, bool) {
	v, ok := s.View(t, id)
	if !ok {
		return Reading{}, false
	}
	r := Reading{Read: read}
	if read.Has(ReadCapabilities) {
		r.Caps = v.Caps
	}
	if read.Has(ReadExposure) {
		r.Exposure = v.Exposure
	}
	if read.Has(ReadSpeculative) {
		r.Speculative = v.Speculative
	}
	if read.Has(ReadDepth) {
		r.Depth = v.Depth
	}
	if read.Has(ReadFlights) {
		r.Flights = v.Flights.Len()
	}
	return r, true
}

// Inspects reports whether a start of this call would need the content gate to vouch: some sink of it is marked
// inspect under what the agent carries, with or without the call's own label. For the rest the gate need not be
// asked.
func (s State) Inspects(t Theory, id AgentID, label Exposure, sinks Sinks) bool {
	a, ok := s.Agents.Get(id)
	if !ok {
		return false
	}
	carried := a.Speculative()
	for _, e := range sinks.List() {
		if t.policy.Mode(carried, e) == Inspect || t.policy.Mode(carried.Join(label), e) == Inspect {
			return true
		}
	}
	return false
}
