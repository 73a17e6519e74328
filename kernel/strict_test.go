package kernel_test

import (
	"testing"

	"argus/kernel"
	. "argus/kernel/kerneltest"
	"argus/kernel/ordered"
)

// zeroInputs is one input of each kind with nothing filled in.
func zeroInputs() []kernel.Input {
	return []kernel.Input{
		kernel.RegisterTool{}, kernel.Delegate{}, kernel.Revoke{}, kernel.CascadeRevoke{}, kernel.InvokeStart{},
		kernel.InvokeComplete{}, kernel.ReturnEndorsed{}, kernel.ReturnUnendorsed{}, kernel.EgressCheck{},
		kernel.GrantCapability{}, kernel.Elevate{}, kernel.FollowUp{}, kernel.GrantOverride{},
	}
}

func TestZeroInputsAreRefused(t *testing.T) {
	w := NewWorld(t, Universe())
	a := w.Child(kernel.Root, 10, ReadDB, SendEmail)
	w.Start(w.Child(a, 10, ReadDB), ReadDB)
	for _, state := range []kernel.State{{}, kernel.Genesis(0), w.State} {
		for _, theory := range []kernel.Theory{{}, w.Theory} {
			for _, in := range zeroInputs() {
				if _, refused := kernel.Step(theory, state, in).(kernel.Refused); !refused {
					t.Errorf("%T was accepted", in)
				}
			}
		}
	}
}

func TestZeroValuesAreTheStrictest(t *testing.T) {
	if (kernel.Exposure{}) != exposure(kernel.Restricted, kernel.Untrusted) {
		t.Error("the zero exposure is not the top")
	}
	for l := range kernel.Levels() {
		for i := range kernel.Integrities() {
			x := exposure(l, i)
			if !x.Leq(kernel.Exposure{}) || !kernel.Clean().Leq(x) {
				t.Errorf("%s is not between clean and zero", x)
			}
			for e := range kernel.AllSinks() {
				if m := (kernel.Policy{}).Mode(x, e); m != kernel.Deny {
					t.Errorf("the zero policy says %s", m)
				}
			}
		}
	}
	var none kernel.Theory
	s := kernel.Genesis(10)
	for _, in := range []kernel.Input{
		kernel.RegisterTool{Tool: ReadDB},
		kernel.Delegate{By: kernel.Root, Caps: ordered.SetOf[kernel.Capability]("x")},
		Egress(none, s, kernel.Root, kernel.LLMProvider, true),
	} {
		if _, refused := kernel.Step(none, s, in).(kernel.Refused); !refused {
			t.Errorf("the zero theory lets %T pass", in)
		}
	}
}

func TestJoinIsALeastUpperBound(t *testing.T) {
	var all []kernel.Exposure
	for l := range kernel.Levels() {
		for i := range kernel.Integrities() {
			all = append(all, exposure(l, i))
		}
	}
	for _, x := range all {
		for _, y := range all {
			j := x.Join(y)
			if !x.Leq(j) || !y.Leq(j) || j != y.Join(x) || x.Leq(y) != (j == y) {
				t.Errorf("%s join %s = %s", x, y, j)
			}
			for _, z := range all {
				if x.Leq(z) && y.Leq(z) && !j.Leq(z) {
					t.Errorf("%s join %s is not least: %s", x, y, z)
				}
			}
		}
	}
}

// TestValuesOutsideTheirCatalogueAreRefused puts each odd value into an input that is accepted without it.
func TestValuesOutsideTheirCatalogueAreRefused(t *testing.T) {
	w := NewWorld(t, Universe())
	p := w.Child(kernel.Root, 10, ReadDB, SendEmail, SearchWeb)
	a := w.Child(p, 10, ReadDB, SendEmail, SearchWeb)
	i := w.Start(p, SearchWeb)
	clean := kernel.Clean()
	try := func(name string, odd bool, in kernel.Input) {
		t.Helper()
		out, refused := kernel.Step(w.Theory, w.State, in).(kernel.Refused)
		if refused != odd || refused && out.Rule() != "catalogue" {
			t.Errorf("%s: odd %t, outcome %#v", name, odd, kernel.Step(w.Theory, w.State, in))
		}
	}
	for v := range 256 {
		x := kernel.Exposure{Level: kernel.Level(v), Integrity: kernel.Proven}
		y := kernel.Exposure{Level: kernel.Public, Integrity: kernel.Integrity(v)}
		if v >= 3 { // the levels and integrities below would be refused for what they are
			try("elevate level", v > 3, kernel.Elevate{Agent: a, Label: x})
			try("raised level", v > 3, kernel.InvokeComplete{Agent: p, Invocation: i, Raised: kernel.Raise{Given: true, Label: x}})
			try("override level", v > 3, kernel.GrantOverride{Agent: a, Tool: SendEmail, Arguments: Arguments, Upto: x})
			try("start label", v > 3, narrowed(w, a, x))
		}
		try("elevate integrity", v > 3, kernel.Elevate{Agent: a, Label: y})
		try("raised integrity", v > 3, kernel.InvokeComplete{Agent: p, Invocation: i, Raised: kernel.Raise{Given: true, Label: y}})
		try("override integrity", v > 3, kernel.GrantOverride{Agent: a, Tool: SendEmail, Arguments: Arguments, Upto: y})
		try("outcome", v > 2, kernel.InvokeComplete{Agent: p, Invocation: i, Outcome: kernel.Ending(v)})
		if v == 0 || v > 8 {
			try("egress sink", v > 8, Egress(w.Theory, w.State, a, kernel.Sink(v), true))
		}
		read := w.Call(a, SendEmail)
		read.Verdicts.Binding.Reading.Read = kernel.Attributes(v)
		try("read attributes", v > 31, read)
		egress := Egress(w.Theory, w.State, a, kernel.NetworkExternal, true)
		egress.Verdicts.Binding.Reading.Read = kernel.Attributes(v)
		try("egress attributes", v > 31, egress)
	}
	for bit := range 16 {
		in := w.Call(a, SendEmail)
		in.Sinks |= 1 << bit
		if bit == 0 || bit > 8 {
			try("start sinks", bit > 8, Bind(w.Theory, w.State, in))
		}
	}
	// A raise that was not given is not looked at.
	try("raise not given", false, kernel.InvokeComplete{Agent: p, Invocation: i, Raised: kernel.Raise{Label: kernel.Exposure{Level: 99}}})
	try("clean elevation", false, kernel.Elevate{Agent: a, Label: clean})
}

func narrowed(w *World, a kernel.AgentID, x kernel.Exposure) kernel.InvokeStart {
	in := w.Call(a, SendEmail)
	in.Label = x
	return Bind(w.Theory, w.State, in)
}

func TestCountersStopBeforeTheyWrap(t *testing.T) {
	const top = 1<<64 - 1
	w := NewWorld(t, Universe())
	a := w.Child(kernel.Root, 0, ReadFile)
	w.State.Next = top - 1
	if i := w.Start(a, ReadFile); i != top-1 {
		t.Errorf("minted %d", i)
	}
	w.Refused("exhausted", w.Call(a, ReadFile))

	root, _ := w.State.Agents.Get(kernel.Root)
	root.Born = top - 1
	w.State.Agents = w.State.Agents.Set(kernel.Root, root)
	if c := w.Child(kernel.Root, 0); c != "root.18446744073709551615" {
		t.Errorf("minted %s", c)
	}
	w.Refused("exhausted", kernel.Delegate{By: kernel.Root})
}

func TestBitsNeitherWrapNorMultiply(t *testing.T) {
	const top = 1<<64 - 1
	s := kernel.Genesis(top)
	step := func(in kernel.Input) string {
		switch out := kernel.Step(Universe(), s, in).(type) {
		case kernel.Accepted:
			s = out.State
			return ""
		case kernel.Refused:
			return out.Rule()
		}
		return "neither"
	}
	if got := step(kernel.Delegate{By: kernel.Root, Bits: top}); got != "" {
		t.Fatalf("all of them: %s", got)
	}
	if got := step(kernel.Delegate{By: kernel.Root, Bits: 1}); got != "bits" {
		t.Errorf("one more: %q", got)
	}
	if got := step(kernel.Delegate{By: kernel.Root, Bits: 0}); got != "" {
		t.Errorf("none: %q", got)
	}
	a, _ := s.Agents.Get("root.1")
	root, _ := s.Agents.Get(kernel.Root)
	if a.Bits != top || root.Bits != 0 {
		t.Errorf("child has %d, root %d", a.Bits, root.Bits)
	}
}

func TestRevokedAgentsLeaveNothingBehind(t *testing.T) {
	w := NewWorld(t, Universe())
	for n := range 50 {
		a := w.Child(kernel.Root, 1, ReadDB)
		w.Must(kernel.GrantOverride{Agent: a, Tool: SendEmail, Arguments: Arguments, Upto: kernel.Clean()})
		i := w.Start(a, ReadDB)
		w.Must(kernel.Revoke{Parent: kernel.Root, Child: a})
		w.Complete(a, i)
		if w.State.Agents.Len() != 1 || w.State.Settling.Len() != 0 || w.State.Stores.Len() != 0 {
			t.Fatalf("after %d agents: %s", n, Dump(w.State))
		}
	}
}
