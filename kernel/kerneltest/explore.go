package kerneltest

import (
	"argus/kernel"
	"argus/kernel/ordered"
)

// Explore tells a trace every step from each distinct state of a tiny universe, the nearest first, until it has come to this many states.
// It sets out from genesis and from two families: what closes a call of another takes more steps from genesis than there are states to go.
func Explore(r *Trace, most int) {
	r.Theory(tinySpec())
	r.Genesis(2, 0)
	queue := []int{0, family(r, "root.1", "root.1.1"), family(r, "root.1.1", "root.1")}
	seen := map[string]bool{}
	for _, at := range queue {
		seen[Encode(r.states[at])] = true
	}
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		for _, in := range everyInput(r.theory, r.states[at]) {
			if !r.Step(at, in) {
				continue
			}
			newest := len(r.states) - 1
			if key := Encode(r.states[newest]); !seen[key] && len(seen) < most {
				seen[key] = true
				queue = append(queue, newest)
			}
		}
	}
}

// family tells the steps to root's child and a child of that, of whom one has a call open that sends and the other has met what may not be
// sent. It says which state that is.
func family(r *Trace, sends, knows kernel.AgentID) int {
	at := 0
	step := func(in kernel.Input) {
		r.Step(at, in)
		at = len(r.states) - 1
	}
	for tool := range r.theory.Tools().All() {
		step(kernel.RegisterTool{Tool: tool})
	}
	own := ordered.SetOf[kernel.Capability]("c")
	step(kernel.Delegate{By: kernel.Root, Caps: own, Bits: 2})
	step(kernel.Delegate{By: "root.1", Caps: own, Bits: 1})
	step(Call(r.theory, r.states[at], sends, "out", false))
	step(kernel.Elevate{Agent: knows, Label: kernel.Exposure{Level: kernel.Sensitive, Integrity: kernel.Untrusted}})
	return at
}

// tinySpec has a tool for each thing that tools can do: bring in, send out, write a store and read it.
func tinySpec() kernel.TheorySpec {
	own := []kernel.Capability{"c"}
	store := []kernel.StoreID{"s"}
	spec := kernel.TheorySpec{
		Digest: "tiny", OraclePolicy: Policy, Catalogue: []kernel.Capability{"c", "d"}, Issuers: []kernel.Issuer{Registry},
		Endorsing: []kernel.SlotID{Choice},
		Tools: []kernel.ToolSpec{
			{ID: "in", Needs: own, Label: kernel.Exposure{Level: kernel.Internal, Integrity: kernel.Observed}, Endorsed: true},
			{ID: "out", Label: kernel.Clean(), Sinks: kernel.SinksOf(kernel.NetworkExternal)},
			{ID: "put", Label: kernel.Clean(), Sinks: kernel.SinksOf(kernel.IPC), Writes: store},
			{ID: "take", Label: kernel.Exposure{Level: kernel.Internal, Integrity: kernel.Untrusted}, Reads: store},
		},
	}
	for i := range spec.Tools {
		spec.Tools[i].Issuer = Registry
	}
	for i := range kernel.Integrities() {
		spec.Policy = append(spec.Policy,
			kernel.Row{Level: kernel.Internal, Integrity: i, Sink: kernel.IPC, Mode: kernel.Allow},
			kernel.Row{Level: kernel.Public, Integrity: i, Sink: kernel.IPC, Mode: kernel.Allow})
		if i > kernel.Untrusted {
			spec.Policy = append(spec.Policy,
				kernel.Row{Level: kernel.Internal, Integrity: i, Sink: kernel.NetworkExternal, Mode: kernel.Inspect},
				kernel.Row{Level: kernel.Public, Integrity: i, Sink: kernel.NetworkExternal, Mode: kernel.Allow})
		}
	}
	return spec
}

// everyInput lists the inputs of the tiny universe for a state.
func everyInput(t kernel.Theory, s kernel.State) (list []kernel.Input) {
	add := func(in kernel.Input) { list = append(list, in) }
	ids := []kernel.AgentID{"", "root.1"}
	for id := range s.Agents.All() {
		if id != "root.1" {
			ids = append(ids, id)
		}
	}
	for tool := range t.Tools().All() {
		add(kernel.RegisterTool{Tool: tool})
	}
	for _, a := range ids {
		everyInputOf(t, s, a, add)
		for _, b := range ids {
			add(kernel.Revoke{Parent: b, Child: a})
			add(kernel.CascadeRevoke{Child: a, Parent: b})
			add(kernel.FollowUp{Parent: b, Child: a})
			add(kernel.GrantCapability{Parent: b, Child: a, Capability: "d"})
			add(kernel.ReturnUnendorsed{Child: a, Parent: b})
			add(kernel.ReturnEndorsed{Child: a, Parent: b, Bits: 1, Slot: Choice})
			add(kernel.ReturnEndorsed{Child: a, Parent: b, Bits: 1})
			add(kernel.ReturnEndorsed{Child: a, Parent: b})
		}
		for i := range s.Settling.All() {
			add(kernel.InvokeComplete{Agent: a, Invocation: i, Outcome: kernel.Success})
		}
	}
	return list
}

// everyInputOf lists those that one agent acts in, or is acted on alone.
func everyInputOf(t kernel.Theory, s kernel.State, id kernel.AgentID, add func(kernel.Input)) {
	if s.Agents.Len() < 4 {
		add(kernel.Delegate{By: id, Caps: ordered.SetOf[kernel.Capability]("c"), Bits: 1})
		add(kernel.Delegate{By: id})
	}
	for tool := range t.Tools().All() {
		add(Call(t, s, id, tool, true))
		add(Call(t, s, id, tool, false))
		add(kernel.GrantOverride{Agent: id, Tool: tool, Arguments: Arguments, Upto: kernel.Exposure{Level: kernel.Internal, Integrity: kernel.Untrusted}})
	}
	a, _ := s.Agents.Get(id)
	for i := range a.Flights.All() {
		add(kernel.InvokeComplete{Agent: id, Invocation: i, Outcome: kernel.Success, Conforms: true, Bits: 1, Slot: Choice})
		add(kernel.InvokeComplete{Agent: id, Invocation: i, Outcome: kernel.Unknown})
		add(kernel.InvokeComplete{Agent: id, Invocation: i, Outcome: kernel.Success, Raised: kernel.Raise{Given: true}})
	}
	add(Egress(t, s, id, kernel.NetworkExternal, false))
	add(kernel.Elevate{Agent: id, Label: kernel.Exposure{Level: kernel.Sensitive, Integrity: kernel.Verified}})
}
