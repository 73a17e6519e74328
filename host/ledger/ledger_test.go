package ledger

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"argus/host/fault"
	"argus/host/journal"
	"argus/kernel"
	"argus/kernel/kerneltest"
	"argus/kernel/ordered"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var ctx = context.Background()

type cleanup interface {
	Fatal(...any)
	Helper()
}

func open(t cleanup, dir string, found func(*journal.Recovery), observe func(Record) error) (*Ledger, *journal.Journal) {
	t.Helper()
	j, recovery, err := journal.Open(filepath.Join(dir, "journal"), journal.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if found != nil {
		found(&recovery)
	}
	l, err := Open(j, recovery, Options{TheoryFolder: filepath.Join(dir, "theories"), Bits: 1000, Observe: observe})
	if err != nil {
		t.Fatal(err, j.Close())
	}
	return l, j
}

func shut(t cleanup, l *Ledger) {
	t.Helper()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
}

func apply(t cleanup, l *Ledger, in kernel.Input) kernel.Event {
	t.Helper()
	a, err := l.Apply(ctx, in, Note{})
	if err != nil {
		t.Fatal(err)
	}
	if a.Refusal != nil {
		t.Fatal("refused: ", a.Refusal)
	}
	return a.Event
}

// world opens a ledger with the universe of the stories in force and one agent that holds everything.
func world(t cleanup, dir string) (*Ledger, *journal.Journal, kernel.AgentID) {
	t.Helper()
	l, j := open(t, dir, nil, nil)
	return l, j, populate(t, l)
}

func populate(t cleanup, l *Ledger) kernel.AgentID {
	t.Helper()
	theory, err := l.Adopt(ctx, kerneltest.UniverseSpec())
	if err != nil {
		t.Fatal(err)
	}
	for id := range theory.Tools().All() {
		apply(t, l, kernel.RegisterTool{Tool: id})
	}
	return apply(t, l, kernel.Delegate{By: kernel.Root, Caps: theory.Catalogue(), Bits: 100}).(kernel.Delegated).Child
}

func start(t cleanup, l *Ledger, agent kernel.AgentID, tool kernel.ToolID) kernel.InvocationID {
	t.Helper()
	s := l.Current()
	return apply(t, l, kerneltest.Call(s.Theory, s.State, agent, tool, false)).(kernel.Started).Invocation
}

func exposure(t cleanup, l *Ledger, agent kernel.AgentID) kernel.Exposure {
	t.Helper()
	s := l.Current()
	v, ok := s.State.View(s.Theory, agent)
	if !ok {
		t.Fatal("no such agent")
	}
	return v.Exposure
}

// TestReplayReproducesTheState runs random inputs, reopens, and compares everything the kernel remembers.
func TestReplayReproducesTheState(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		dir, err := os.MkdirTemp(t.TempDir(), "world")
		if err != nil {
			rt.Fatal(err)
		}
		l, _, _ := world(rt, dir)
		spec := kerneltest.UniverseSpec()
		for range 60 {
			s := l.Current()
			spec.Digest = s.Theory.Digest()
			if _, err := l.Apply(ctx, kerneltest.DrawInput(rt, spec, s.Theory, s.State), Note{Principal: "p"}); err != nil {
				rt.Fatal(err)
			}
		}
		for _, in := range openCalls(l.Current().State) {
			apply(rt, l, in)
		}
		want, sequence := kerneltest.Dump(l.Current().State), l.Current().Sequence
		shut(rt, l)
		seen := uint64(0)
		again, _ := open(rt, dir, nil, func(r Record) error { seen = r.Sequence; return nil })
		defer shut(rt, again)
		if got := kerneltest.Dump(again.Current().State); got != want {
			rt.Fatalf("replay came to\n%s\nwanted\n%s", got, want)
		}
		if seen != sequence || again.Current().Sequence != sequence {
			rt.Fatalf("replayed to %d, told %d, wanted %d", again.Current().Sequence, seen, sequence)
		}
	})
}

func TestCallLeftOpenByACrashTaints(t *testing.T) {
	dir := t.TempDir()
	l, _, agent := world(t, dir)
	start(t, l, agent, kerneltest.ReadDB)
	shut(t, l) // nobody completed it
	l, _ = open(t, dir, nil, nil)
	defer shut(t, l)
	if got := exposure(t, l, agent); got.Level != kernel.Sensitive {
		t.Errorf("after the restart the agent has met %s", got)
	}
	s := l.Current()
	if v, _ := s.State.View(s.Theory, agent); v.Flights.Len() != 0 {
		t.Error("the call is still open")
	}
	a, err := l.Apply(ctx, kerneltest.Call(s.Theory, s.State, agent, kerneltest.SendEmail, false), Note{})
	if err != nil || a.Refusal == nil {
		t.Errorf("the post after the restart: %+v, %v", a.Event, err)
	}
}

func TestUncleanBootOfTheMachineTaintsEveryAgent(t *testing.T) {
	for name, want := range map[string]kernel.Exposure{
		"rebooted": {Level: kernel.Sensitive, Integrity: kernel.Untrusted},
		"killed":   kernel.Clean(),
	} {
		dir := t.TempDir()
		l, _, agent := world(t, dir)
		shut(t, l)
		l, _ = open(t, dir, func(r *journal.Recovery) { r.Clean, r.Rebooted = false, name == "rebooted" }, nil)
		if got := exposure(t, l, agent); got != want {
			t.Errorf("%s: the agent has met %s, want %s", name, got, want)
		}
		shut(t, l)
	}
}

func TestStartWithSinksIsDurableWhenAnswered(t *testing.T) {
	l, j, agent := world(t, t.TempDir())
	defer shut(t, l)
	start(t, l, agent, kerneltest.SendEmail)
	if j.Durable() < l.Current().Sequence {
		t.Errorf("answered at record %d, durable to %d", l.Current().Sequence, j.Durable())
	}
}

// TestStartUnderAKeyIsDurableWhenAnswered, also without sinks: a key that was lost could be used again.
func TestStartUnderAKeyIsDurableWhenAnswered(t *testing.T) {
	l, j, agent := world(t, t.TempDir())
	defer shut(t, l)
	s := l.Current()
	in := kerneltest.Call(s.Theory, s.State, agent, kerneltest.ReadFile, false)
	note := Note{Request: Request{AskedBy: "a", Key: "k", Content: "sha256:1"}}
	if a, err := l.Apply(ctx, in, note); err != nil || a.Event.(kernel.Started).Call.Sinks != 0 || j.Durable() < a.Sequence {
		t.Errorf("answered at record %d, durable to %d, %v", a.Sequence, j.Durable(), err)
	}
}

// TestStepThatMustBeDurableIsWhenAnswered has the other classes of protocol.md: what raises a label, what spends bits, and every step but
// a start and an ordinary outcome. An answer comes long before the journal's own delay would have made it durable.
func TestStepThatMustBeDurableIsWhenAnswered(t *testing.T) {
	l, j, agent := world(t, t.TempDir())
	defer shut(t, l)
	durable := func(what string, in kernel.Input) kernel.Event {
		t.Helper()
		e := apply(t, l, in)
		if j.Durable() < l.Current().Sequence {
			t.Errorf("%s: answered at record %d, durable to %d", what, l.Current().Sequence, j.Durable())
		}
		return e
	}
	theory := l.Current().Theory
	child := durable("birth", kernel.Delegate{By: agent, Caps: theory.Catalogue(), Bits: 50}).(kernel.Delegated).Child
	id := start(t, l, child, kerneltest.Summarize)
	spent := durable("spent bits", kernel.InvokeComplete{Agent: child, Invocation: id, Outcome: kernel.Success, Conforms: true, Bits: 2})
	if spent.(kernel.Completed).Spent != 2 {
		t.Fatalf("no bits were spent: %+v", spent)
	}
	id = start(t, l, child, kerneltest.ReadFile)
	raised := durable("raised label", kernel.InvokeComplete{Agent: child, Invocation: id, Outcome: kernel.Success,
		Raised: kernel.Raise{Given: true, Label: kernel.Exposure{Level: kernel.Sensitive, Integrity: kernel.Verified}}})
	if !raised.(kernel.Completed).Raised {
		t.Fatalf("nothing was raised: %+v", raised)
	}
	durable("return", kernel.ReturnUnendorsed{Child: child, Parent: agent})
	durable("elevation", kernel.Elevate{Agent: agent, Label: kernel.Exposure{Level: kernel.Restricted, Integrity: kernel.Verified}})
	durable("revocation", kernel.Revoke{Parent: agent, Child: child})
	if err := l.Record(ctx, Fact{Kind: "test", Body: []byte("{}")}); err != nil || j.Durable() < l.Current().Sequence {
		t.Errorf("a fact: durable to %d, %v", j.Durable(), err)
	}
}

func TestLedgerThatCannotWriteAllowsNothing(t *testing.T) {
	l, j, agent := world(t, t.TempDir())
	s := l.Current()
	call := kerneltest.Call(s.Theory, s.State, agent, kerneltest.Summarize, false)
	if a, err := l.Apply(ctx, call, Note{}); err != nil || a.Refusal != nil {
		t.Fatalf("the control was not allowed: %v, %v", a.Refusal, err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	before := l.Current()
	call = kerneltest.Call(before.Theory, before.State, agent, kerneltest.Summarize, false)
	for range 3 {
		a, err := l.Apply(ctx, call, Note{})
		if !errors.Is(err, fault.Halted) || a.Event != nil {
			t.Fatalf("got %+v, %v", a, err)
		}
	}
	if l.Current() != before {
		t.Error("a state was published that is not written")
	}
	close(l.stop)
	<-l.stopped
}

func TestAlteredOrMissingTheoryIsRefusedAtOpen(t *testing.T) {
	for name, spoil := range map[string]func(path string) error{
		"altered": func(path string) error {
			b, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			return os.WriteFile(path, []byte(strings.Replace(string(b), "sensitive/verified", "public/verified", 1)), 0o600)
		},
		"missing": os.Remove,
	} {
		dir := t.TempDir()
		l, _, _ := world(t, dir)
		shut(t, l)
		files, err := filepath.Glob(filepath.Join(dir, "theories", "*.json"))
		if err != nil || len(files) != 1 {
			t.Fatal(files, err)
		}
		if err := spoil(files[0]); err != nil {
			t.Fatal(err)
		}
		j, recovery, err := journal.Open(filepath.Join(dir, "journal"), journal.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Open(j, recovery, Options{TheoryFolder: filepath.Join(dir, "theories")}); err == nil || !strings.Contains(err.Error(), "backup") {
			t.Errorf("%s: %v", name, err)
		}
		if err := j.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestTheoryThatForgetsWhatAStoreHoldsIsRefused(t *testing.T) {
	l, _, agent := world(t, t.TempDir())
	defer shut(t, l)
	s := l.Current()
	apply(t, l, kernel.Elevate{Agent: agent, Label: kernel.Exposure{Level: kernel.Internal, Integrity: kernel.Verified}})
	id := start(t, l, agent, kerneltest.Remember)
	apply(t, l, kernel.InvokeComplete{Agent: agent, Invocation: id, Outcome: kernel.Success})
	spec := kerneltest.UniverseSpec()
	var tools []kernel.ToolSpec
	for _, tool := range spec.Tools {
		switch tool.ID {
		case kerneltest.Remember: // without the writer the theory alone is well formed
		case kerneltest.Recall:
			tool.Label = kernel.Exposure{Level: kernel.Public, Integrity: kernel.Verified}
			tools = append(tools, tool)
		default:
			tools = append(tools, tool)
		}
	}
	spec.Tools = tools
	_, err := l.Adopt(ctx, spec)
	var not Inadmissible
	if !errors.As(err, &not) {
		t.Fatalf("adopting it: %v", err)
	}
	if l.Current().Theory.Digest() != s.Theory.Digest() {
		t.Error("the refused theory is in force")
	}
	if _, err := l.Adopt(ctx, kerneltest.UniverseSpec()); err != nil {
		t.Errorf("the control: %v", err)
	}
}

func TestStepThatCameOutDifferentlyIsRefusedAtOpen(t *testing.T) {
	born := kernel.Delegated{Child: "root.0", Exposure: kernel.Clean()}
	payload := encode(Record{kind: kindStep, Input: kernel.Delegate{By: kernel.Root, Caps: ordered.SetOf[kernel.Capability]()}, Event: born})
	r, err := decode(payload)
	if err != nil {
		t.Fatal(err)
	}
	if !r.sameEvent(born) {
		t.Error("the control differs from itself")
	}
	born.Child = "root.1"
	if r.sameEvent(born) {
		t.Error("another child id passed for the same event")
	}
}
