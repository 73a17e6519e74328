package kernel

import "argus/kernel/ordered"

// State is everything the kernel remembers. It is a value that shares structure with its ancestors: transitions
// return a new one, and a reader of an old one is never disturbed. Its maps iterate in key order, so a traversal
// (Agents, Tools, Next, Settling, Stores) is the same on every machine.
type State struct {
	Agents   ordered.Map[AgentID, Agent]        // the active agents, root among them
	Tools    ordered.Set[ToolID]                // the registered tools
	Next     InvocationID                       // the next invocation to be minted
	Settling ordered.Map[InvocationID, AgentID] // open calls of revoked agents, by whose they were
	Stores   ordered.Map[StoreID, Exposure]     // the join of all that may have been let into each store
}

// Agent is the record of one active agent. A revoked agent has none.
type Agent struct {
	Parent    AgentID // empty for root
	Caps      ordered.Set[Capability]
	Exposure  Exposure
	Bits      uint64 // how much it may still declassify
	Born      uint64 // how many children it ever had
	Flights   ordered.Map[InvocationID, Flight]
	Overrides ordered.Map[ToolID, ordered.Map[Digest, Exposure]] // armed crossings, by tool and arguments
}

// Flight is a call that started and is not settled. What it was judged by is frozen in it, so a later theory
// neither opens nor closes it.
type Flight struct {
	Tool       ToolID
	Needs      ordered.Set[Capability]
	Label      Exposure
	Sinks      Sinks
	Reads      ordered.Set[StoreID]
	Policy     Policy // only the rows of Sinks are read
	Authorized bool
	Vouched    bool
	Approval   Approval
}

// Approval is a person's consent to one crossing, for exposures up to a limit. The zero value is no consent.
type Approval struct {
	Given bool
	Upto  Exposure
}

// covers reports whether a person consented to the crossing under exposure x.
func (p Approval) covers(x Exposure) bool { return p.Given && x.Leq(p.Upto) }

// Genesis is the state before any input: root alone, clean, with bits to hand down.
func Genesis(bits uint64) State {
	root := Agent{
		Parent:    "",
		Caps:      ordered.Set[Capability]{},
		Exposure:  Clean(),
		Bits:      bits,
		Born:      0,
		Flights:   ordered.Map[InvocationID, Flight]{},
		Overrides: ordered.Map[ToolID, ordered.Map[Digest, Exposure]]{},
	}
	return State{
		Agents:   ordered.Map[AgentID, Agent]{}.Set(Root, root),
		Tools:    ordered.Set[ToolID]{},
		Next:     0,
		Settling: ordered.Map[InvocationID, AgentID]{},
		Stores:   ordered.Map[StoreID, Exposure]{},
	}
}

// Depth is the number of ancestors of an agent that acts. The walk is bounded by the number of agents, so it ends
// even on a state that no run could reach.
func (s State) Depth(id AgentID) (uint64, bool) {
	for n := range s.Agents.Len() {
		a, ok := s.Agents.Get(id)
		if !ok {
			return 0, false
		}
		if id == Root {
			return n, true
		}
		id = a.Parent
	}
	return 0, false
}

// Acts reports whether the agent and every ancestor up to root is active.
func (s State) Acts(id AgentID) bool {
	if _, found := s.Depth(id); found {
		return true
	}
	return false
}

// Held is the join of all that may have been let into a store: clean if nothing was.
func (s State) Held(id StoreID) Exposure {
	x, ok := s.Stores.Get(id)
	if !ok {
		return Clean()
	}
	return x
}

// Speculative is the exposure that the agent would have if all its flights came home.
func (a Agent) Speculative() Exposure {
	x := a.Exposure
	for _, f := range a.Flights.All() {
		x = x.Join(f.Label)
	}
	return x
}

// open reports whether sink e of the flight is open under exposure x.
func (f Flight) open(x Exposure, e Sink) bool {
	return f.Policy.Mode(x, e).permits(f.Vouched) || f.Approval.covers(x)
}

// firstClosed finds a sink of the flight that is closed under exposure x, if there is one.
func (f Flight) firstClosed(x Exposure) (Sink, bool) {
	for e := range sinkCount {
		if f.Sinks.Has(e) && !f.open(x, e) {
			return e, true
		}
	}
	return 0, false
}

// firstClosedFlight finds a flight of the agent with a sink that is closed under exposure x, if there is one.
func (a Agent) firstClosedFlight(x Exposure) (FlightClosed, bool) {
	for id, f := range a.Flights.All() {
		if e, closed := f.firstClosed(x); closed {
			return FlightClosed{Invocation: id, Sink: e}, true
		}
	}
	return FlightClosed{}, false
}
