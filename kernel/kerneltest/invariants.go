package kerneltest

import (
	"fmt"
	"strings"

	"argus/kernel"
)

// Invariants tells which safety properties of the protocol one state breaks. The theory is the one that judged the
// last step, or one that is admissible after it.
func Invariants(t kernel.Theory, s kernel.State) []string {
	c := check{s: s, at: map[kernel.InvocationID]kernel.AgentID{}}
	c.root()
	for id, a := range s.Agents.All() {
		c.agent(id, a)
		for i, f := range a.Flights.All() {
			c.flight(id, a, i, f)
		}
	}
	c.settling()
	for _, p := range kernel.Admissible(s, t) {
		if p.Kind != kernel.CallSettling { // which is in the way of the next theory only
			c.say("store confinement: %s", p)
		}
	}
	return c.broken
}

type check struct {
	s      kernel.State
	at     map[kernel.InvocationID]kernel.AgentID // whose each open call is
	broken []string
}

func (c *check) say(format string, args ...any) {
	c.broken = append(c.broken, fmt.Sprintf(format, args...))
}

func (c *check) root() {
	root, ok := c.s.Agents.Get(kernel.Root)
	switch {
	case !ok:
		c.say("root is not active")
	case root.Parent != "" || root.Flights.Len() > 0 || root.Exposure != kernel.Clean() || root.Overrides.Len() > 0:
		c.say("root has a parent, a flight, an exposure or an override")
	}
}

func (c *check) agent(id kernel.AgentID, a kernel.Agent) {
	if id == kernel.Root {
		return
	}
	if !inCatalogue(a.Exposure) {
		c.say("%s: exposure outside its catalogue", id)
	}
	if n, ok := strings.CutPrefix(string(id), string(a.Parent)+"."); !ok || n == "" || strings.Contains(n, ".") {
		c.say("%s: not an id for a child of %s", id, a.Parent)
	}
	if p, ok := c.s.Agents.Get(a.Parent); ok && a.Parent != kernel.Root && !a.Caps.SubsetOf(p.Caps) {
		c.say("capability subsumption: %s holds what %s lacks", id, a.Parent)
	}
	for _, armed := range a.Overrides.All() {
		if armed.Len() == 0 {
			c.say("%s: an empty set of overrides is kept", id)
		}
		for _, upto := range armed.All() {
			if upto.Level < kernel.Sensitive {
				c.say("%s: an override beyond sensitive", id)
			}
		}
	}
}

func (c *check) flight(id kernel.AgentID, a kernel.Agent, i kernel.InvocationID, f kernel.Flight) {
	if !f.Authorized || !f.Needs.SubsetOf(a.Caps) {
		c.say("default deny: call %d of %s", i, id)
	}
	if !c.s.Tools.Has(f.Tool) {
		c.say("call %d of %s: tool was never registered", i, id)
	}
	for _, e := range f.Sinks.List() {
		for _, x := range []kernel.Exposure{a.Exposure, a.Speculative()} {
			mode := f.Policy.Mode(x, e)
			approved := f.Approval.Given && x.Leq(f.Approval.Upto)
			if mode == kernel.Deny && !approved {
				c.say("flow confinement, oracle-free: call %d of %s reaches %s under %s", i, id, e, x)
			}
			if mode == kernel.Inspect && !f.Vouched && !approved {
				c.say("flow confinement: call %d of %s reaches %s under %s", i, id, e, x)
			}
		}
	}
	if i >= c.s.Next {
		c.say("call %d of %s: id was never minted", i, id)
	}
	if other, taken := c.at[i]; taken {
		c.say("call %d is both %s's and %s's", i, id, other)
	}
	c.at[i] = id
}

func (c *check) settling() {
	for i, id := range c.s.Settling.All() {
		if c.s.Agents.Has(id) {
			c.say("call %d is settling though %s is active", i, id)
		}
		if other, taken := c.at[i]; taken {
			c.say("call %d is settling and in flight of %s", i, other)
		}
		if i >= c.s.Next {
			c.say("settling call %d was never minted", i)
		}
	}
}

func inCatalogue(x kernel.Exposure) bool {
	return x.Level <= kernel.Public && x.Integrity <= kernel.Proven
}
