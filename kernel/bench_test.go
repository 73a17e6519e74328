package kernel_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"argus/kernel"
	. "argus/kernel/kerneltest"
)

// crowd is a state of n agents, ten below each parent at most three deep, with the tools of the universe registered.
func crowd(b testing.TB, t kernel.Theory, n uint64) (kernel.State, []kernel.AgentID) {
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
	return s, agents
}

func must(b testing.TB, t kernel.Theory, s kernel.State, in kernel.Input) kernel.State {
	b.Helper()
	out, ok := kernel.Step(t, s, in).(kernel.Accepted)
	if !ok {
		b.Fatalf("%#v was refused", in)
	}
	return out.State
}

// sampled is how many agents of a crowd act in turn, where each is as likely as another.
const sampled = 1024

// setup makes a state and the inputs that agents of it put to it in turn.
type setup func(b testing.TB, t kernel.Theory, s kernel.State, agents []kernel.AgentID) (kernel.State, []kernel.Input)

// steps are the transitions that are measured.
var steps = []struct {
	name string
	make setup
}{
	{"start", starts(Summarize)},
	{"start with sink", starts(SearchWeb)},
	{"start of a writer", starts(Remember)},
	{"complete", func(b testing.TB, t kernel.Theory, s kernel.State, agents []kernel.AgentID) (kernel.State, []kernel.Input) {
		var ins []kernel.Input
		for _, a := range agents {
			ins = append(ins, kernel.InvokeComplete{Agent: a, Invocation: s.Next, Outcome: kernel.Success})
			s = must(b, t, s, Call(t, s, a, Summarize, false))
		}
		return s, ins
	}},
	{"refused", func(b testing.TB, t kernel.Theory, s kernel.State, agents []kernel.AgentID) (kernel.State, []kernel.Input) {
		for _, a := range agents {
			s = must(b, t, s, kernel.Elevate{Agent: a, Label: kernel.Exposure{}})
		}
		return starts(SearchWeb)(b, t, s, agents)
	}},
	{"delegate", each(func(t kernel.Theory, s kernel.State, a kernel.AgentID) kernel.Input { return kernel.Delegate{By: a} })},
	{"egress", each(func(t kernel.Theory, s kernel.State, a kernel.AgentID) kernel.Input {
		return Egress(t, s, a, kernel.NetworkExternal, false)
	})},
	{"return", withChildren(func(child, parent kernel.AgentID) kernel.Input {
		return kernel.ReturnEndorsed{Child: child, Parent: parent, Bits: 1}
	})},
	{"revoke", withChildren(func(child, parent kernel.AgentID) kernel.Input {
		return kernel.Revoke{Parent: parent, Child: child}
	})},
}

func starts(tool kernel.ToolID) setup {
	return each(func(t kernel.Theory, s kernel.State, a kernel.AgentID) kernel.Input {
		return Call(t, s, a, tool, false)
	})
}

func each(in func(kernel.Theory, kernel.State, kernel.AgentID) kernel.Input) setup {
	return func(_ testing.TB, t kernel.Theory, s kernel.State, agents []kernel.AgentID) (kernel.State, []kernel.Input) {
		var ins []kernel.Input
		for _, a := range agents {
			ins = append(ins, in(t, s, a))
		}
		return s, ins
	}
}

// withChildren gives every agent a child of its own first.
func withChildren(in func(child, parent kernel.AgentID) kernel.Input) setup {
	return func(_ testing.TB, t kernel.Theory, s kernel.State, agents []kernel.AgentID) (kernel.State, []kernel.Input) {
		var ins []kernel.Input
		for _, a := range agents {
			out := kernel.Step(t, s, kernel.Delegate{By: a}).(kernel.Accepted)
			s = out.State
			ins = append(ins, in(out.Event.(kernel.Delegated).Child, a))
		}
		return s, ins
	}
}

// chosen are the agents that act: one in the middle of the crowd, or many of them, each as likely as another.
func chosen(how string, agents []kernel.AgentID) []kernel.AgentID {
	if how == "hot" {
		return agents[len(agents)/2 : len(agents)/2+1]
	}
	r := rand.New(rand.NewPCG(1, 2))
	picked := make([]kernel.AgentID, 0, sampled)
	for _, i := range r.Perm(len(agents)) {
		if len(picked) < sampled {
			picked = append(picked, agents[i])
		}
	}
	return picked
}

func BenchmarkStep(b *testing.B) {
	t := Universe()
	for _, n := range []uint64{10, 1_000, 100_000} {
		crowded, agents := crowd(b, t, n)
		for _, how := range []string{"hot", "uniform"} {
			for _, step := range steps {
				s, ins := step.make(b, t, crowded, chosen(how, agents))
				b.Run(fmt.Sprintf("%s/%s/agents=%d", step.name, how, n), func(b *testing.B) {
					b.ReportAllocs()
					for i := 0; b.Loop(); i++ {
						kernel.Step(t, s, ins[i%len(ins)])
					}
				})
			}
		}
	}
}

// mostAllocations is the bar that the benchmark's table is held to, so that it cannot creep.
const mostAllocations = 20

func TestStepStaysWithinItsAllocations(t *testing.T) {
	th := Universe()
	crowded, agents := crowd(t, th, 100_000)
	for _, step := range steps {
		s, ins := step.make(t, th, crowded, chosen("uniform", agents))
		i := 0
		if got := testing.AllocsPerRun(len(ins), func() { kernel.Step(th, s, ins[i%len(ins)]); i++ }); got > mostAllocations {
			t.Errorf("%s: %v allocations among 100000 agents", step.name, got)
		}
	}
}
