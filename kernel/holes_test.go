package kernel_test

import (
	"testing"

	"argus/kernel"
	. "argus/kernel/kerneltest"
)

// The thirteen holes of the plain protocol. In each test the attack is attempted and refused, and a control that
// differs in one thing succeeds.

func exposure(l kernel.Level, i kernel.Integrity) kernel.Exposure {
	return kernel.Exposure{Level: l, Integrity: i}
}

func TestHole1TaintedAgentCannotSendThroughAChild(t *testing.T) {
	w := NewWorld(t, Universe())
	p := w.Child(kernel.Root, 100, ReadDB, SendEmail)
	early := w.Child(p, 0, SendEmail)
	control := w.Child(p, 0, SendEmail)
	w.Use(p, ReadDB)

	late := w.Child(p, 0, SendEmail)
	w.Refused("2a", w.Call(late, SendEmail))

	w.Must(kernel.FollowUp{Parent: p, Child: early})
	w.Refused("2a", w.Call(early, SendEmail))

	w.Use(control, SendEmail) // was never prompted again
}

func TestHole1FollowUpIsWithheldFromAChildWithAnOpenSend(t *testing.T) {
	w := NewWorld(t, Universe())
	p := w.Child(kernel.Root, 100, ReadDB, SendEmail)
	c := w.Child(p, 0, SendEmail)
	open := w.Start(c, SendEmail)
	w.Must(kernel.FollowUp{Parent: p, Child: c}) // the control: the parent is clean yet
	w.Use(p, ReadDB)
	w.Refused("2b", kernel.FollowUp{Parent: p, Child: c})
	w.Complete(c, open)
	w.Must(kernel.FollowUp{Parent: p, Child: c})
}

func TestHole2EndorsedReturnsAreBoundedAndPaidFor(t *testing.T) {
	w := NewWorld(t, Universe())
	p := w.Child(kernel.Root, 100, ReadDB, SendEmail)
	c := w.Child(p, 10, ReadDB)
	w.Use(c, ReadDB)

	w.Refused("unbounded", kernel.ReturnEndorsed{Child: c, Parent: p, Bits: 0, Slot: "free"})
	w.Refused("bits", kernel.ReturnEndorsed{Child: c, Parent: p, Bits: 11})
	for range 5 {
		w.Must(kernel.ReturnEndorsed{Child: c, Parent: p, Bits: 2})
	}
	w.Refused("bits", kernel.ReturnEndorsed{Child: c, Parent: p, Bits: 1})

	w.Use(p, SendEmail) // ten bits told it nothing that it may not send
}

func TestHole3EndorsedToolStillObeysFlowAndTaints(t *testing.T) {
	spec := UniverseSpec()
	for i := range spec.Tools {
		if spec.Tools[i].ID == ReadDB {
			spec.Tools[i].Endorsed = true
		}
	}
	w := NewWorld(t, MustTheory(spec))
	p := w.Child(kernel.Root, 100, ReadDB, SearchWeb, SendEmail)

	free := w.Child(p, 8, ReadDB, SearchWeb)
	w.Use(free, ReadDB) // the host found more in the output than the bounded value
	w.Refused("2a", w.Call(free, SearchWeb))

	poor := w.Child(p, 1, ReadDB, SearchWeb)
	i := w.Start(poor, ReadDB)
	ev := w.Must(kernel.InvokeComplete{Agent: poor, Invocation: i, Outcome: kernel.Success, Conforms: true, Bits: 2}).(kernel.Completed)
	if ev.Declassified || ev.Spent != 0 || !ev.Released {
		t.Errorf("too few bits: %+v", ev)
	}
	w.Refused("2a", w.Call(poor, SearchWeb))

	rich := w.Child(p, 8, ReadDB, SearchWeb)
	i = w.Start(rich, ReadDB)
	ev = w.Must(kernel.InvokeComplete{Agent: rich, Invocation: i, Outcome: kernel.Success, Conforms: true, Bits: 2}).(kernel.Completed)
	if !ev.Declassified || ev.Spent != 2 || ev.Exposure != exposure(kernel.Public, kernel.Verified) {
		t.Errorf("bounded and paid for: %+v", ev)
	}
	w.Use(rich, SearchWeb)
}

func TestHole4CleanAgentDoesNotPassASinkThatIsAlwaysDenied(t *testing.T) {
	spec := UniverseSpec()
	for i := range spec.Tools {
		if spec.Tools[i].ID == Pay {
			spec.Tools[i].Sinks = kernel.SinksOf(kernel.Execution) // which no row admits
		}
	}
	w := NewWorld(t, MustTheory(spec))
	a := w.Child(kernel.Root, 0, Pay, DeleteRepo)
	w.Refused("2a", w.Call(a, Pay))

	// Naming no sink at all must not help either.
	in := w.Call(a, DeleteRepo)
	in.Sinks = 0
	w.Refused("undeclared", Bind(w.Theory, w.State, in))

	w.Use(a, DeleteRepo)
}

func TestHole5RevokedIdentityIsNotRebornClean(t *testing.T) {
	w := NewWorld(t, Universe())
	p := w.Child(kernel.Root, 100, ReadDB, SendEmail)
	w.Use(p, ReadDB)
	c := w.Child(p, 0, SendEmail)
	w.Must(kernel.Revoke{Parent: p, Child: c})

	again := w.Child(p, 0, SendEmail)
	if again == c {
		t.Fatalf("%s was born twice", c)
	}
	w.Refused("2a", w.Call(again, SendEmail))
	w.Refused("not_acting", w.Call(c, SendEmail))

	other := w.Child(kernel.Root, 0, SendEmail)
	w.Use(other, SendEmail) // the control: never below the tainted one
}

func TestHole6OrphansAreInertAndCanBeEnded(t *testing.T) {
	w := NewWorld(t, Universe())
	p := w.Child(kernel.Root, 100, ReadFile, Summarize)
	c := w.Child(p, 10, ReadFile, Summarize)
	g := w.Child(c, 5, ReadFile)
	open := w.Start(c, ReadFile)
	w.Refused("parent_active", kernel.CascadeRevoke{Child: c, Parent: p})
	w.Must(kernel.Revoke{Parent: kernel.Root, Child: p})

	for _, in := range []kernel.Input{
		w.Call(c, Summarize),
		kernel.Delegate{By: c},
		kernel.Revoke{Parent: c, Child: g},
		kernel.ReturnUnendorsed{Child: g, Parent: c},
		kernel.ReturnEndorsed{Child: g, Parent: c},
		kernel.GrantCapability{Parent: c, Child: g, Capability: kernel.Capability(Summarize)},
		kernel.Elevate{Agent: c, Label: kernel.Clean()},
		kernel.FollowUp{Parent: c, Child: g},
		Egress(w.Theory, w.State, c, kernel.NetworkExternal, true),
		kernel.GrantOverride{Agent: c, Tool: Summarize, Arguments: Arguments, Upto: kernel.Clean()},
		w.Call(g, ReadFile),
	} {
		w.Refused("not_acting", in)
	}
	if ev := w.Complete(c, open); ev.Released || ev.Settled {
		t.Errorf("an orphan's result: %+v", ev)
	}
	w.Must(kernel.CascadeRevoke{Child: c, Parent: p})
	w.Must(kernel.CascadeRevoke{Child: g, Parent: c})
	if n := w.State.Agents.Len(); n != 1 {
		t.Errorf("%d agents are left, want root alone", n)
	}
}

func TestHole7OverrideIsForOneCallOfOneAgentUnderWhatWasShown(t *testing.T) {
	w := NewWorld(t, Universe())
	caps := []kernel.ToolID{ReadDB, ReadPage, SendEmail, PostSlack}
	shown := exposure(kernel.Sensitive, kernel.Verified)
	tainted := func() kernel.AgentID {
		a := w.Child(kernel.Root, 0, caps...)
		w.Use(a, ReadDB)
		return a
	}
	a, b := tainted(), tainted()
	w.Must(kernel.GrantOverride{Agent: a, Tool: SendEmail, Arguments: Arguments, Upto: shown})

	w.Refused("2a", w.Call(b, SendEmail)) // another agent
	w.Refused("2a", w.Call(a, PostSlack)) // another tool
	other := w.Call(a, SendEmail)
	other.Arguments = "arguments-2"
	w.Refused("2a", Bind(w.Theory, w.State, other)) // other arguments
	w.Refused("egress", Egress(w.Theory, w.State, a, kernel.NetworkExternal, true))
	w.Refused("override_level", kernel.GrantOverride{Agent: b, Tool: SendEmail, Arguments: Arguments, Upto: exposure(kernel.Restricted, kernel.Verified)})

	// It was refused, and so it is still armed: it is spent by an accepted start.
	ev := w.Must(w.Call(a, SendEmail)).(kernel.Started)
	if !ev.Approval.Given {
		t.Errorf("started without the override: %+v", ev)
	}
	w.Refused("2a", w.Call(a, SendEmail))

	// The exposure grows after the person looked.
	w.Must(kernel.GrantOverride{Agent: b, Tool: SendEmail, Arguments: Arguments, Upto: shown})
	w.Must(kernel.Elevate{Agent: b, Label: exposure(kernel.Public, kernel.Untrusted)})
	w.Refused("2a", w.Call(b, SendEmail))

	// Nor may it grow past what was shown while the approved call is open.
	w.Refused("2b", kernel.Elevate{Agent: a, Label: exposure(kernel.Restricted, kernel.Verified)})
}

func TestHole7OverrideDoesNotOutliveItsAgent(t *testing.T) {
	w := NewWorld(t, Universe())
	a := w.Child(kernel.Root, 0, SendEmail)
	w.Must(kernel.GrantOverride{Agent: a, Tool: SendEmail, Arguments: Arguments, Upto: exposure(kernel.Sensitive, kernel.Untrusted)})
	w.Must(kernel.Revoke{Parent: kernel.Root, Child: a})
	w.Refused("not_acting", w.Call(a, SendEmail))
	b := w.Child(kernel.Root, 0, SendEmail)
	if rec, _ := w.State.Agents.Get(b); rec.Overrides.Len() != 0 {
		t.Error("a new agent was born with an override")
	}
}

func TestHole8LateResultOfARevokedAgentIsThrownAway(t *testing.T) {
	w := NewWorld(t, Universe())
	a := w.Child(kernel.Root, 0, ReadDB)
	b := w.Child(kernel.Root, 0, ReadDB)
	late, control := w.Start(a, ReadDB), w.Start(b, ReadDB)
	w.Must(kernel.Revoke{Parent: kernel.Root, Child: a})

	w.Refused("not_in_flight", kernel.InvokeComplete{Agent: b, Invocation: late})
	if ev := w.Complete(a, late); ev.Released || !ev.Settled {
		t.Errorf("a late result: %+v", ev)
	}
	w.Refused("not_active", kernel.InvokeComplete{Agent: a, Invocation: late})
	if ev := w.Complete(b, control); !ev.Released {
		t.Errorf("the control's result: %+v", ev)
	}
}

func TestHole9VerdictsHoldOnlyForWhatTheyWereGivenFor(t *testing.T) {
	w := NewWorld(t, Universe())
	p := w.Child(kernel.Root, 0, ReadFile, SearchWeb, SendEmail)
	a := w.Child(p, 0, ReadFile, SearchWeb)
	good := Call(w.Theory, w.State, a, SearchWeb, true)
	for part, change := range map[string]func(*kernel.Binding){
		"agent":        func(b *kernel.Binding) { b.Agent = p },
		"tool":         func(b *kernel.Binding) { b.Tool = SendEmail },
		"arguments":    func(b *kernel.Binding) { b.Arguments = "arguments-2" },
		"label":        func(b *kernel.Binding) { b.Label = kernel.Clean() },
		"sinks":        func(b *kernel.Binding) { b.Sinks = 0 },
		"policy":       func(b *kernel.Binding) { b.Policy = "oracle-policy-0" },
		"capabilities": func(b *kernel.Binding) { b.Reading.Caps = b.Reading.Caps.Add("more") },
		"exposure":     func(b *kernel.Binding) { b.Reading.Exposure = exposure(kernel.Internal, kernel.Proven) },
		"speculative":  func(b *kernel.Binding) { b.Reading.Speculative = exposure(kernel.Internal, kernel.Proven) },
		"depth":        func(b *kernel.Binding) { b.Reading.Depth = 1 },
		"flights":      func(b *kernel.Binding) { b.Reading.Flights = 1 },
	} {
		in := good
		change(&in.Verdicts.Binding)
		if why := w.Refused("stale", in); why != (kernel.Stale{Part: part}) {
			t.Errorf("changed %s, told %v", part, why)
		}
	}
	w.Must(good)
}

func TestHole9ExposureThatGrewMakesAVerdictStaleOnlyIfItWasRead(t *testing.T) {
	w := NewWorld(t, Universe())
	a := w.Child(kernel.Root, 0, ReadFile, SearchWeb)
	before := Call(w.Theory, w.State, a, SearchWeb, true)
	w.Use(a, ReadFile)
	w.Refused("stale", before)
	before.Verdicts.Binding.Reading = kernel.Reading{Read: kernel.ReadCapabilities, Caps: CapsOf(ReadFile, SearchWeb)}
	w.Must(before)
}

func TestHole10FlightIsJudgedByWhatItStartedUnder(t *testing.T) {
	w := NewWorld(t, Universe())
	a := w.Child(kernel.Root, 0, ReadFile, SearchWeb)
	vouched := w.Must(Call(w.Theory, w.State, a, SearchWeb, true)).(kernel.Started).Invocation
	w.Must(w.Call(a, ReadFile)) // the search was vouched for, so it stays open

	// Under a theory that denies everything, what is open stays judged as it was, and nothing new starts.
	spec := UniverseSpec()
	spec.Digest, spec.OraclePolicy, spec.Policy = "theory-2", "oracle-policy-2", nil
	stale := Call(w.Theory, w.State, a, SearchWeb, true)
	w.Theory = MustTheory(spec)
	w.Must(kernel.Elevate{Agent: a, Label: exposure(kernel.Internal, kernel.Verified)})
	w.Refused("stale", stale)
	w.Refused("2a", Call(w.Theory, w.State, a, SearchWeb, true))
	if ev := w.Complete(a, vouched); ev.Theory != "theory-2" || !ev.Released {
		t.Errorf("completed under the later theory: %+v", ev)
	}
}

func TestHole11ReplayRestoresEveryExposure(t *testing.T) {
	th := Universe()
	inputs := []kernel.Input{kernel.RegisterTool{Tool: ReadDB}, kernel.RegisterTool{Tool: SendEmail}}
	inputs = append(inputs, kernel.Delegate{By: kernel.Root, Caps: CapsOf(ReadDB, SendEmail), Bits: 5})
	s := replay(t, th, inputs)
	inputs = append(inputs, Call(th, s, "root.1", ReadDB, false))

	live := replay(t, th, inputs)
	// A flight that the crash interrupted is completed as unknown.
	recovered := replay(t, th, append(inputs, kernel.InvokeComplete{Agent: "root.1", Invocation: 0}))
	if Dump(live) != Dump(replay(t, th, inputs)) {
		t.Error("two replays differ")
	}
	out := kernel.Step(th, recovered, Call(th, recovered, "root.1", SendEmail, true))
	if r, refused := out.(kernel.Refused); !refused || r.Rule() != "2a" {
		t.Errorf("after recovery: %#v", out)
	}
	clean := replay(t, th, inputs[:3])
	if _, ok := kernel.Step(th, clean, Call(th, clean, "root.1", SendEmail, true)).(kernel.Accepted); !ok {
		t.Error("the control was refused")
	}
}

func replay(t *testing.T, th kernel.Theory, inputs []kernel.Input) kernel.State {
	t.Helper()
	s := kernel.Genesis(10)
	for _, in := range inputs {
		out, ok := kernel.Step(th, s, in).(kernel.Accepted)
		if !ok {
			t.Fatalf("%#v was refused", in)
		}
		s = out.State
	}
	return s
}

func TestHole12CallThatFailedOrGotStuckTaints(t *testing.T) {
	for _, ending := range []kernel.Ending{kernel.Unknown, kernel.Failure, kernel.Success} {
		w := NewWorld(t, Universe())
		a := w.Child(kernel.Root, 0, ReadDB, SendEmail)
		i := w.Start(a, ReadDB)
		w.Refused("2a", w.Call(a, SendEmail)) // stuck
		w.Must(kernel.InvokeComplete{Agent: a, Invocation: i, Outcome: ending})
		w.Refused("2a", w.Call(a, SendEmail))
	}
	w := NewWorld(t, Universe())
	a := w.Child(kernel.Root, 0, PostSlack, SendEmail)
	i := w.Start(a, PostSlack)
	w.Must(kernel.InvokeComplete{Agent: a, Invocation: i, Outcome: kernel.Failure})
	w.Use(a, SendEmail)
}

func TestHole13StoreDoesNotCarryASecretToACleanAgent(t *testing.T) {
	w := NewWorld(t, Universe())
	tainted := w.Child(kernel.Root, 0, ReadDB, Remember)
	w.Use(tainted, ReadDB)
	w.Refused("2a", w.Call(tainted, Remember))

	internal := w.Child(kernel.Root, 0, ReadFile, Remember)
	reader := w.Child(kernel.Root, 0, Recall, PostSlack)
	w.Use(internal, ReadFile)
	w.Use(internal, Remember)
	if held := w.State.Held(Notes); held.Level != kernel.Internal {
		t.Errorf("the store holds %s", held)
	}
	if ev := w.Use(reader, Recall); ev.Exposure != exposure(kernel.Internal, kernel.Untrusted) {
		t.Errorf("the reader took %s", ev.Exposure)
	}
	w.Refused("2a", w.Call(reader, PostSlack))

	// A reader's label cannot be narrowed for one call.
	narrowed := w.Call(w.Child(kernel.Root, 0, Recall), Recall)
	narrowed.Label = exposure(kernel.Public, kernel.Untrusted)
	w.Refused("undeclared", Bind(w.Theory, w.State, narrowed))
}
