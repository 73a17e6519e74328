package journal

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// gated is a disk whose fsyncs of records each wait for a permit and say that they have begun.
func gated() (disk *faulty, begun chan struct{}, permit chan error) {
	begun, permit = make(chan struct{}, 16), make(chan error)
	disk = instant()
	disk.sync = func(n int) error {
		if n == 1 { // of the new segment
			return nil
		}
		begun <- struct{}{}
		return <-permit
	}
	return disk, begun, permit
}

func TestAllWhoWaitShareTheNextFsync(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		disk, begun, permit := gated()
		j, _ := mustOpen(t, t.TempDir()+"/j", Options{files: disk, MaxDelay: time.Hour})
		ctx := t.Context()
		done := make(chan error, 64)
		mustAppend(t, j, "first")
		go func() { done <- j.Sync(ctx, 1) }()
		<-begun
		for n := uint64(2); n <= 60; n++ {
			mustAppend(t, j, "more")
			go func() { done <- j.Sync(ctx, n) }()
		}
		go func() { done <- j.Sync(ctx, 1) }() // is served by the one in progress
		synctest.Wait()
		if len(begun) != 0 || len(done) != 0 {
			t.Fatal("two fsyncs at a time, or an answer before its fsync")
		}
		permit <- nil
		synctest.Wait()
		if len(done) != 2 || j.Durable() != 1 {
			t.Fatalf("%d answers after the first fsync, durable %d", len(done), j.Durable())
		}
		permit <- nil
		for range 61 {
			if err := <-done; err != nil {
				t.Fatal(err)
			}
		}
		if n := disk.syncs.Load(); n != 3 || j.Durable() != 60 {
			t.Fatalf("%d fsyncs, durable %d", n, j.Durable())
		}
		close(permit)
		mustClose(t, j)
	})
}

func TestWrittenIsDurableWithinMaxDelayUnasked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		disk := instant()
		disk.sync = func(int) error { time.Sleep(20 * time.Millisecond); return nil }
		j, _ := mustOpen(t, t.TempDir()+"/j", Options{files: disk})
		for range 5 {
			last := mustAppend(t, j, "a")
			begin := time.Now()
			for j.Durable() < last {
				time.Sleep(time.Millisecond)
			}
			if took := time.Since(begin); took > DefaultMaxDelay {
				t.Fatalf("took %v", took)
			}
			time.Sleep(17 * time.Millisecond)
		}
		quiet := disk.syncs.Load()
		time.Sleep(time.Hour)
		if disk.syncs.Load() != quiet {
			t.Fatal("fsync with nothing to flush")
		}
		mustClose(t, j)
	})
}

func TestSyncReturnsWhenItsContextEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		disk, begun, permit := gated()
		j, _ := mustOpen(t, t.TempDir()+"/j", Options{files: disk})
		last := mustAppend(t, j, "a")
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := j.Sync(ctx, last); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("got %v", err)
		}
		if j.Durable() != 0 || j.Err() != nil {
			t.Fatalf("leaving early changed something: %d, %v", j.Durable(), j.Err())
		}
		<-begun
		permit <- nil // the fsync went on
		if err := j.Sync(t.Context(), last); err != nil {
			t.Fatal(err)
		}
		close(permit)
		mustClose(t, j)
	})
}

func TestFailedFsyncFailsEverybodyWhoWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		disk, begun, permit := gated()
		j, _ := mustOpen(t, t.TempDir()+"/j", Options{files: disk, MaxDelay: time.Hour})
		lost := errors.New("lost")
		done := make(chan error, 8)
		mustAppend(t, j, "a")
		go func() { done <- j.Sync(t.Context(), 1) }()
		<-begun
		mustAppend(t, j, "b")
		for range 7 {
			go func() { done <- j.Sync(t.Context(), 2) }()
		}
		synctest.Wait()
		permit <- lost
		for range 8 {
			if err := <-done; !errors.Is(err, ErrHalted) || !errors.Is(err, lost) {
				t.Fatalf("got %v", err)
			}
		}
		wantHalted(t, j, lost)
		if n := disk.syncs.Load(); n != 2 {
			t.Fatalf("%d fsyncs", n)
		}
	})
}

func TestSyncOfTheUnwrittenIsRefused(t *testing.T) {
	j, _ := mustOpen(t, t.TempDir()+"/j", Options{})
	mustAppend(t, j, "a")
	if err := j.Sync(t.Context(), 2); err == nil || errors.Is(err, ErrHalted) {
		t.Fatalf("got %v", err)
	}
	if err := j.Sync(t.Context(), 1); err != nil || j.Durable() != 1 {
		t.Fatalf("the control: %v, %d", err, j.Durable())
	}
	mustClose(t, j)
}

// The writer rotates all the time while others sync and replay: for the race detector, and for the promise
// that Sync never answers before the record is durable.
func TestManyMaySyncAndReplayBesideTheWriter(t *testing.T) {
	j, _ := mustOpen(t, t.TempDir()+"/j", Options{SegmentBytes: 2000, MaxDelay: time.Microsecond, files: instant()})
	const records = 400
	news := make(chan uint64, records)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for seq := range news {
				if err := j.Sync(t.Context(), seq); err != nil || j.Durable() < seq {
					t.Errorf("sync %d: %v, durable %d", seq, err, j.Durable())
				}
			}
		})
	}
	group.Go(func() {
		for range 20 {
			to, n := j.Last(), uint64(0)
			for r, err := range j.Replay(1) {
				if n++; err != nil || r.Seq != n {
					t.Errorf("replay %d: %v, %v", n, r, err)
					return
				}
			}
			if n < to {
				t.Errorf("replay ended at %d, %d were written before", n, to)
			}
		}
	})
	for range records {
		news <- mustAppend(t, j, "a record")
	}
	close(news)
	group.Wait()
	mustClose(t, j)
}
