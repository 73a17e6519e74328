package kernel

// invokeStart decides whether a call may begin. The order of its guards is part of its contract:
//
//  1. values outside a catalogue, arguments without a digest;
//  2. who asks: root starts nothing, others must act;
//  3. what is asked for: a tool of the theory, registered, called within its declaration;
//  4. C1, which needs no verdict;
//  5. whether the verdicts were given for this call and this agent as it is now. From here on they count;
//  6. C2 by its three reasons 2a, 2b, 2c, then C3;
//  7. the counter.
//
// So C1 is told even if verdicts are stale, and 2a to C3 only by verdicts that hold.
func (t Theory) invokeStart(s State, in InvokeStart) Outcome {
	if what, found := in.outside(); found {
		return Refused{what}
	}
	if in.Arguments == "" {
		return Refused{NoDigest{}}
	}
	if in.Agent == Root {
		return Refused{RootRefused{}}
	}
	a, ok := s.Agents.Get(in.Agent)
	if !ok || !s.Acts(in.Agent) {
		return Refused{NotActing{in.Agent}}
	}
	tool, ok := t.tools.Get(in.Tool)
	if !ok {
		return Refused{UnknownTool{in.Tool}}
	}
	if !s.Tools.Has(in.Tool) {
		return Refused{Unregistered{in.Tool}}
	}
	if !tool.admits(in) {
		return Refused{Undeclared{in.Tool}}
	}
	if !tool.Needs.SubsetOf(a.Caps) {
		return Refused{LacksCapability{in.Agent}}
	}
	if stale, found := t.staleStart(s, a, in); found {
		return Refused{stale}
	}
	f := Flight{
		Tool:       in.Tool,
		Needs:      tool.Needs,
		Label:      in.Label,
		Sinks:      in.Sinks,
		Reads:      tool.Reads,
		Policy:     t.policy,
		Authorized: in.Verdicts.Authorized,
		Vouched:    in.Verdicts.Vouched,
		Approval:   t.approval(a, tool, in),
	}
	carried := a.Speculative()
	if e, closed := f.firstClosed(carried); closed {
		return Refused{Carried{e}}
	}
	after := carried.Join(in.Label)
	if at, closed := a.firstClosedFlight(after); closed {
		return Refused{at}
	}
	if e, closed := f.firstClosed(after); closed {
		return Refused{SelfClosed{e}}
	}
	if !in.Verdicts.Authorized {
		return Refused{NotAuthorized{}}
	}
	if s.Next >= lastInvocation {
		return Refused{Exhausted{}}
	}
	id := s.Next
	s.Next = id + 1
	a.Flights = a.Flights.Set(id, f)
	if f.Approval.Given {
		a = a.disarm(in.Tool, in.Arguments)
	}
	s.Agents = s.Agents.Set(in.Agent, a)
	s = s.letIn(tool, after)
	return Accepted{State: s, Event: Started{
		Theory: t.digest, Invocation: id, Call: in, Approval: f.Approval, Speculative: after,
	}}
}

// outside finds a value of the input that is in no catalogue.
func (in InvokeStart) outside() (OutOfCatalogue, bool) {
	if !in.Label.known() {
		return OutOfCatalogue{What: "label"}, true
	}
	if !in.Sinks.known() {
		return OutOfCatalogue{What: "sinks"}, true
	}
	if !in.Verdicts.Binding.Reading.Read.known() {
		return OutOfCatalogue{What: "attributes"}, true
	}
	return OutOfCatalogue{}, false
}

// admits reports whether a call stays within what the tool declares. A call without sinks of a tool that has some
// would pass every flow check for want of anything to check. A reader's label is never narrowed: what its
// store holds is known no better than that.
func (d Tool) admits(in InvokeStart) bool {
	if in.Sinks == 0 && d.Sinks != 0 {
		return false
	}
	if d.Reads.Len() > 0 && !in.Label.same(d.Label) {
		return false
	}
	return in.Sinks.SubsetOf(d.Sinks) && in.Label.Leq(d.Label)
}

// letIn is the state after a call whose agent may know x left content in the stores that the tool writes.
func (s State) letIn(tool Tool, x Exposure) State {
	for id := range tool.Writes.All() {
		s.Stores = s.Stores.Set(id, s.Held(id).Join(x))
	}
	return s
}
