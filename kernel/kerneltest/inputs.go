package kerneltest

import (
	"pgregory.net/rapid"

	"argus/kernel"
	"argus/kernel/ordered"
)

// DrawInput draws an input for a state under a theory and the spec it was built from: mostly one that could be accepted, often one that a hostile caller would try,
// sometimes one with values outside every catalogue.
func DrawInput(t *rapid.T, spec kernel.TheorySpec, theory kernel.Theory, s kernel.State) kernel.Input {
	d := drawerFor(t, spec, theory, s)
	kinds := []func() kernel.Input{
		d.start, d.start, d.start, d.start, d.start, d.start, d.start, d.start, d.complete, d.delegate, d.delegate,
		d.delegate, d.revoke, d.cascade, d.returnEndorsed, d.returnEndorsed, d.returnUnendorsed, d.egress, d.grant, d.elevate,
		d.followUp, d.override, d.override, d.override, d.register,
	}
	if len(d.open) > 0 {
		kinds = append(kinds, d.complete, d.complete, d.complete, d.complete)
	}
	return choose(t, "kind", kinds)()
}

type drawer struct {
	t      *rapid.T
	spec   kernel.TheorySpec
	theory kernel.Theory
	s      kernel.State
	agents []kernel.AgentID
	open   []call
}

type call struct {
	agent kernel.AgentID
	i     kernel.InvocationID
}

func drawerFor(t *rapid.T, spec kernel.TheorySpec, theory kernel.Theory, s kernel.State) drawer {
	d := drawer{t: t, spec: spec, theory: theory, s: s}
	for id, a := range s.Agents.All() {
		d.agents = append(d.agents, id)
		for i := range a.Flights.All() {
			d.open = append(d.open, call{id, i})
		}
	}
	for i, id := range s.Settling.All() {
		d.open = append(d.open, call{id, i})
	}
	return d
}

// rarely is true once in about fifteen draws.
func (d drawer) rarely(what string) bool { return oneIn(d.t, 15, what) }

// agent is mostly one that is active, and otherwise one that ended, never was, or only looks like one.
func (d drawer) agent(what string) kernel.AgentID {
	if d.rarely(what + " is not active") {
		odd := []kernel.AgentID{"", "root", "root.1", "root.2.1", "root.", "root.01", "ROOT", "root.1 ", "root.1.", "."}
		return choose(d.t, what, odd)
	}
	return choose(d.t, what, d.agents)
}

// caller is seldom root, which may do little of what others may.
func (d drawer) caller() kernel.AgentID {
	for range 4 {
		if id := d.agent("caller"); id != kernel.Root {
			return id
		}
	}
	return d.agent("caller")
}

// pair is mostly a child and its parent.
func (d drawer) pair() (child, parent kernel.AgentID) {
	child = d.caller()
	a, _ := d.s.Agents.Get(child)
	if d.rarely("strangers") {
		return child, d.agent("parent")
	}
	return child, a.Parent
}

func (d drawer) tool() kernel.ToolID {
	if d.rarely("no such tool") {
		return "tool-x"
	}
	return choose(d.t, "tool", d.spec.Tools).ID
}

func (d drawer) capability() kernel.Capability {
	if d.rarely("no such capability") {
		return "x"
	}
	return choose(d.t, "capability", d.spec.Catalogue)
}

func (d drawer) digest() kernel.Digest {
	if d.rarely("no digest") {
		return ""
	}
	return choose(d.t, "digest", []kernel.Digest{Arguments, Arguments, "arguments-2"})
}

func (d drawer) slot() kernel.SlotID {
	return choose(d.t, "slot", []kernel.SlotID{"", "free", Choice})
}

func (d drawer) bits() uint64 {
	return choose(d.t, "bits", []uint64{1, 2, 8, 0, 3, 100, 1<<64 - 1})
}

func (d drawer) exposure() kernel.Exposure {
	if d.rarely("unknown exposure") {
		return kernel.Exposure{Level: kernel.Level(rapid.Uint8().Draw(d.t, "level")), Integrity: kernel.Integrity(rapid.Uint8().Draw(d.t, "integrity"))}
	}
	return drawMild(d.t)
}

func (d drawer) register() kernel.Input { return kernel.RegisterTool{Tool: d.tool()} }

func (d drawer) delegate() kernel.Input {
	by := d.agent("by")
	v, _ := d.s.View(d.theory, by)
	caps := v.Caps
	if !d.rarely("all capabilities") {
		caps = ordered.Set[kernel.Capability]{}
		for k := range v.Caps.All() {
			if !oneIn(d.t, 4, "held back") {
				caps = caps.Add(k)
			}
		}
	}
	if d.rarely("too much") {
		caps = caps.Add(d.capability())
	}
	bits := d.bits()
	if !d.rarely("too many bits") {
		bits = min(bits, v.Bits)
	}
	return kernel.Delegate{By: by, Caps: caps, Bits: bits}
}

func (d drawer) revoke() kernel.Input {
	child, parent := d.pair()
	return kernel.Revoke{Parent: parent, Child: child}
}

func (d drawer) cascade() kernel.Input {
	child, parent := d.pair()
	return kernel.CascadeRevoke{Child: child, Parent: parent}
}

func (d drawer) start() kernel.Input {
	in := Call(d.theory, d.s, d.caller(), d.tool(), oneIn(d.t, 2, "vouched"))
	in.Arguments = d.digest()
	in.Verdicts.Authorized = !d.rarely("not authorized")
	if oneIn(d.t, 4, "narrowed") {
		in.Sinks &= kernel.Sinks(rapid.Uint16().Draw(d.t, "sinks"))
		in.Label = d.exposure()
	}
	if d.rarely("odd sinks") {
		in.Sinks = kernel.Sinks(rapid.Uint16().Draw(d.t, "sinks"))
	}
	in = Bind(d.theory, d.s, in)
	in.Verdicts.Binding.Reading = d.reading(in.Verdicts.Binding.Reading)
	if d.rarely("other binding") {
		b := &in.Verdicts.Binding
		change := []func(){
			func() { b.Agent = d.agent("bound agent") }, func() { b.Tool = d.tool() }, func() { b.Arguments = d.digest() },
			func() { b.Label = d.exposure() }, func() { b.Sinks ^= 1 }, func() { b.Policy = "oracle-policy-0" },
		}
		choose(d.t, "change", change)()
	}
	return in
}

// reading is a reading of fewer attributes, or one that has become untrue.
func (d drawer) reading(r kernel.Reading) kernel.Reading {
	r.Read = kernel.Attributes(mixed(d.t, "read") & 31)
	if !d.rarely("untrue reading") {
		return r
	}
	change := []func(){
		func() { r.Caps = r.Caps.Add("z") }, func() { r.Exposure = d.exposure() },
		func() { r.Speculative = d.exposure() }, func() { r.Depth++ }, func() { r.Flights++ }, func() { r.Depth-- }, func() { r.Flights-- },
		func() { r.Read |= 32 }, func() { r.Caps = ordered.SetOf(d.capability()) },
	}
	choose(d.t, "change", change)()
	return r
}

func (d drawer) complete() kernel.Input {
	c := call{d.caller(), kernel.InvocationID(rapid.IntRange(0, 5).Draw(d.t, "invocation"))}
	if len(d.open) > 0 && !d.rarely("not open") {
		c = choose(d.t, "open", d.open)
	}
	in := kernel.InvokeComplete{
		Agent: c.agent, Invocation: c.i,
		Outcome:  kernel.Ending(choose(d.t, "outcome", []uint8{1, 0, 1, 2, 1, 0, 2, 3})),
		Conforms: oneIn(d.t, 2, "conforms"),
		Bits:     d.bits(), Slot: d.slot(),
	}
	if oneIn(d.t, 4, "raised") {
		in.Raised = kernel.Raise{Given: true, Label: d.exposure()}
	}
	return in
}

func (d drawer) returnEndorsed() kernel.Input {
	child, parent := d.pair()
	return kernel.ReturnEndorsed{Child: child, Parent: parent, Bits: d.bits(), Slot: d.slot()}
}

func (d drawer) returnUnendorsed() kernel.Input {
	child, parent := d.pair()
	return kernel.ReturnUnendorsed{Child: child, Parent: parent}
}

func (d drawer) egress() kernel.Input {
	e := kernel.Sink(mixed(d.t, "sink") % 11)
	in := Egress(d.theory, d.s, d.caller(), e, oneIn(d.t, 2, "vouched"))
	in.Verdicts.Binding.Reading = d.reading(in.Verdicts.Binding.Reading)
	if d.rarely("other binding") {
		b := &in.Verdicts.Binding
		change := []func(){
			func() { b.Agent = d.agent("bound agent") }, func() { b.Sink++ }, func() { b.Content = "content-2" },
			func() { b.Policy = "oracle-policy-0" }, func() { in.Content = "" },
		}
		choose(d.t, "change", change)()
	}
	return in
}

func (d drawer) grant() kernel.Input {
	child, parent := d.pair()
	return kernel.GrantCapability{Parent: parent, Child: child, Capability: d.capability()}
}

func (d drawer) elevate() kernel.Input {
	return kernel.Elevate{Agent: d.caller(), Label: d.exposure()}
}

func (d drawer) followUp() kernel.Input {
	child, parent := d.pair()
	return kernel.FollowUp{Parent: parent, Child: child}
}

func (d drawer) override() kernel.Input {
	return kernel.GrantOverride{Agent: d.caller(), Tool: d.tool(), Arguments: d.digest(), Upto: d.exposure()}
}
