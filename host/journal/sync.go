package journal

import (
	"context"
	"fmt"
)

// round is one fsync and everybody who waits for it.
type round struct {
	done   chan struct{}
	target uint64 // last record it makes durable, once it has begun
	end    Anchor // of that record, if it was written since Open
	err    error  // set before done is closed
}

// Sync returns nil when the record upTo and all before it are durable. One fsync runs at a time; all who
// call meanwhile share the next. Leaving early through ctx stops the waiting, not the fsync.
func (j *Journal) Sync(ctx context.Context, upTo uint64) error {
	r, err := j.join(upTo)
	if r == nil || err != nil {
		return err
	}
	return j.await(ctx, r)
}

// Durable returns the last record known to be on the disk.
func (j *Journal) Durable() uint64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.durable
}

// Firmer is closed when more records have become durable than had been when it was called.
func (j *Journal) Firmer() <-chan struct{} {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.firmer == nil {
		j.firmer = make(chan struct{})
	}
	return j.firmer
}

// join finds the round that will make upTo durable; none when it already is.
func (j *Journal) join(upTo uint64) (*round, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	switch {
	case upTo <= j.durable:
		return nil, nil
	case j.cause != nil:
		return nil, j.cause
	case upTo > j.last:
		return nil, fmt.Errorf("sync: record %d is not written, the last is %d", upTo, j.last)
	case j.flying != nil && upTo <= j.flying.target:
		return j.flying, nil
	}
	return j.ask(), nil
}

// flush waits until every byte written before the call is durable, marks included.
func (j *Journal) flush(ctx context.Context) error {
	j.mu.Lock()
	r := j.ask()
	j.mu.Unlock()
	return j.await(ctx, r)
}

func (j *Journal) await(ctx context.Context, r *round) error {
	select {
	case <-r.done:
		return r.err
	case <-j.halted:
		return j.Err()
	case <-j.stopped:
		return ErrClosed
	case <-ctx.Done():
		return fmt.Errorf("wait for fsync: %w", context.Cause(ctx))
	}
}

// ask returns the round after the one in progress. The caller holds mu.
func (j *Journal) ask() *round {
	if j.next == nil {
		j.next = &round{done: make(chan struct{})}
		select {
		case j.wake <- struct{}{}:
		default:
		}
	}
	return j.next
}

// overdue runs when something has been written for half of MaxDelay.
func (j *Journal) overdue() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.armed = false
	if j.dirty && j.cause == nil {
		j.ask()
	}
}

// syncLoop owns every fsync of records. release waits for it.
func (j *Journal) syncLoop() {
	defer close(j.stopped)
	for {
		select {
		case <-j.stop:
			return
		case <-j.wake:
			j.runRound()
		}
	}
}

func (j *Journal) runRound() {
	r, f := j.beginRound()
	if r == nil {
		return
	}
	var err error
	if f != nil {
		err = f.Sync()
	}
	if err != nil {
		r.err = j.halt(fmt.Errorf("fsync: %w", err))
	}
	if r.err == nil {
		r.err = j.drop(r.end)
	}
	j.endRound(r)
}

// drop anchors a record that has become durable, before anybody is told that it has.
func (j *Journal) drop(end Anchor) error {
	if end.Seq <= j.anchored {
		return nil
	}
	if _, err := j.anchorage.WriteAt(anchorLine(end), 0); err != nil {
		return j.halt(fmt.Errorf("anchor record %d: %w", end.Seq, err))
	}
	j.anchored = end.Seq
	return nil
}

// beginRound returns no file when there is nothing to flush: the writer may be closing that file just then.
func (j *Journal) beginRound() (*round, file) {
	j.mu.Lock()
	defer j.mu.Unlock()
	r := j.next
	if r == nil {
		return nil, nil
	}
	j.next, j.flying = nil, r
	r.target, r.end, r.err = j.last, j.end, j.cause
	if !j.dirty || j.cause != nil {
		return r, nil
	}
	j.dirty = false
	return r, j.file
}

func (j *Journal) endRound(r *round) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.flying = nil
	if r.err == nil && r.target > j.durable {
		j.durable = r.target
		if j.firmer != nil {
			close(j.firmer)
			j.firmer = nil
		}
	}
	close(r.done)
}
