// Package journal keeps the durable record of Argus: an append-only sequence of opaque payloads, held in
// segment files in one folder that only the owner can enter.
//
// It decides one thing: whether a record is kept. Every record has a sequence number (1, 2, 3, …), a
// checksum that finds accidents, and a hash chained to all records before it that finds edits. Append puts
// records into the kernel's hands (they survive a kill of the process); Sync waits until they are on the
// disk (they survive a loss of power). Whatever fails on the way to the disk halts the journal for good:
// after a failed fsync nobody knows what the disk holds, so nothing is retried and nothing more is accepted.
//
// # Trust
//
// It trusts the file system to keep what fsync confirmed. It does not trust what it reads back: lengths are
// bounded before memory is taken, and one wrong byte anywhere is reported by segment and offset. That the end
// of the record was removed, or the whole folder replaced by another, it sees by the anchor that it keeps
// beside the folder. Hashes are no signatures: whoever can write folder and anchor, and knows what is here, can
// write another history, or go on with this one. Against that keep an Anchor where they cannot, and give it to
// Check: no record up to that one can then be another.
//
// It never interprets a payload, never drops a record that could be read, never repairs anything except a
// last frame that was being written when the process or the machine stopped.
package journal

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// MaxPayload is the largest payload of one record, in bytes.
const MaxPayload = 1 << 20

// Defaults of Options.
const (
	DefaultSegmentBytes = 64 << 20
	DefaultMaxDelay     = 50 * time.Millisecond
)

var (
	// ErrHalted is wrapped by every error of a journal that a failed write or fsync has stopped. The process
	// must stop accepting work; a person finds out what the disk did, and a new Open recovers.
	ErrHalted = errors.New("journal halted")

	// ErrClosed is returned by a journal after Close.
	ErrClosed = errors.New("journal closed")
)

// Options of Open. The zero value means the defaults.
type Options struct {
	// SegmentBytes is the size at which a new segment is begun. A single batch may exceed it.
	SegmentBytes int64

	// MaxDelay bounds how long a written record stays undurable when nobody asks for Sync. A disk that takes
	// longer than half of it for one fsync stretches the bound; Durable tells.
	MaxDelay time.Duration

	files  files         // tests inject faults here
	bootID func() bootID // tests reboot the machine here
}

func (o Options) withDefaults() Options {
	if o.SegmentBytes <= 0 {
		o.SegmentBytes = DefaultSegmentBytes
	}
	if o.MaxDelay <= 0 {
		o.MaxDelay = DefaultMaxDelay
	}
	if o.files == nil {
		o.files = disk{}
	}
	if o.bootID == nil {
		o.bootID = currentBoot
	}
	return o
}

// Record is one entry of the journal.
type Record struct {
	Seq     uint64
	Time    time.Time // when it was written, by the wall clock; for people, never for order
	Chain   Chain     // of this record and all before it
	Payload []byte    // owned by the receiver
}

// Anchor returns the record's anchor.
func (r Record) Anchor() Anchor { return Anchor{r.Seq, r.Chain} }

// Journal is an open record. One goroutine, the writer, calls Append, Settle and Close; every other method
// may be called by anybody at any time.
type Journal struct {
	dir  string
	opts Options
	lock *lockFile
	boot bootID

	// Of syncLoop alone, once the journal is open.
	anchorage anchorage
	anchored  uint64 // record that is anchored

	// Of the writer alone.
	encoder encoder
	buf     []byte
	owed    debt
	closed  bool

	mu       sync.Mutex
	segments []segmentRef
	file     file          // of the last segment
	size     int64         // of the last segment
	last     uint64        // last record written
	end      Anchor        // of the last record written since Open
	durable  uint64        // last record known durable
	dirty    bool          // bytes were written since the last fsync began
	flying   *round        // the fsync in progress
	next     *round        // the fsync asked for after it
	armed    bool          // the timer of MaxDelay runs
	firmer   chan struct{} // closed when durable grows; nil while nobody waits for that
	cause    error         // why the journal is halted

	timer   *time.Timer
	wake    chan struct{}
	halted  chan struct{}
	stop    chan struct{}
	stopped chan struct{}
}

// Open locks the folder, making it when absent, verifies the last segment, drops a last frame that a crash
// left half written, and begins a new segment. Everything it found is durable when it returns.
//
// It fails with ErrLocked when another process has the folder, and with a *Damage when the last segment
// holds anything but whole records and one torn end, or when the record that is anchored beside the folder is not
// there; earlier segments are verified by Replay and Check. Where nothing is anchored, what is found is taken.
// The caller must act on Recovery, append the consequences, then call Settle; and must Close.
func Open(dir string, opts Options) (*Journal, Recovery, error) {
	opts = opts.withDefaults()
	if err := ownFolder(dir, opts.files); err != nil {
		return nil, Recovery{}, err
	}
	lock, err := acquire(LockPath(dir))
	if err != nil {
		return nil, Recovery{}, err
	}
	j, recovery, err := open(dir, opts)
	if err != nil {
		return nil, Recovery{}, errors.Join(fmt.Errorf("open journal %s: %w", dir, err), lock.Close())
	}
	j.lock = lock
	go j.syncLoop()
	return j, recovery, nil
}

func open(dir string, opts Options) (*Journal, Recovery, error) {
	boot := opts.bootID()
	anchor, anchored, err := readAnchor(dir)
	if err != nil {
		return nil, Recovery{}, err
	}
	end, recovery, err := recoverTail(dir, boot, anchor)
	if err != nil {
		return nil, Recovery{}, err
	}
	recovery.Unanchored = !anchored && recovery.Records > 0
	j := &Journal{
		dir:      dir,
		opts:     opts,
		boot:     boot,
		owed:     recovery.owed(),
		anchored: anchor.Seq,
		encoder:  newEncoder(end.chain),
		segments: end.segments,
		last:     end.last,
		durable:  end.last,
		wake:     make(chan struct{}, 1),
		halted:   make(chan struct{}),
		stop:     make(chan struct{}),
		stopped:  make(chan struct{}),
	}
	if j.anchorage, err = opts.files.anchor(AnchorPath(dir)); err != nil {
		return nil, Recovery{}, fmt.Errorf("open the anchor: %w", err)
	}
	err = j.drop(end.end) // now: until the next record what was found would be held to nothing
	if err == nil {
		err = j.beginSegment()
	}
	if err != nil {
		return nil, Recovery{}, errors.Join(err, j.anchorage.Close())
	}
	j.timer = time.AfterFunc(opts.MaxDelay, j.overdue)
	j.timer.Stop()
	return j, recovery, nil
}

// Last returns the sequence number of the last record written, 0 when there is none.
func (j *Journal) Last() uint64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.last
}

// Halted is closed when the journal has stopped for good; Err says why.
func (j *Journal) Halted() <-chan struct{} { return j.halted }

// Err is nil while the journal accepts records, else an error that wraps ErrHalted and the cause.
func (j *Journal) Err() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.cause
}

func (j *Journal) halt(cause error) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.cause == nil {
		j.cause = fmt.Errorf("%w: %w", ErrHalted, cause)
		close(j.halted)
	}
	return j.cause
}

// Settle records that everything Recovery asked for has been appended, and makes both durable, in that order.
// Until then each Open reports the unclean stop, and the reboot, again: a crash in the middle of recovering
// loses neither. A caller whom Recovery asks for nothing may call it all the same.
func (j *Journal) Settle() error {
	if j.owed == 0 {
		return j.usable()
	}
	if err := j.writeMark(kindSettled); err != nil {
		return err
	}
	j.owed = 0
	return j.flush(context.Background())
}

// Close makes everything durable, with a mark that says the session ended in order, and unlocks the folder.
// A halted journal is released without the mark. The second Close returns ErrClosed.
func (j *Journal) Close() error {
	if j.closed {
		return ErrClosed
	}
	err := j.writeMark(kindClosed)
	if err == nil {
		err = j.flush(context.Background())
	}
	return errors.Join(err, j.release())
}

// release gives back everything that the process holds, and leaves the files as they are.
func (j *Journal) release() error {
	j.closed = true
	j.timer.Stop()
	close(j.stop)
	<-j.stopped
	return errors.Join(j.file.Close(), j.anchorage.Close(), j.lock.Close())
}

func (j *Journal) usable() error {
	if j.closed {
		return ErrClosed
	}
	return j.Err()
}
