package kernel_test

import (
	"testing"

	"argus/kernel"
	. "argus/kernel/kerneltest"
)

// Two things may each go to a sink and yet not together. The account may be changed by what is public, however
// untrusted, and by what is internal, if it is verified; not by what is internal and untrusted. So whatever comes in is
// judged with all that is still in flight, not only with what has arrived.

// Tools beside those of the universe: Peek is a ReadPage that sends nothing out, so that no sink of its own closes.
const (
	Account kernel.ToolID = "change-account"
	Peek    kernel.ToolID = "peek"
)

// together is an agent with a change of the account and a call of another tool in flight, and a child of it.
func together(t *testing.T, inFlight kernel.ToolID) (w *World, p, c kernel.AgentID) {
	spec := UniverseSpec()
	spec.Catalogue = append(spec.Catalogue, kernel.Capability(Account), kernel.Capability(Peek))
	spec.Tools = append(spec.Tools, kernel.ToolSpec{
		ID: Account, Label: exposure(kernel.Public, kernel.Verified), Sinks: kernel.SinksOf(kernel.AccountChange),
		Needs: []kernel.Capability{kernel.Capability(Account)}, Issuer: Registry,
	}, kernel.ToolSpec{
		ID: Peek, Label: exposure(kernel.Public, kernel.Untrusted),
		Needs: []kernel.Capability{kernel.Capability(Peek)}, Issuer: Registry,
	})
	for i := range kernel.Integrities() {
		spec.Policy = append(spec.Policy, kernel.Row{Level: kernel.Public, Integrity: i, Sink: kernel.AccountChange, Mode: kernel.Allow})
		if i >= kernel.Verified {
			spec.Policy = append(spec.Policy, kernel.Row{Level: kernel.Internal, Integrity: i, Sink: kernel.AccountChange, Mode: kernel.Allow})
		}
	}
	w = NewWorld(t, MustTheory(spec))
	g := w.Child(kernel.Root, 100, Account, Peek, ReadFile, Summarize)
	p = w.Child(g, 50, Account, Peek, ReadFile, Summarize)
	c = w.Child(p, 20, Peek, ReadFile)
	w.Start(p, Account)
	w.Start(p, inFlight)
	return w, p, c
}

func TestWhatComesInIsJudgedWithWhatIsInFlight(t *testing.T) {
	internal := exposure(kernel.Internal, kernel.Verified)
	untrusted := exposure(kernel.Public, kernel.Untrusted)
	for name, c := range map[string]struct {
		alone, with kernel.ToolID // in flight beside the change: harmless, and not
		ask         func(w *World, p, child kernel.AgentID) kernel.Input
	}{
		"elevation": {Summarize, Peek, func(w *World, p, _ kernel.AgentID) kernel.Input {
			return kernel.Elevate{Agent: p, Label: internal}
		}},
		"follow-up": {Summarize, Peek, func(w *World, p, _ kernel.AgentID) kernel.Input {
			a, _ := w.State.Agents.Get(p)
			w.Must(kernel.Elevate{Agent: a.Parent, Label: internal})
			return kernel.FollowUp{Parent: a.Parent, Child: p}
		}},
		"unendorsed return": {Summarize, Peek, func(w *World, p, child kernel.AgentID) kernel.Input {
			w.Use(child, ReadFile)
			return kernel.ReturnUnendorsed{Child: child, Parent: p}
		}},
		"endorsed return": {Summarize, ReadFile, func(w *World, p, child kernel.AgentID) kernel.Input {
			w.Must(kernel.Elevate{Agent: child, Label: untrusted})
			return kernel.ReturnEndorsed{Child: child, Parent: p, Bits: 1}
		}},
		"start": {Summarize, Peek, func(w *World, p, _ kernel.AgentID) kernel.Input {
			return w.Call(p, ReadFile)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			w, p, child := together(t, c.alone)
			w.Must(c.ask(w, p, child))
			w, p, child = together(t, c.with)
			w.Refused("2b", c.ask(w, p, child))
		})
	}
}

func TestRaisedOutcomeIsJudgedWithWhatIsInFlight(t *testing.T) {
	for inFlight, released := range map[kernel.ToolID]bool{Summarize: true, Peek: false} {
		w, p, _ := together(t, inFlight)
		i := w.Start(p, Summarize)
		ev := w.Must(kernel.InvokeComplete{
			Agent: p, Invocation: i, Raised: kernel.Raise{Given: true, Label: exposure(kernel.Internal, kernel.Verified)},
		}).(kernel.Completed)
		if ev.Released != released || ev.Raised != released {
			t.Errorf("beside %s: %+v", inFlight, ev)
		}
	}
}

func TestRaisedOutcomeIsJudgedWithItsOwnLabel(t *testing.T) {
	w, p, _ := together(t, Peek)
	ev := w.Must(kernel.InvokeComplete{
		Agent: p, Invocation: 1, Raised: kernel.Raise{Given: true, Label: exposure(kernel.Internal, kernel.Verified)},
	}).(kernel.Completed)
	if ev.Released || ev.Exposure != exposure(kernel.Public, kernel.Untrusted) {
		t.Errorf("%+v", ev)
	}
}
