package kerneltest

import (
	"strings"
	"testing"

	"argus/kernel"
)

// A call of a revoked agent that stays open carries what a later theory lets into one store to another whose readers
// declare less. The rule that keeps such a theory waiting is not asked here, to show what it is for.
func TestGhostSeesWhatACallOfARevokedAgentCarries(t *testing.T) {
	for _, c := range []struct {
		name  string
		first []kernel.Input // before the other theory takes over
		want  bool
	}{
		{"open", nil, true},
		{"completed", []kernel.Input{kernel.InvokeComplete{Agent: "root.1", Invocation: 0}}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := &watched{tb: t, s: kernel.Genesis(0), ghost: NewGhost(0), t: MustTheory(carrying(true))}
			for _, id := range []kernel.ToolID{"copy", "secret", "fill", "take"} {
				r.must(kernel.RegisterTool{Tool: id})
			}
			for range 3 {
				r.must(kernel.Delegate{By: kernel.Root, Caps: CapsOf("any")})
			}
			r.must(Call(r.t, r.s, "root.1", "copy", false))
			r.must(kernel.Revoke{Parent: kernel.Root, Child: "root.1"})
			for _, in := range c.first {
				r.must(in)
			}

			next := MustTheory(carrying(false))
			if waits := len(kernel.Admissible(r.s, next)) > 0; waits != c.want {
				t.Errorf("the theory waits: %t", waits)
			}
			r.t = next
			r.use("root.2", "secret")
			r.use("root.2", "fill")
			r.use("root.3", "take")
			if leaked := strings.Contains(strings.Join(r.broken, "\n"), "no laundering: root.3"); leaked != c.want {
				t.Errorf("the secret came through: %t, %q", leaked, r.broken)
			}
		})
	}
}

// carrying has a tool that copies from store s to store t, or a theory after it that lets more into s.
func carrying(copies bool) kernel.TheorySpec {
	at := func(l kernel.Level) kernel.Exposure { return kernel.Exposure{Level: l, Integrity: kernel.Verified} }
	spec := kernel.TheorySpec{
		Digest: "theory-1", OraclePolicy: Policy, Catalogue: []kernel.Capability{"any"}, Issuers: []kernel.Issuer{Registry},
		Tools: []kernel.ToolSpec{
			{ID: "secret", Label: at(kernel.Sensitive), Issuer: Registry},
			{ID: "fill", Label: at(kernel.Public), Sinks: kernel.SinksOf(kernel.NetworkInternal), Writes: []kernel.StoreID{"s"}, Issuer: Registry},
			{ID: "take", Label: at(kernel.Internal), Reads: []kernel.StoreID{"t"}, Issuer: Registry},
		},
	}
	allow := func(l kernel.Level, e kernel.Sink) {
		for _, i := range []kernel.Integrity{kernel.Verified, kernel.Proven} {
			spec.Policy = append(spec.Policy, kernel.Row{Level: l, Integrity: i, Sink: e, Mode: kernel.Allow})
		}
	}
	for _, e := range []kernel.Sink{kernel.IPC, kernel.NetworkInternal} {
		allow(kernel.Public, e)
		allow(kernel.Internal, e)
	}
	if !copies {
		spec.Digest = "theory-2"
		allow(kernel.Sensitive, kernel.NetworkInternal)
		return spec
	}
	spec.Tools = append(spec.Tools, kernel.ToolSpec{
		ID: "copy", Label: at(kernel.Internal), Sinks: kernel.SinksOf(kernel.IPC), Issuer: Registry,
		Reads: []kernel.StoreID{"s"}, Writes: []kernel.StoreID{"t"},
	})
	return spec
}

// watched is a run of which the ghost's findings are kept.
type watched struct {
	tb     testing.TB
	t      kernel.Theory
	s      kernel.State
	ghost  *Ghost
	broken []string
}

func (r *watched) must(in kernel.Input) kernel.Event {
	r.tb.Helper()
	out, ok := kernel.Step(r.t, r.s, in).(kernel.Accepted)
	if !ok {
		r.tb.Fatalf("%#v was refused: %v", in, kernel.Step(r.t, r.s, in))
	}
	r.broken = append(r.broken, r.ghost.Follow(r.t, r.s, in, out)...)
	r.s = out.State
	return out.Event
}

func (r *watched) use(agent kernel.AgentID, tool kernel.ToolID) {
	r.tb.Helper()
	ev := r.must(Call(r.t, r.s, agent, tool, false)).(kernel.Started)
	r.must(kernel.InvokeComplete{Agent: agent, Invocation: ev.Invocation, Outcome: kernel.Success})
}
