package host

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"

	"argus/host/fault"
	"argus/host/follow"
	"argus/host/journal"
	"argus/host/ledger"
	"argus/host/refusals"
	"argus/kernel"
	"argus/plugin/sdk"
	"argus/plugin/sdk/audit"
	"argus/plugin/sdk/sdktest"
)

// flaky is a sink that fails every other time: half of the failures before it kept anything, half after.
type flaky struct {
	mu        sync.Mutex
	calls     int
	steady    bool // it does not fail
	steps     []uint64
	refusals  map[string]uint64
	kept      audit.Kept
	disorder  bool
	withholds chan struct{} // Append waits for it, if set
}

func (f *flaky) Configure(context.Context, sdk.Settings) []sdk.Problem { return nil }

func (f *flaky) Kept(context.Context) (audit.Kept, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.kept, nil
}

func (f *flaky) Append(ctx context.Context, events []audit.Event) (audit.Kept, error) {
	if f.withholds != nil {
		select {
		case <-f.withholds:
		case <-ctx.Done():
			return audit.Kept{}, ctx.Err()
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls++
	if !f.steady && f.calls%4 == 1 {
		return audit.Kept{}, errors.New("it failed before it kept anything")
	}
	for _, e := range events {
		if e.What == audit.Refused {
			f.refusals[e.Reference] = max(f.refusals[e.Reference], e.Count)
			continue
		}
		f.disorder = f.disorder || len(f.steps) > 0 && e.Sequence <= f.steps[len(f.steps)-1]
		f.steps = append(f.steps, e.Sequence)
	}
	f.kept = f.kept.Then(events)
	if !f.steady && f.calls%4 == 3 {
		return audit.Kept{}, errors.New("it failed after it kept everything")
	}
	return f.kept, nil
}

func (f *flaky) upTo(t *testing.T, sequence uint64) {
	t.Helper()
	for over := time.Now().Add(30 * time.Second); time.Now().Before(over); time.Sleep(5 * time.Millisecond) {
		f.mu.Lock()
		last := f.kept.Sequence
		f.mu.Unlock()
		if last == sequence {
			return
		}
	}
	t.Fatalf("the sink never kept record %d", sequence)
}

// audited is an auditor on a real ledger, at work.
func audited(t *testing.T, sink audit.Sink, required bool, most uint64) *auditor {
	t.Helper()
	a := auditedLater(t, sink, required, most)
	a.start(t)
	return a
}

// auditedLater is one that has still to be started.
func auditedLater(t *testing.T, sink audit.Sink, required bool, most uint64) *auditor {
	t.Helper()
	dir := t.TempDir()
	j, found, err := journal.Open(filepath.Join(dir, "journal"), journal.Options{})
	if err != nil {
		t.Fatal(err)
	}
	feed := follow.NewFeed()
	l, err := ledger.Open(j, found, ledger.Options{
		TheoryFolder: filepath.Join(dir, "theories"), Bits: 1, Observe: func(r ledger.Record) error { feed.Observe(r); return nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	book, err := refusals.Open(filepath.Join(dir, "refusals"))
	if err != nil {
		t.Fatal(err)
	}
	a := &auditor{
		sink: audit.NewClient(sdktest.Start(t, audit.Service(sdk.Info{Name: "sink", Version: "1"}, sink), "{}")), feed: feed, ledger: l, refusals: book,
		logger: hclog.NewNullLogger(), required: required, most: most,
	}
	t.Cleanup(func() {
		if err := errors.Join(book.Close(), l.Close()); err != nil {
			t.Error(err)
		}
	})
	return a
}

func (a *auditor) start(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { a.run(ctx) })
	t.Cleanup(func() {
		cancel()
		running.Wait()
	})
}

// births takes steps, and gives the record of the last.
func (a *auditor) births(t *testing.T, n int) uint64 {
	t.Helper()
	var last uint64
	for range n {
		applied, err := a.ledger.Apply(t.Context(), kernel.Delegate{By: kernel.Root}, ledger.Note{Principal: "p"})
		if err != nil || applied.Refusal != nil {
			t.Fatal(err, applied.Refusal)
		}
		last = applied.Sequence
	}
	return last
}

func TestASinkThatFailsIsFedEverythingInOrder(t *testing.T) {
	sink := &flaky{refusals: map[string]uint64{}}
	a := audited(t, sink, false, 0)
	first := a.births(t, 1)
	ref, err := a.refusals.Record(refusals.Refusal{Rule: "2a", Principal: "p", Agent: "root.1", Tool: "t"})
	if err != nil {
		t.Fatal(err)
	}
	last := a.births(t, 1499)
	sink.upTo(t, last)
	for over := time.Now().Add(30 * time.Second); time.Now().Before(over); time.Sleep(10 * time.Millisecond) {
		sink.mu.Lock()
		told := sink.refusals[string(ref)]
		sink.mu.Unlock()
		if told == 1 {
			break
		}
	}
	sink.mu.Lock()
	defer sink.mu.Unlock()
	if sink.disorder || len(sink.steps) != 1500 || sink.steps[0] != first || sink.refusals[string(ref)] != 1 {
		t.Errorf("disorder %v, %d steps from %d on, refusals %v", sink.disorder, len(sink.steps), sink.steps[0], sink.refusals)
	}
}

func TestARequiredSinkThatLagsHoldsCallsUp(t *testing.T) {
	sink := &flaky{steady: true, refusals: map[string]uint64{}, withholds: make(chan struct{})}
	a := audited(t, sink, true, 100)
	if err := a.Behind(); fault.KindOf(err) != fault.Unavailable {
		t.Errorf("before it was heard: %v", err)
	}
	last := a.births(t, 150)
	if err := a.Behind(); fault.KindOf(err) != fault.Unavailable {
		t.Errorf("while it lags: %v", err)
	}
	close(sink.withholds)
	sink.upTo(t, last)
	for over := time.Now().Add(30 * time.Second); a.Behind() != nil; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(over) {
			t.Fatal(a.Behind())
		}
	}
	a.required = false
	if err := a.Behind(); err != nil {
		t.Errorf("one that is not required: %v", err)
	}
}

// TestRecordsThatASinkIsNotGivenDoNotHoldCallsUp has more of them come than the sink may lag, and nothing else.
func TestRecordsThatASinkIsNotGivenDoNotHoldCallsUp(t *testing.T) {
	sink := &flaky{steady: true, refusals: map[string]uint64{}}
	a := audited(t, sink, true, 100)
	sink.upTo(t, a.births(t, 1))
	for range 150 {
		if err := a.ledger.Record(t.Context(), ledger.Fact{Kind: "noise", Body: []byte("{}")}); err != nil {
			t.Fatal(err)
		}
	}
	for over := time.Now().Add(10 * time.Second); a.Behind() != nil; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(over) {
			t.Fatal(a.Behind())
		}
	}
}

// TestASinkOfAnotherJournalIsNotFed gives the sink what an older journal left it: by the numbers alone it could be this one.
func TestASinkOfAnotherJournalIsNotFed(t *testing.T) {
	for name, kept := range map[string]func(of *auditor, last uint64) audit.Kept{
		"a longer journal":       func(*auditor, uint64) audit.Kept { return audit.Kept{Sequence: 1 << 40, Chain: audit.Chain{1}} },
		"one record more":        func(_ *auditor, last uint64) audit.Kept { return audit.Kept{Sequence: last + 1, Chain: audit.Chain{1}} },
		"a shorter journal":      func(_ *auditor, last uint64) audit.Kept { return audit.Kept{Sequence: last - 2, Chain: audit.Chain{1}} },
		"one of the same length": func(_ *auditor, last uint64) audit.Kept { return audit.Kept{Sequence: last, Chain: audit.Chain{1}} },
		"the chain of another record": func(a *auditor, last uint64) audit.Kept {
			return audit.Kept{Sequence: last, Chain: a.chainOf(t, last-1)}
		},
		"a record that is none of steps": func(a *auditor, _ uint64) audit.Kept { return audit.Kept{Sequence: 1, Chain: a.chainOf(t, 1)} },
	} {
		t.Run(name, func(t *testing.T) {
			sink := &flaky{steady: true, refusals: map[string]uint64{}}
			a := auditedLater(t, sink, true, 100)
			last := a.births(t, 5)
			sink.kept = kept(a, last)
			a.start(t)
			a.until(t, func() bool { return a.Problem() != "" })
			err := a.Behind()
			if fault.KindOf(err) != fault.Unavailable || !strings.Contains(err.Error(), "another journal") || !strings.Contains(err.Error(), "give the sink a new store") {
				t.Errorf("held up by %v", err)
			}
			if !strings.Contains(a.Problem(), fmt.Sprint("record ", sink.kept.Sequence)) || len(sink.steps) != 0 {
				t.Errorf("%s; %d steps were given", a.Problem(), len(sink.steps))
			}
		})
	}
	t.Run("control", func(t *testing.T) {
		sink := &flaky{steady: true, refusals: map[string]uint64{}}
		a := auditedLater(t, sink, true, 100)
		last := a.births(t, 5)
		sink.kept = audit.Kept{Sequence: last - 2, Chain: a.chainOf(t, last-2)}
		a.start(t)
		sink.upTo(t, last)
		a.until(t, func() bool { return a.Behind() == nil })
		if want := []uint64{last - 1, last}; !slices.Equal(sink.steps, want) {
			t.Errorf("it was given %v", sink.steps)
		}
	})
}

// TestASinkThatBecomesOneOfAnotherJournalHoldsCallsUpAtOnce: what it was given before does not count any more.
func TestASinkThatBecomesOneOfAnotherJournalHoldsCallsUpAtOnce(t *testing.T) {
	sink := &flaky{steady: true, refusals: map[string]uint64{}}
	a := audited(t, sink, true, 1000)
	sink.upTo(t, a.births(t, 1))
	a.until(t, func() bool { return a.Behind() == nil })
	sink.mu.Lock()
	sink.kept.Chain[0] ^= 1
	sink.mu.Unlock()
	a.births(t, 1)
	a.until(t, func() bool { return a.Behind() != nil })
	a.until(t, func() bool { return strings.Contains(a.Behind().Error(), "another journal") })
	if len(sink.steps) != 1 {
		t.Errorf("it was given %v", sink.steps)
	}
	a.required = false
	if err := a.Behind(); err != nil || a.Problem() == "" {
		t.Errorf("one that is not required: %v, told as %q", err, a.Problem())
	}
}

// chainOf is the chain of a record.
func (a *auditor) chainOf(t *testing.T, record uint64) audit.Chain {
	t.Helper()
	for r, err := range a.ledger.History(record) {
		if err != nil {
			t.Fatal(err)
		}
		return audit.Chain(r.Chain)
	}
	t.Fatalf("there is no record %d", record)
	return audit.Chain{}
}

func (a *auditor) until(t *testing.T, is func() bool) {
	t.Helper()
	for over := time.Now().Add(30 * time.Second); !is(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(over) {
			t.Fatalf("not within 30 s; %v, %s", a.Behind(), a.Problem())
		}
	}
}
