package kernel_test

import (
	"testing"

	"argus/kernel"
	. "argus/kernel/kerneltest"
)

func TestCallMayDeclareLessThanItsToolAndIsJudgedByThat(t *testing.T) {
	spec := UniverseSpec()
	toolOf(&spec, QueryAPI).Sinks = kernel.SinksOf(kernel.NetworkInternal, kernel.NetworkExternal)
	w := NewWorld(t, MustTheory(spec))
	a := w.Child(kernel.Root, 0, QueryAPI, SendEmail)
	w.Refused("2c", w.Call(a, QueryAPI)) // all that it declares: something sensitive, from outside too

	in := w.Call(a, QueryAPI)
	in.Label, in.Sinks = exposure(kernel.Public, kernel.Verified), kernel.SinksOf(kernel.NetworkInternal)
	ev := w.Must(Bind(w.Theory, w.State, in)).(kernel.Started)
	rec, _ := w.State.Agents.Get(a)
	f, _ := rec.Flights.Get(ev.Invocation)
	if f.Label != in.Label || f.Sinks != in.Sinks || f.Needs.Len() != 1 || !f.Needs.Has(kernel.Capability(QueryAPI)) {
		t.Errorf("frozen: %+v", f)
	}
	w.Complete(a, ev.Invocation)
	w.Use(a, SendEmail)
}

func TestCallMayNotDeclareMoreThanItsTool(t *testing.T) {
	w := NewWorld(t, Universe())
	a := w.Child(kernel.Root, 0, SendEmail)
	for name, change := range map[string]func(*kernel.InvokeStart){
		"level":     func(in *kernel.InvokeStart) { in.Label.Level = kernel.Internal },
		"integrity": func(in *kernel.InvokeStart) { in.Label.Integrity = kernel.Untrusted },
		"sink":      func(in *kernel.InvokeStart) { in.Sinks |= kernel.SinksOf(kernel.IPC) },
		"other":     func(in *kernel.InvokeStart) { in.Sinks = kernel.SinksOf(kernel.IPC) },
		"none":      func(in *kernel.InvokeStart) { in.Sinks = 0 },
	} {
		in := w.Call(a, SendEmail)
		change(&in)
		t.Log(name)
		w.Refused("undeclared", Bind(w.Theory, w.State, in))
	}
	w.Use(a, SendEmail)
}

func TestStoreRemembersTheMostThatWasLetIn(t *testing.T) {
	spec := UniverseSpec()
	toolOf(&spec, Remember).Label = exposure(kernel.Public, kernel.Observed) // it leaves something of its own
	w := NewWorld(t, MustTheory(spec))
	internal := w.Child(kernel.Root, 0, ReadFile, Remember)
	clean := w.Child(kernel.Root, 0, Remember)
	expect := func(want kernel.Exposure) {
		t.Helper()
		if got := w.State.Held(Notes); got != want {
			t.Errorf("the store holds %s, want %s", got, want)
		}
	}
	expect(kernel.Clean())
	w.Start(clean, Remember)
	expect(exposure(kernel.Public, kernel.Observed))
	w.Use(internal, ReadFile)
	w.Use(internal, Remember)
	expect(exposure(kernel.Internal, kernel.Observed))
	w.Start(clean, Remember)
	expect(exposure(kernel.Internal, kernel.Observed))
}

func TestRootStartsNothing(t *testing.T) {
	w := NewWorld(t, Universe())
	w.Refused("root", w.Call(kernel.Root, Summarize))
	w.Refused("root", kernel.GrantOverride{Agent: kernel.Root, Tool: Summarize, Arguments: Arguments, Upto: kernel.Clean()})
	w.Refused("root", kernel.FollowUp{Child: kernel.Root})
	w.Refused("root", kernel.Revoke{Parent: kernel.Root, Child: kernel.Root})
	w.Refused("root", kernel.CascadeRevoke{Child: kernel.Root})
	w.Use(w.Child(kernel.Root, 0, Summarize), Summarize)
}
