package kerneltest

import (
	"testing"

	"argus/kernel"
	"argus/kernel/ordered"
)

// World is a run of the kernel in a test. After every accepted step it checks the safety properties and what the
// ghosts know.
type World struct {
	tb     testing.TB
	Theory kernel.Theory
	State  kernel.State
	ghost  *Ghost
}

// Bits is what root has in a new [World].
const Bits = 1000

// NewWorld starts a run in which every tool of the theory is registered.
func NewWorld(tb testing.TB, t kernel.Theory) *World {
	w := &World{tb: tb, Theory: t, State: kernel.Genesis(Bits), ghost: NewGhost(Bits)}
	for id := range t.Tools().All() {
		w.Must(kernel.RegisterTool{Tool: id})
	}
	return w
}

// Try steps, and checks what holds after an accepted step.
func (w *World) Try(in kernel.Input) kernel.Outcome {
	w.tb.Helper()
	out := kernel.Step(w.Theory, w.State, in)
	if a, ok := out.(kernel.Accepted); ok {
		for _, broken := range append(w.ghost.Follow(w.Theory, w.State, in, a), Invariants(w.Theory, a.State)...) {
			w.tb.Errorf("after %T: %s", in, broken)
		}
		w.State = a.State
	}
	return out
}

// Must steps, and fails the test if the input is refused.
func (w *World) Must(in kernel.Input) kernel.Event {
	w.tb.Helper()
	switch out := w.Try(in).(type) {
	case kernel.Accepted:
		return out.Event
	case kernel.Refused:
		w.tb.Fatalf("%T refused: %s (%#v)", in, out.Rule(), out.Why)
	}
	return nil
}

// Refused steps, and fails the test unless the input is refused by this rule.
func (w *World) Refused(rule string, in kernel.Input) kernel.Refusal {
	w.tb.Helper()
	out, refused := kernel.Step(w.Theory, w.State, in).(kernel.Refused)
	if !refused {
		w.tb.Fatalf("%T accepted, want it refused by %s", in, rule)
	}
	if out.Rule() != rule {
		w.tb.Fatalf("%T refused by %s (%#v), want %s", in, out.Rule(), out.Why, rule)
	}
	return out.Why
}

// Child delegates to a new child that may use these tools.
func (w *World) Child(by kernel.AgentID, bits uint64, tools ...kernel.ToolID) kernel.AgentID {
	w.tb.Helper()
	return w.Must(kernel.Delegate{By: by, Caps: CapsOf(tools...), Bits: bits}).(kernel.Delegated).Child
}

// Start starts a call of the tool with all that it declares. The gate does not vouch.
func (w *World) Start(agent kernel.AgentID, tool kernel.ToolID) kernel.InvocationID {
	w.tb.Helper()
	return w.Must(w.Call(agent, tool)).(kernel.Started).Invocation
}

// Call is the input of [World.Start].
func (w *World) Call(agent kernel.AgentID, tool kernel.ToolID) kernel.InvokeStart {
	return Call(w.Theory, w.State, agent, tool, false)
}

// Complete settles a call with an output that no bound speaks for.
func (w *World) Complete(agent kernel.AgentID, i kernel.InvocationID) kernel.Completed {
	w.tb.Helper()
	return w.Must(kernel.InvokeComplete{Agent: agent, Invocation: i, Outcome: kernel.Success}).(kernel.Completed)
}

// Use starts a call and completes it.
func (w *World) Use(agent kernel.AgentID, tool kernel.ToolID) kernel.Completed {
	w.tb.Helper()
	return w.Complete(agent, w.Start(agent, tool))
}

// Exposure is the exposure of an active agent.
func (w *World) Exposure(agent kernel.AgentID) kernel.Exposure {
	w.tb.Helper()
	a, ok := w.State.Agents.Get(agent)
	if !ok {
		w.tb.Fatalf("%s is not active", agent)
	}
	return a.Exposure
}

// CapsOf are the capabilities that these tools of the universe require.
func CapsOf(tools ...kernel.ToolID) ordered.Set[kernel.Capability] {
	var caps ordered.Set[kernel.Capability]
	for _, id := range tools {
		caps = caps.Add(kernel.Capability(id))
	}
	return caps
}
