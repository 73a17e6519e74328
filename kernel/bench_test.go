package kernel_test

import (
	"fmt"
	"testing"

	"argus/kernel"
	. "argus/kernel/kerneltest"
)

// crowd is a state of n agents, ten below each parent at most three deep, and one in the middle that acts.
func crowd(b testing.TB, t kernel.Theory, n uint64) (kernel.State, kernel.AgentID) {
	b.Helper()
	s := kernel.Genesis(1 << 40)
	for id := range t.Tools().All() {
		s = must(b, t, s, kernel.RegisterTool{Tool: id})
	}
	parent := kernel.Root
	var agents []kernel.AgentID
	for i := range n {
		if i%10 == 1 {
			parent = agents[i-1]
		}
		if i%10 == 0 {
			parent = kernel.Root
		}
		out := kernel.Step(t, s, kernel.Delegate{By: parent, Caps: CapsOf(ReadFile, SearchWeb, Summarize, Remember)}).(kernel.Accepted)
		s = out.State
		agents = append(agents, out.Event.(kernel.Delegated).Child)
	}
	return s, agents[n/2]
}

func must(b testing.TB, t kernel.Theory, s kernel.State, in kernel.Input) kernel.State {
	b.Helper()
	out, ok := kernel.Step(t, s, in).(kernel.Accepted)
	if !ok {
		b.Fatalf("%#v was refused", in)
	}
	return out.State
}

func BenchmarkStep(b *testing.B) {
	t := Universe()
	for _, n := range []uint64{10, 1_000, 100_000} {
		s, a := crowd(b, t, n)
		open := must(b, t, s, Call(t, s, a, Summarize, false))
		tainted := must(b, t, s, kernel.Elevate{Agent: a, Label: kernel.Exposure{}})
		for _, c := range []struct {
			name string
			s    kernel.State
			in   kernel.Input
		}{
			{"start", s, Call(t, s, a, Summarize, false)},
			{"start with sink", s, Call(t, s, a, SearchWeb, false)},
			{"start of a writer", s, Call(t, s, a, Remember, false)},
			{"complete", open, kernel.InvokeComplete{Agent: a, Invocation: 0}},
			{"refused", tainted, Call(t, tainted, a, SearchWeb, false)},
			{"delegate", s, kernel.Delegate{By: a}},
			{"egress", s, Egress(t, s, a, kernel.NetworkExternal, false)},
		} {
			b.Run(fmt.Sprintf("%s/agents=%d", c.name, n), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					kernel.Step(t, c.s, c.in)
				}
			})
		}
	}
}

// TestStepStaysWithinItsAllocations holds what the benchmark shows to a bar, so that it cannot creep.
func TestStepStaysWithinItsAllocations(t *testing.T) {
	th := Universe()
	s, a := crowd(t, th, 100_000)
	start := Call(th, s, a, SearchWeb, false)
	open := must(t, th, s, start)
	for name, step := range map[string]func(){
		"start":    func() { kernel.Step(th, s, start) },
		"complete": func() { kernel.Step(th, open, kernel.InvokeComplete{Agent: a, Invocation: 0}) },
	} {
		if got := testing.AllocsPerRun(100, step); got > 25 {
			t.Errorf("%s: %v allocations among 100000 agents", name, got)
		}
	}
}
