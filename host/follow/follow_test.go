package follow

import (
	"context"
	"errors"
	"path/filepath"
	"runtime"
	"testing"

	"go.uber.org/goleak"

	"argus/host/fault"
	"argus/host/journal"
	"argus/host/ledger"
	"argus/kernel"
	"argus/kernel/kerneltest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var ctx = context.Background()

// world is a real ledger with a feed and one agent.
type world struct {
	*ledger.Ledger
	t    *testing.T
	feed *Feed
	who  kernel.AgentID
}

func open(t *testing.T, dir string) *world {
	t.Helper()
	j, found, err := journal.Open(filepath.Join(dir, "journal"), journal.Options{})
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, feed: NewFeed()}
	w.Ledger, err = ledger.Open(j, found, ledger.Options{TheoryFolder: filepath.Join(dir, "theories"), Bits: 10, Observe: func(r ledger.Record) error {
		w.feed.Observe(r)
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	return w
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := open(t, t.TempDir())
	theory, err := w.Adopt(ctx, kerneltest.UniverseSpec())
	if err != nil {
		t.Fatal(err)
	}
	for id := range theory.Tools().All() {
		w.apply(kernel.RegisterTool{Tool: id}, ledger.Note{})
	}
	w.who = w.apply(kernel.Delegate{By: kernel.Root, Caps: theory.Catalogue()}, ledger.Note{Principal: "sam"}).(kernel.Delegated).Child
	return w
}

func (w *world) apply(in kernel.Input, n ledger.Note) kernel.Event {
	w.t.Helper()
	a, err := w.Apply(ctx, in, n)
	if err != nil || a.Refusal != nil {
		w.t.Fatal(a.Refusal, err)
	}
	return a.Event
}

// call makes a call without sinks, whose records nobody waits for, so that many are quick.
func (w *world) call() {
	w.t.Helper()
	s := w.Current()
	started := w.apply(kerneltest.Call(s.Theory, s.State, w.who, kerneltest.ReadDB, false), ledger.Note{}).(kernel.Started)
	w.apply(kernel.InvokeComplete{Agent: w.who, Invocation: started.Invocation, Outcome: kernel.Success}, ledger.Note{})
}

func (w *world) from(after uint64) *Cursor {
	w.t.Helper()
	c, err := w.feed.From(w.Ledger, after)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(c.Close)
	return c
}

// until follows to a record and returns the numbers of the steps.
func (w *world) until(c *Cursor, last uint64) (seen []uint64) {
	w.t.Helper()
	for c.Last() < last {
		s, some, err := c.Next()
		switch {
		case err != nil:
			w.t.Fatal(err)
		case some:
			seen = append(seen, s.Sequence)
		default:
			if err := c.Wait(ctx, nil); err != nil {
				w.t.Fatal(err)
			}
		}
	}
	return seen
}

// steps are those of the journal after a record.
func (w *world) steps(after uint64) (all []uint64) {
	w.t.Helper()
	for r, err := range w.History(after + 1) {
		if err != nil {
			w.t.Fatal(err)
		}
		if r.Event != nil {
			all = append(all, r.Sequence)
		}
	}
	return all
}

func equal(a, b []uint64) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

func TestFollowerMissesNothingFromWhereverItBegins(t *testing.T) {
	w := newWorld(t)
	for range Kept {
		w.call() // two steps each: half are in the journal only
	}
	for _, after := range []uint64{0, 7, Kept, w.Current().Sequence - 3} {
		c := w.from(after)
		w.call()
		if want, got := w.steps(after), w.until(c, w.Current().Sequence); !equal(got, want) {
			t.Errorf("after %d: %d steps were told of %d", after, len(got), len(want))
		}
	}
}

func TestWhoeverFallsBehindIsToldWhereToGoOn(t *testing.T) {
	w := newWorld(t)
	c := w.from(w.Durable())
	w.call()
	first := w.until(c, w.Current().Sequence)
	for range Kept/2 + 1 {
		w.call()
	}
	_, some, err := c.Next()
	var behind Behind
	if some || !errors.As(err, &behind) || behind.Last != first[len(first)-1] {
		t.Fatalf("was told %v, %v after %d", some, err, first[len(first)-1])
	}
	again := w.from(behind.Last)
	if want, got := w.steps(behind.Last), w.until(again, w.Current().Sequence); !equal(got, want) {
		t.Errorf("going on missed: %d of %d", len(got), len(want))
	}
}

func TestNobodyIsToldWhatIsNotDurable(t *testing.T) {
	w := newWorld(t)
	c := w.from(0)
	for range 50 {
		w.call()
		for {
			s, some, err := c.Next()
			if err != nil {
				t.Fatal(err)
			}
			if !some {
				break
			}
			if s.Sequence > w.Durable() {
				t.Fatalf("step %d was told, %d are durable", s.Sequence, w.Durable())
			}
		}
	}
}

// TestRecordsThatAreNoStepsAreNotLaggedBehind: whoever is held to keeping up could never catch up with what it is not given.
func TestRecordsThatAreNoStepsAreNotLaggedBehind(t *testing.T) {
	w := newWorld(t)
	c := w.from(w.Durable())
	for range 3 {
		w.call()
		w.until(c, w.Current().Sequence)
		if err := w.Record(ctx, ledger.Fact{Kind: "noise", Body: []byte("{}")}); err != nil {
			t.Fatal(err)
		}
		if s, some, err := c.Next(); some || err != nil {
			t.Fatalf("was told %v, %v", s, err)
		}
		if c.Last() != w.Durable() {
			t.Errorf("it stands at %d, %d are durable", c.Last(), w.Durable())
		}
	}
	w.call()
	if want, got := w.steps(c.Last()), w.until(c, w.Current().Sequence); !equal(got, want) {
		t.Errorf("steps %v were told of %v", got, want)
	}
}

func TestNumberThatWasNotGivenIsRefused(t *testing.T) {
	w := newWorld(t)
	if _, err := w.feed.From(w.Ledger, w.Durable()+1); fault.KindOf(err) != fault.Invalid {
		t.Errorf("followed from the future: %v", err)
	}
}

func TestWaitingEndsWithItsContextAndByAnother(t *testing.T) {
	w := newWorld(t)
	c := w.from(w.Durable())
	over, cancel := context.WithCancel(ctx)
	cancel()
	if err := c.Wait(over, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("waited through the end: %v", err)
	}
	other := make(chan struct{}, 1)
	other <- struct{}{}
	if err := c.Wait(ctx, other); err != nil {
		t.Error(err)
	}
}

// TestFollowersTakeNoMoreMemoryThanTheRing writes four rings' worth beside a hundred followers that never look.
func TestFollowersTakeNoMoreMemoryThanTheRing(t *testing.T) {
	const most = 16 << 20
	w := newWorld(t)
	for range 100 {
		w.from(w.Durable())
	}
	before := heap()
	for range 2 * Kept {
		w.call()
	}
	if grown := heap() - before; grown > most {
		t.Errorf("the heap grew by %d bytes", grown)
	}
}

func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

func TestOwnerIsKnownAlsoOfAgentsThatHaveEnded(t *testing.T) {
	w := newWorld(t)
	child := w.apply(kernel.Delegate{By: w.who}, ledger.Note{Context: "c"}).(kernel.Delegated).Child
	w.apply(kernel.Revoke{Parent: kernel.Root, Child: w.who}, ledger.Note{})
	for _, agent := range []kernel.AgentID{w.who, child} {
		if owner := w.feed.Owner(agent); owner != "sam" {
			t.Errorf("%s is of %q", agent, owner)
		}
	}
	for _, agent := range []kernel.AgentID{"", kernel.Root, "root.9", "other.0"} {
		if owner := w.feed.Owner(agent); owner != "" {
			t.Errorf("%q is of %q", agent, owner)
		}
	}
}

func TestBelowIsNotFooledByNumbersThatBeginAlike(t *testing.T) {
	for _, c := range []struct {
		agent, root kernel.AgentID
		want        bool
	}{
		{"root.1", "root.1", true}, {"root.1.0", "root.1", true}, {"root.1.0.7", "root.1", true},
		{"root.10", "root.1", false}, {"root", "root.1", false}, {"root.1", "", false}, {"", "", false}, {"root.2.1", "root.1", false},
	} {
		if got := Below(c.agent, c.root); got != c.want {
			t.Errorf("%q below %q: %v", c.agent, c.root, got)
		}
	}
}

// TestAStepHasTheChainOfItsRecordWhereverItIsReadFrom: whoever kept a chain asks later whether this journal is the one it followed.
func TestAStepHasTheChainOfItsRecordWhereverItIsReadFrom(t *testing.T) {
	w := newWorld(t)
	live := w.from(w.Durable())
	w.call()
	w.call()
	past := map[uint64]journal.Chain{}
	for r, err := range w.History(1) {
		if err != nil {
			t.Fatal(err)
		}
		past[r.Sequence] = r.Chain
	}
	told := 0
	for live.Last() < w.Current().Sequence {
		s, some, err := live.Next()
		if err != nil {
			t.Fatal(err)
		}
		if !some {
			if err := live.Wait(ctx, nil); err != nil {
				t.Fatal(err)
			}
			continue
		}
		told++
		if s.Chain == (journal.Chain{}) || s.Chain != past[s.Sequence] {
			t.Errorf("step %d has the chain %s, its record %s", s.Sequence, s.Chain, past[s.Sequence])
		}
	}
	if told != 4 {
		t.Errorf("%d steps were told", told)
	}
}
