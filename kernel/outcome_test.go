package kernel_test

import (
	"testing"

	"argus/kernel"
	. "argus/kernel/kerneltest"
)

// endorsedDB is the universe with an endorsed read-db, and one agent that may use it.
func endorsedDB(t *testing.T, bits uint64, tools ...kernel.ToolID) (*World, kernel.AgentID) {
	spec := UniverseSpec()
	toolOf(&spec, ReadDB).Endorsed = true
	w := NewWorld(t, MustTheory(spec))
	return w, w.Child(kernel.Root, bits, append(tools, ReadDB)...)
}

func TestConfidentialityStaysOnlyIfEveryConditionHolds(t *testing.T) {
	sensitive := exposure(kernel.Sensitive, kernel.Verified)
	for name, c := range map[string]struct {
		conforms bool
		bits     uint64
		slot     kernel.SlotID
		raised   kernel.Raise
		want     kernel.Exposure
		spent    uint64
	}{
		"bounded and paid for":     {conforms: true, bits: 5, want: exposure(kernel.Public, kernel.Verified), spent: 5},
		"and of an endorsing slot": {conforms: true, bits: 5, slot: Choice, want: kernel.Clean(), spent: 5},
		"not conforming":           {bits: 5, slot: Choice, want: sensitive},
		"no bits named":            {conforms: true, want: sensitive},
		"too few bits":             {conforms: true, bits: 6, want: sensitive},
		"too few, endorsing slot":  {conforms: true, bits: 6, slot: Choice, want: exposure(kernel.Sensitive, kernel.Proven)},
		"raised": {
			conforms: true, bits: 5, slot: Choice, raised: kernel.Raise{Given: true, Label: kernel.Clean()}, want: sensitive,
		},
		"raised beyond the label": {
			conforms: true, bits: 5, slot: Choice,
			raised: kernel.Raise{Given: true, Label: exposure(kernel.Restricted, kernel.Proven)},
			want:   exposure(kernel.Restricted, kernel.Verified),
		},
	} {
		t.Run(name, func(t *testing.T) {
			w, a := endorsedDB(t, 5)
			ev := w.Must(kernel.InvokeComplete{
				Agent: a, Invocation: w.Start(a, ReadDB), Outcome: kernel.Success,
				Conforms: c.conforms, Bits: c.bits, Slot: c.slot, Raised: c.raised,
			}).(kernel.Completed)
			if ev.Exposure != c.want || ev.Spent != c.spent || !ev.Released || ev.Raised != c.raised.Given {
				t.Errorf("%+v, want %s and %d bits spent", ev, c.want, c.spent)
			}
			if rec, _ := w.State.Agents.Get(a); rec.Bits != 5-c.spent || rec.Exposure != c.want {
				t.Errorf("agent has %d bits and %s", rec.Bits, rec.Exposure)
			}
		})
	}
}

func TestRaisedOutcomeIsWithheldIfItWouldCloseAFlight(t *testing.T) {
	w, a := endorsedDB(t, 5, SearchWeb, Summarize)
	search := w.Start(a, SearchWeb)
	i := w.Start(a, Summarize)
	sensitive := kernel.Raise{Given: true, Label: exposure(kernel.Sensitive, kernel.Verified)}
	ev := w.Must(kernel.InvokeComplete{Agent: a, Invocation: i, Conforms: true, Bits: 1, Slot: Choice, Raised: sensitive}).(kernel.Completed)
	if ev.Released || ev.Raised || ev.Spent != 0 || ev.Declassified || ev.Exposure != exposure(kernel.Public, kernel.Verified) {
		t.Errorf("withheld: %+v", ev)
	}

	// The call's own sinks do not count: its effect has happened.
	ev = w.Must(kernel.InvokeComplete{Agent: a, Invocation: search, Raised: sensitive}).(kernel.Completed)
	if !ev.Released || !ev.Raised || ev.Exposure != sensitive.Label {
		t.Errorf("taken: %+v", ev)
	}
}

func TestToolThatLeftTheTheoryStillSettlesButIsNotEndorsed(t *testing.T) {
	w, a := endorsedDB(t, 5)
	i := w.Start(a, ReadDB)
	spec := UniverseSpec()
	spec.Tools = spec.Tools[1:] // read-db is quarantined
	w.Theory = MustTheory(spec)
	ev := w.Must(kernel.InvokeComplete{Agent: a, Invocation: i, Conforms: true, Bits: 1}).(kernel.Completed)
	if ev.Declassified || ev.Exposure.Level != kernel.Sensitive {
		t.Errorf("%+v", ev)
	}
	w.Refused("unknown_tool", w.Call(a, ReadDB))
}

func TestIntegrityFallsWithABoundedReturnUnlessTheSlotEndorses(t *testing.T) {
	for _, c := range []struct {
		slot kernel.SlotID
		want kernel.Exposure
		pay  string // the rule that refuses the parent's payment
	}{
		{"free", exposure(kernel.Public, kernel.Untrusted), "2a"},
		{Choice, kernel.Clean(), ""},
	} {
		w := NewWorld(t, Universe())
		p := w.Child(kernel.Root, 100, ReadPage, Pay)
		child := w.Child(p, 10, ReadPage)
		w.Use(child, ReadPage)
		w.Must(kernel.ReturnEndorsed{Child: child, Parent: p, Bits: 3, Slot: c.slot})
		if got := w.Exposure(p); got != c.want {
			t.Errorf("slot %s: the parent is %s, want %s", c.slot, got, c.want)
		}
		if c.pay == "" {
			w.Use(p, Pay)
		} else {
			w.Refused(c.pay, w.Call(p, Pay))
		}
	}
}

func TestBoundedReturnIsRefusedIfItsIntegrityWouldCloseAFlight(t *testing.T) {
	w := NewWorld(t, Universe())
	p := w.Child(kernel.Root, 100, ReadPage, Pay)
	c := w.Child(p, 10, ReadPage)
	w.Use(c, ReadPage)
	w.Start(p, Pay)
	w.Refused("2b", kernel.ReturnEndorsed{Child: c, Parent: p, Bits: 3})
	w.Must(kernel.ReturnEndorsed{Child: c, Parent: p, Bits: 3, Slot: Choice})
}

func TestReturnOfNothingNewIsFree(t *testing.T) {
	w := NewWorld(t, Universe())
	p := w.Child(kernel.Root, 100, ReadFile)
	w.Use(p, ReadFile)
	c := w.Child(p, 0, ReadFile)
	w.Use(c, ReadFile)
	ev := w.Must(kernel.ReturnEndorsed{Child: c, Parent: p, Bits: 50}).(kernel.Returned)
	if ev.Spent != 0 || ev.Declassified {
		t.Errorf("%+v", ev)
	}
}

func TestNobodyReturnsToRoot(t *testing.T) {
	w := NewWorld(t, Universe())
	c := w.Child(kernel.Root, 10, ReadFile)
	w.Refused("root", kernel.ReturnEndorsed{Child: c, Parent: kernel.Root, Bits: 1})
	w.Refused("root", kernel.ReturnUnendorsed{Child: c, Parent: kernel.Root})
	w.Must(kernel.ReturnUnendorsed{Child: w.Child(c, 0), Parent: c})
}

func TestEgressIsAcceptedExactlyWhenTheSinkIsOpen(t *testing.T) {
	th := Universe()
	for l := range kernel.Levels() {
		for i := range kernel.Integrities() {
			w := NewWorld(t, th)
			a := w.Child(kernel.Root, 0)
			w.Must(kernel.Elevate{Agent: a, Label: exposure(l, i)})
			for e := range kernel.AllSinks() {
				for _, vouched := range []bool{false, true} {
					mode := th.Policy().Mode(exposure(l, i), e)
					open := mode == kernel.Allow || mode == kernel.Inspect && vouched
					before := Dump(w.State)
					out, accepted := kernel.Step(th, w.State, Egress(th, w.State, a, e, vouched)).(kernel.Accepted)
					if accepted != open {
						t.Errorf("%s to %s, vouched %t: accepted %t", exposure(l, i), e, vouched, accepted)
					}
					if accepted && Dump(out.State) != before {
						t.Error("a check changed the state")
					}
				}
			}
		}
	}
}

func TestEgressVerdictHoldsOnlyForWhatItWasGivenFor(t *testing.T) {
	w := NewWorld(t, Universe())
	a := w.Child(kernel.Root, 0)
	good := Egress(w.Theory, w.State, a, kernel.NetworkExternal, true)
	for part, change := range map[string]func(*kernel.EgressBinding){
		"agent":   func(b *kernel.EgressBinding) { b.Agent = kernel.Root },
		"sink":    func(b *kernel.EgressBinding) { b.Sink = kernel.IPC },
		"content": func(b *kernel.EgressBinding) { b.Content = "content-2" },
		"policy":  func(b *kernel.EgressBinding) { b.Policy = "" },
		"depth":   func(b *kernel.EgressBinding) { b.Reading.Depth = 2 },
	} {
		in := good
		change(&in.Verdicts.Binding)
		if why := w.Refused("stale", in); why != (kernel.Stale{Part: part}) {
			t.Errorf("changed %s, told %v", part, why)
		}
	}
	w.Must(good)
	w.Must(Egress(w.Theory, w.State, kernel.Root, kernel.NetworkExternal, false))
}

func TestOverrideDoesNotOpenAStoreThatALaterTheoryGaveTheTool(t *testing.T) {
	w := NewWorld(t, Universe())
	a := w.Child(kernel.Root, 0, ReadDB, SendEmail)
	w.Use(a, ReadDB)
	w.Must(kernel.GrantOverride{Agent: a, Tool: SendEmail, Arguments: Arguments, Upto: exposure(kernel.Sensitive, kernel.Verified)})

	spec := UniverseSpec()
	toolOf(&spec, SendEmail).Writes = []kernel.StoreID{Notes}
	later := MustTheory(spec)
	if problems := kernel.Admissible(w.State, later); len(problems) > 0 {
		t.Fatalf("nothing was let in yet: %v", problems)
	}
	first := w.Theory
	w.Theory = later
	w.Refused("2a", w.Call(a, SendEmail))
	w.Theory = first
	w.Use(a, SendEmail)
}

func TestArmedOverrideKeepsLaterReadersOut(t *testing.T) {
	spec := UniverseSpec()
	toolOf(&spec, Recall).Label = exposure(kernel.Sensitive, kernel.Untrusted)
	w := NewWorld(t, MustTheory(spec))
	a := w.Child(kernel.Root, 0, ReadDB, Remember)
	w.Use(a, ReadDB)
	if problems := kernel.Admissible(w.State, Universe()); len(problems) > 0 {
		t.Fatalf("before: %v", problems)
	}
	w.Must(kernel.GrantOverride{Agent: a, Tool: Remember, Arguments: Arguments, Upto: exposure(kernel.Sensitive, kernel.Verified)})
	if problems := kernel.Admissible(w.State, Universe()); len(problems) != 1 || problems[0].Tool != Recall {
		t.Errorf("after arming: %v", problems)
	}
	w.Use(a, Remember)
}

func toolOf(spec *kernel.TheorySpec, id kernel.ToolID) *kernel.ToolSpec {
	for i := range spec.Tools {
		if spec.Tools[i].ID == id {
			return &spec.Tools[i]
		}
	}
	panic("no such tool: " + id)
}
