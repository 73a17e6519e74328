package ledger

import (
	"context"
	"sync"
	"testing"

	"argus/host/fault"
	"argus/kernel"
)

// TestManyWritersMakeOneOrder: whoever asks at the same time, the records are told once each and in the order of the journal.
func TestManyWritersMakeOneOrder(t *testing.T) {
	var seen []uint64 // without a lock: the observer is told one record at a time
	l, _ := open(t, t.TempDir(), nil, func(r Record) error {
		seen = append(seen, r.Sequence)
		return nil
	})
	before := len(seen)
	var writers sync.WaitGroup
	const each = 20
	for range 16 {
		writers.Go(func() {
			for range each {
				if err := l.Record(ctx, Fact{Kind: "test", Body: []byte("1")}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	writers.Wait()
	last := l.Current().Sequence
	shut(t, l)
	if len(seen)-before != 16*each {
		t.Fatalf("%d records were observed", len(seen)-before)
	}
	for i, sequence := range seen {
		if sequence != seen[0]+uint64(i) {
			t.Fatalf("record %d came as the %d.", sequence, i+1)
		}
	}
	if last != seen[len(seen)-1] {
		t.Errorf("the state is that of record %d, the last one is %d", last, seen[len(seen)-1])
	}
}

func TestClosedLedgerWritesNothing(t *testing.T) {
	l, j, _ := world(t, t.TempDir())
	shut(t, l)
	last := j.Last()
	for range 20 {
		if err := l.Record(ctx, Fact{Kind: "test", Body: []byte("1")}); fault.KindOf(err) != fault.Halted {
			t.Fatalf("got %v", err)
		}
	}
	if j.Last() != last {
		t.Error("it was written all the same")
	}
}

// TestStepOfWhoIsGoneIsNotRecorded: room in the inbox is no reason to take what nobody waits for.
func TestStepOfWhoIsGoneIsNotRecorded(t *testing.T) {
	l, _, agent := world(t, t.TempDir())
	defer shut(t, l)
	before := l.Current().Sequence
	gone, leave := context.WithCancel(ctx)
	leave()
	for range 64 {
		if a, err := l.Apply(gone, kernel.Delegate{By: agent}, Note{}); fault.KindOf(err) != fault.Timeout || a.Event != nil {
			t.Fatalf("it became %+v, %v", a.Event, err)
		}
	}
	if now := l.Current().Sequence; now != before {
		t.Errorf("%d steps were recorded", now-before)
	}
	apply(t, l, kernel.Delegate{By: agent})
}

// TestStepBehindTheFactThatEndsItIsNotRecorded: both wait at the same time, so one batch could take both.
func TestStepBehindTheFactThatEndsItIsNotRecorded(t *testing.T) {
	held, revoke := context.WithCancel(ctx)
	defer revoke()
	writing, goOn := make(chan struct{}), make(chan struct{})
	l, _ := open(t, t.TempDir(), nil, func(r Record) error {
		switch {
		case r.Fact == nil:
		case r.Fact.Kind == "slow":
			close(writing)
			<-goOn
		case r.Fact.Kind == "revocation":
			revoke()
		}
		return nil
	})
	defer shut(t, l)
	agent := populate(t, l)
	slow := make(chan error)
	go func() { slow <- l.Record(ctx, Fact{Kind: "slow", Body: []byte("1")}) }()
	<-writing
	queue := []*request{
		{fact: &Fact{Kind: "revocation", Body: []byte("1")}},
		{input: kernel.Delegate{By: agent}, gone: held.Done()},
		{input: kernel.Delegate{By: agent}, gone: ctx.Done()},
	}
	for _, r := range queue {
		r.answer = make(chan answer, 1)
		l.inbox <- r
	}
	close(goOn)
	if err := <-slow; err != nil {
		t.Fatal(err)
	}
	revocation, late, other := <-queue[0].answer, <-queue[1].answer, <-queue[2].answer
	if revocation.err != nil {
		t.Fatal(revocation.err)
	}
	if late.err == nil || late.applied.Event != nil {
		t.Errorf("record %d is a step of who had ended", late.applied.Sequence)
	}
	if other.err != nil || other.applied.Event == nil {
		t.Errorf("the control: %+v, %v", other.applied.Refusal, other.err)
	}
}
