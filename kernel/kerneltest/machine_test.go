package kerneltest

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"argus/kernel"
)

// machine runs the kernel and the model side by side, through changing theories.
type machine struct {
	spec  kernel.TheorySpec
	t     kernel.Theory
	s     kernel.State
	model *Model
	ghost *Ghost
	dump  string // of s
	tally tally
}

// rounds is how often the test lets rapid check its usual number of runs.
const rounds = 10

// tally counts verdicts, so that a test can tell a run that refuses everything from one that tests something.
type tally map[string]int

func newMachine(t *rapid.T, counts tally) *machine {
	bits := choose(t, "root bits", []uint64{1000, 10, 0, 1<<64 - 1})
	m := &machine{spec: Theories().Draw(t, "theory"), s: kernel.Genesis(bits), model: NewModel(bits), ghost: NewGhost(bits), tally: counts}
	m.t = MustTheory(m.spec)
	// Some runs start where the counters are nearly used up.
	if oneIn(t, 10, "late") {
		const born = 1<<64 - 3
		m.s = late(bits, born)
		m.model.agents["root"].born, m.model.next = born, born
	}
	m.dump = Dump(m.s)
	for _, tool := range m.spec.Tools {
		if !oneIn(t, 6, "unregistered") {
			m.step(t, kernel.RegisterTool{Tool: tool.ID})
		}
	}
	// A tree to begin with: on root alone almost everything is refused.
	for range mixed(t, "agents") % 8 {
		m.step(t, drawerFor(t, m.spec, m.t, m.s).delegate())
	}
	return m
}

// step puts one input through both, and compares verdict and whole state.
func (m *machine) step(t *rapid.T, in kernel.Input) {
	want := m.model.Step(m.spec, in)
	var got Verdict
	before := m.dump
	switch out := kernel.Step(m.t, m.s, in).(type) {
	case kernel.Refused:
		got = no(out.Rule())
	case kernel.Accepted:
		got = said(out.Event)
		broken := append(m.ghost.Follow(m.t, m.s, in, out), Invariants(m.t, out.State)...)
		if len(broken) > 0 {
			t.Fatalf("%#v\nbroke %v\nbefore:\n%s\nafter:\n%s", in, broken, before, Dump(out.State))
		}
		if Dump(m.s) != before {
			t.Fatalf("%#v changed the state it was given", in)
		}
		m.s, m.dump = out.State, Dump(out.State)
	}
	if got != want {
		t.Fatalf("%#v\nkernel %+v\nmodel  %+v\nbefore:\n%s", in, got, want, before)
	}
	if b := m.model.Dump(); m.dump != b {
		t.Fatalf("%#v\nbefore:\n%s\nkernel:\n%s\nmodel:\n%s", in, before, m.dump, b)
	}
	m.tally[fmt.Sprintf("%T %s", in, got.Rule)]++
}

// said is what an event tells, in the model's words.
func said(ev kernel.Event) Verdict {
	switch ev := ev.(type) {
	case kernel.Delegated:
		return Verdict{Child: ev.Child}
	case kernel.Started:
		return Verdict{Invocation: ev.Invocation}
	case kernel.Completed:
		return Verdict{
			Spent: ev.Spent, Declassified: ev.Declassified, Endorsed: ev.Endorsed, Raised: ev.Raised,
			Released: ev.Released, Settled: ev.Settled,
		}
	case kernel.Returned:
		return Verdict{Spent: ev.Spent, Declassified: ev.Declassified, Endorsed: ev.Endorsed}
	}
	return Verdict{}
}

// theory lets another theory take over, if it is admissible.
func (m *machine) theory(t *rapid.T) {
	spec := Theories().Draw(t, "next theory")
	next := MustTheory(spec)
	if len(kernel.Admissible(m.s, next)) > 0 {
		m.tally["theory refused"]++
		return
	}
	m.spec, m.t = spec, next
	m.tally["theory taken"]++
}

func TestKernelAgreesWithTheNaiveModelAndKeepsTheInvariants(t *testing.T) {
	counts := tally{}
	run := func(t *rapid.T) {
		m := newMachine(t, counts)
		for range 1 + mixed(t, "steps")%100 {
			if oneIn(t, 25, "change theory") {
				m.theory(t)
			}
			m.step(t, DrawInput(t, m.spec, m.t, m.s))
		}
	}
	for range rounds {
		rapid.Check(t, run)
	}
	for _, must := range []string{
		"kernel.RegisterTool ", "kernel.Delegate ", "kernel.Revoke ", "kernel.CascadeRevoke ", "kernel.InvokeStart ",
		"kernel.InvokeComplete ", "kernel.ReturnEndorsed ", "kernel.ReturnUnendorsed ", "kernel.EgressCheck ",
		"kernel.GrantCapability ", "kernel.Elevate ", "kernel.FollowUp ", "kernel.GrantOverride ",
		"kernel.InvokeStart 2a", "kernel.InvokeStart 2b", "kernel.InvokeStart 2c", "kernel.InvokeStart C1",
		"kernel.InvokeStart C3", "kernel.InvokeStart stale", "theory taken", "theory refused",
	} {
		if counts[must] == 0 {
			t.Errorf("no run came to %q: the generators have become too tame", must)
		}
	}
	if testing.Verbose() {
		t.Log(counts)
	}
}
