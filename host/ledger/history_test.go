package ledger

import (
	"bytes"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"argus/kernel"
	"argus/kernel/kerneltest"
	"argus/kernel/ordered"
)

// TestHistoryTellsTheEventsAsTheyHappened runs random inputs and looks back at what each did.
func TestHistoryTellsTheEventsAsTheyHappened(t *testing.T) {
	same := cmp.Options{
		cmp.Comparer(func(a, b ordered.Set[kernel.Capability]) bool { return a.SubsetOf(b) && b.SubsetOf(a) }),
		cmp.Comparer(func(a, b kernel.Reading) bool { return bytes.Equal(must(readingOf(a)), must(readingOf(b))) }), // unread: no matter
		cmp.Comparer(func(a, b kernel.Approval) bool { return a.Given == b.Given && (!a.Given || a.Upto == b.Upto) }),
	}
	kinds := map[string]bool{}
	rapid.Check(t, func(rt *rapid.T) {
		dir, err := os.MkdirTemp(t.TempDir(), "world")
		if err != nil {
			rt.Fatal(err)
		}
		told := map[uint64]kernel.Event{}
		l, _ := open(rt, dir, nil, func(r Record) error {
			if r.Event != nil {
				told[r.Sequence] = r.Event
			}
			return nil
		})
		defer shut(rt, l)
		populate(rt, l)
		spec := kerneltest.UniverseSpec()
		for range 60 {
			s := l.Current()
			spec.Digest = s.Theory.Digest()
			if _, err := l.Apply(ctx, kerneltest.DrawInput(rt, spec, s.Theory, s.State), Note{}); err != nil {
				rt.Fatal(err)
			}
		}
		for r, err := range l.History(0) {
			if err != nil {
				rt.Fatal(err)
			}
			if diff := cmp.Diff(told[r.Sequence], r.Event, same); diff != "" {
				rt.Fatalf("record %d is remembered differently:\n%s", r.Sequence, diff)
			}
			delete(told, r.Sequence)
			if r.Input != nil {
				do, _ := inputWire(r.Input)
				kinds[do] = true
			}
		}
		if len(told) > 0 {
			rt.Fatalf("%d events are forgotten", len(told))
		}
	})
	if len(kinds) != 13 {
		t.Errorf("only %d of 13 transitions happened: %v", len(kinds), kinds)
	}
}

func TestHistoryBeginsWhereItIsAsked(t *testing.T) {
	l, _, agent := world(t, t.TempDir())
	defer shut(t, l)
	before := l.Current().Sequence
	start(t, l, agent, kerneltest.ReadDB)
	var seen []uint64
	for r, err := range l.History(before + 1) {
		if err != nil {
			t.Fatal(err)
		}
		seen = append(seen, r.Sequence)
	}
	if len(seen) != 1 || seen[0] != before+1 {
		t.Errorf("after record %d came %v", before, seen)
	}
}

func TestFirmerSaysWhenARecordIsDurable(t *testing.T) {
	l, _, agent := world(t, t.TempDir())
	defer shut(t, l)
	firmer := l.Firmer()
	start(t, l, agent, kerneltest.ReadDB) // has no sinks, so nobody waits for its fsync
	written := l.Current().Sequence
	for l.Durable() < written {
		<-firmer
		firmer = l.Firmer()
	}
}
