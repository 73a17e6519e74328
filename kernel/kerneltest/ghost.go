package kerneltest

import (
	"fmt"
	"maps"
	"slices"

	"argus/kernel"
)

// Ghost follows a run from outside. It keeps what each agent could know by what was delivered to it, and what of
// that was declassified on the way, item by item; neither mentions the exposures that the kernel keeps. It
// assumes the worst of everybody: whoever may deliver something delivers all of it, content is as secret and as
// untrusted as its label allows, and an open call carries what it reads to all that it writes, until it is completed.
type Ghost struct {
	items   []kernel.Exposure
	agents  map[kernel.AgentID]knowledge
	stores  map[kernel.StoreID]knowledge
	open    map[kernel.InvocationID]kernel.Tool // what was called, for as long as the call may be running
	parent  map[kernel.AgentID]kernel.AgentID   // outlives revocation
	granted map[kernel.AgentID]uint64
	spent   map[kernel.AgentID]uint64
	minted  map[kernel.InvocationID]bool
}

// knowledge is the items known, each with what of it was declassified.
type knowledge map[int]freed

// freed is what of an item was paid for or endorsed: its confidentiality, its integrity.
type freed struct{ level, integrity bool }

// take adds what another knows. An item that comes by several ways counts as freed only if it was freed on each:
// the way on which it was not must have shown in the exposure.
func (k knowledge) take(from knowledge, also freed) {
	for item, f := range from {
		now := freed{f.level || also.level, f.integrity || also.integrity}
		if had, known := k[item]; known {
			now = freed{had.level && now.level, had.integrity && now.integrity}
		}
		k[item] = now
	}
}

// NewGhost follows a run from [kernel.Genesis] with these bits.
func NewGhost(bits uint64) *Ghost {
	return &Ghost{
		agents:  map[kernel.AgentID]knowledge{kernel.Root: {}},
		stores:  map[kernel.StoreID]knowledge{},
		open:    map[kernel.InvocationID]kernel.Tool{},
		parent:  map[kernel.AgentID]kernel.AgentID{},
		granted: map[kernel.AgentID]uint64{kernel.Root: bits},
		spent:   map[kernel.AgentID]uint64{},
		minted:  map[kernel.InvocationID]bool{},
	}
}

// Follow delivers what one accepted step lets through, and tells which properties it broke.
func (g *Ghost) Follow(t kernel.Theory, before kernel.State, in kernel.Input, out kernel.Accepted) []string {
	broken := g.actor(before, in, out.Event)
	switch ev := out.Event.(type) {
	case kernel.Delegated:
		broken = append(broken, g.birth(ev)...)
	case kernel.Revoked:
		delete(g.agents, ev.Child)
	case kernel.Started:
		broken = append(broken, g.start(t, ev)...)
	case kernel.Completed:
		g.complete(before, in.(kernel.InvokeComplete), ev)
		delete(g.open, ev.Invocation)
	case kernel.Returned:
		g.spent[ev.Child] += ev.Spent
		g.agents[ev.Parent].take(g.agents[ev.Child], freed{ev.Declassified, ev.Endorsed})
	case kernel.Elevated:
		g.elevate(before, ev)
	}
	g.carry()
	return append(append(broken, g.laundered(out.State)...), g.overspent(out.State)...)
}

// actor checks that nobody who does not act got anything done or delivered.
func (g *Ghost) actor(before kernel.State, in kernel.Input, ev kernel.Event) []string {
	var actor kernel.AgentID
	switch in := in.(type) {
	case kernel.RegisterTool, kernel.CascadeRevoke:
		return nil
	case kernel.InvokeComplete:
		if ev.(kernel.Completed).Released && !before.Acts(in.Agent) {
			return []string{fmt.Sprintf("orphans inert: a result was released to %s", in.Agent)}
		}
		return nil
	case kernel.Delegate:
		actor = in.By
	case kernel.Revoke:
		actor = in.Parent
	case kernel.GrantCapability:
		actor = in.Parent
	case kernel.InvokeStart:
		actor = in.Agent
	case kernel.ReturnEndorsed:
		actor = in.Child
	case kernel.ReturnUnendorsed:
		actor = in.Child
	case kernel.EgressCheck:
		actor = in.Agent
	case kernel.Elevate:
		actor = in.Agent
	case kernel.FollowUp:
		actor = in.Child
	case kernel.GrantOverride:
		actor = in.Agent
	}
	if !before.Acts(actor) {
		return []string{fmt.Sprintf("orphans inert: %T by %q was accepted", in, actor)}
	}
	return nil
}

func (g *Ghost) birth(ev kernel.Delegated) []string {
	if _, ever := g.parent[ev.Child]; ever || ev.Child == kernel.Root {
		return []string{fmt.Sprintf("no rebirth: %s", ev.Child)}
	}
	g.parent[ev.Child] = ev.By
	g.granted[ev.Child] = ev.Bits
	g.agents[ev.Child] = maps.Clone(g.agents[ev.By])
	return nil
}

// start leaves in the tool's stores what the agent knows, and what the tool itself may know.
func (g *Ghost) start(t kernel.Theory, ev kernel.Started) []string {
	var broken []string
	if g.minted[ev.Invocation] {
		broken = append(broken, fmt.Sprintf("no rebirth: call %d", ev.Invocation))
	}
	g.minted[ev.Invocation] = true
	tool, _ := t.Tools().Get(ev.Call.Tool)
	g.open[ev.Invocation] = tool
	for store := range tool.Writes.All() {
		g.store(store).take(g.agents[ev.Call.Agent], freed{})
		g.store(store).take(g.item(ev.Call.Label), freed{})
	}
	return broken
}

// store is what a store knows.
func (g *Ghost) store(id kernel.StoreID) knowledge {
	if g.stores[id] == nil {
		g.stores[id] = knowledge{}
	}
	return g.stores[id]
}

// carry takes what open calls read to the stores that they write. One round for each call is enough: no way leads
// through more.
func (g *Ghost) carry() {
	for range g.open {
		for _, tool := range g.open {
			for from := range tool.Reads.All() {
				for to := range tool.Writes.All() {
					g.store(to).take(g.store(from), freed{})
				}
			}
		}
	}
}

// complete delivers the content of the outcome, and of every store that the call read.
func (g *Ghost) complete(before kernel.State, in kernel.InvokeComplete, ev kernel.Completed) {
	g.spent[ev.Agent] += ev.Spent
	if !ev.Released {
		return
	}
	a, _ := before.Agents.Get(ev.Agent)
	f, _ := a.Flights.Get(ev.Invocation)
	label := f.Label
	if in.Raised.Given {
		label = label.Join(in.Raised.Label)
	}
	also := freed{ev.Declassified, ev.Endorsed}
	g.agents[ev.Agent].take(g.item(label), also)
	for store := range f.Reads.All() {
		g.agents[ev.Agent].take(g.stores[store], also)
	}
}

func (g *Ghost) elevate(before kernel.State, ev kernel.Elevated) {
	if !ev.FollowUp {
		g.agents[ev.Agent].take(g.item(ev.Label), freed{})
		return
	}
	a, _ := before.Agents.Get(ev.Agent)
	g.agents[ev.Agent].take(g.agents[a.Parent], freed{})
}

// item is new content, as secret and as untrusted as its label.
func (g *Ghost) item(label kernel.Exposure) knowledge {
	g.items = append(g.items, label)
	return knowledge{len(g.items) - 1: {}}
}

// laundered finds agents that know more than their exposure says and nobody paid for.
func (g *Ghost) laundered(s kernel.State) []string {
	var broken []string
	for id, known := range g.agents {
		a, ok := s.Agents.Get(id)
		if !ok {
			broken = append(broken, fmt.Sprintf("%s has ended without being revoked", id))
			continue
		}
		for item, f := range known {
			x := g.items[item]
			if x.Level < a.Exposure.Level && !f.level || x.Integrity < a.Exposure.Integrity && !f.integrity {
				broken = append(broken, fmt.Sprintf("no laundering: %s at %s knows of %s", id, a.Exposure, x))
			}
		}
	}
	slices.Sort(broken)
	return broken
}

// overspent finds agents below which more bits were spent and are left than were granted.
func (g *Ghost) overspent(s kernel.State) []string {
	below := map[kernel.AgentID]uint64{}
	for id := range g.granted {
		a, _ := s.Agents.Get(id) // a revoked agent has none left
		for at, ok := id, true; ok; at, ok = g.parent[at] {
			below[at] += g.spent[id] + a.Bits
		}
	}
	var broken []string
	for id, sum := range below {
		if sum > g.granted[id] {
			broken = append(broken, fmt.Sprintf("bits: %d spent and left below %s, %d granted", sum, id, g.granted[id]))
		}
	}
	slices.Sort(broken)
	return broken
}
