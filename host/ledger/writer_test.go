package ledger

import (
	"sync"
	"testing"

	"argus/host/fault"
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
