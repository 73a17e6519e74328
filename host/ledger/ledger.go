// Package ledger is the only writer of the kernel's state: it steps, journals and publishes, in one goroutine.
//
// It decides nothing itself: [kernel.Step] does. It trusts its caller for the inputs and the journal for what was kept. It never
// publishes a state whose steps are not written, never answers before a step is as durable as its class asks, and never goes on
// after an append whose outcome is unknown: it halts, and everything asked of it from then on is refused as [fault.Halted].
//
// # Duties of the caller
//
// Every accepted [kernel.InvokeStart] must be settled by an [kernel.InvokeComplete], whatever happens; a process that dies before it could
// is settled at the next [Open], as unknown.
package ledger

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"argus/host/fault"
	"argus/host/journal"
	"argus/kernel"
)

const (
	inboxSize = 1024
	batchSize = 256
	keptText  = 1 << 20 // the largest text of a batch whose memory is used again
)

// Snapshot is a state that was published, and the theory that the next step will be judged by. It never changes.
type Snapshot struct {
	State    kernel.State
	Theory   kernel.Theory
	Sequence uint64 // of the last record
}

// Applied is the answer to a step: an event or a refusal, never both, never neither.
type Applied struct {
	Event    kernel.Event
	Refusal  kernel.Refusal
	Before   *Snapshot // what the step was judged by; of a batch, the state that was really current
	Sequence uint64    // of the record; 0 for a refusal
}

// Options of Open. Bits is what root has to hand down; it counts only when the journal is new.
type Options struct {
	TheoryFolder string
	Bits         uint64
	Observe      func(Record) error // told every record once, in order: those kept before, then each new one before its step is answered
}

// Ledger is an open ledger. Its methods may be called by anybody at any time.
type Ledger struct {
	journal *journal.Journal
	folder  theoryFolder
	observe func(Record) error
	inbox   chan *request
	current atomic.Pointer[Snapshot]
	text    []byte // of the writer: the records of a batch
	stop    chan struct{}
	stopped chan struct{}
}

// request is one thing to write. Exactly one of input, fact and theory is set.
type request struct {
	input  kernel.Input
	note   Note
	fits   func(kernel.State) error // of an input, optional
	fact   *Fact
	theory *kernel.Theory
	gone   <-chan struct{} // closed when nobody asks for it any more
	answer chan answer

	// Of the writer, between the step and the answer.
	record  Record
	applied Applied
	err     error
	sync    bool
}

type answer struct {
	applied Applied
	sync    bool
	err     error
}

// Current is the present snapshot. Readers never wait.
func (l *Ledger) Current() *Snapshot { return l.current.Load() }

// Halted is closed when nothing is allowed any more, until a new Open.
func (l *Ledger) Halted() <-chan struct{} { return l.journal.Halted() }

// Cause says why the ledger halted; nil while it has not.
func (l *Ledger) Cause() error { return l.journal.Err() }

// Apply steps the kernel by one input. When it returns an event, the step is as durable as its class asks. One whose ctx has
// ended when its turn comes is not taken; one that was taken is not cancelled, and an error means then that the ledger has halted.
func (l *Ledger) Apply(ctx context.Context, in kernel.Input, note Note) (Applied, error) {
	return l.submit(ctx, &request{input: in, note: note})
}

// ApplyWhere is Apply, unless fits has an error for the very state that the step would be judged by: then that is the answer, and nothing is
// recorded. The writer waits for fits, which must look and nothing else.
func (l *Ledger) ApplyWhere(ctx context.Context, fits func(kernel.State) error, in kernel.Input, note Note) (Applied, error) {
	return l.submit(ctx, &request{input: in, note: note, fits: fits})
}

// Adopt makes spec the theory of all steps from now on, after it is kept durably. One that is not well formed is refused with [IllFormed],
// one under which a reader of a store would declare less than the store may hold with [Inadmissible].
func (l *Ledger) Adopt(ctx context.Context, spec kernel.TheorySpec) (kernel.Theory, error) {
	t, err := Seal(spec)
	if err != nil {
		return kernel.Theory{}, err
	}
	if err := l.folder.keep(spec, t.Digest()); err != nil {
		return kernel.Theory{}, fault.New(fault.Unavailable, "keep the theory", err)
	}
	_, err = l.submit(ctx, &request{theory: &t})
	return t, err
}

// Record keeps a fact of the host durably. The kernel does not see it; Replayed does, at the next Open.
func (l *Ledger) Record(ctx context.Context, f Fact) error {
	_, err := l.submit(ctx, &request{fact: &f})
	return err
}

func (l *Ledger) submit(ctx context.Context, r *request) (Applied, error) {
	r.answer, r.gone = make(chan answer, 1), ctx.Done()
	select {
	case l.inbox <- r:
	case <-r.gone:
		return Applied{}, errGone(ctx)
	case <-l.stop:
		return Applied{}, fault.New(fault.Halted, "ledger", errClosed)
	}
	var a answer
	select {
	case a = <-r.answer:
	case <-l.stopped:
		return Applied{}, fault.New(fault.Halted, "ledger", errClosed)
	}
	if a.err == errNotTaken {
		return Applied{}, errGone(ctx)
	}
	if a.err != nil {
		return a.applied, a.err
	}
	if a.sync {
		if err := l.journal.Sync(context.WithoutCancel(ctx), a.applied.Sequence); err != nil {
			return a.applied, fault.New(fault.Halted, "make the step durable", err)
		}
	}
	return a.applied, nil
}

var (
	errClosed   = errors.New("closed")
	errNotTaken = errors.New("not taken")
)

func errGone(ctx context.Context) error {
	return fault.New(fault.Timeout, "wait for the ledger", ctx.Err())
}

// Close lets what is in the inbox finish and closes the journal.
func (l *Ledger) Close() error {
	close(l.stop)
	<-l.stopped
	return l.journal.Close()
}

// run is the writer: drain the inbox, step each in order, append once, publish, answer.
func (l *Ledger) run() {
	defer close(l.stopped)
	for {
		select {
		case first := <-l.inbox:
			l.write(l.drain(first))
		case <-l.stop:
			for len(l.inbox) > 0 {
				l.write(l.drain(<-l.inbox))
			}
			return
		}
	}
}

// drain ends a batch with a fact. Whatever that ends, such as the requests of a credential, is ended when it is observed, and so before
// anything behind it is judged.
func (l *Ledger) drain(first *request) []*request {
	batch := []*request{first}
	for len(batch) < batchSize && batch[len(batch)-1].fact == nil {
		select {
		case r := <-l.inbox:
			batch = append(batch, r)
		default:
			return batch
		}
	}
	return batch
}

func (l *Ledger) write(batch []*request) {
	next := *l.Current()
	payloads := make([][]byte, 0, len(batch))
	text := l.text[:0] // where it grows, the records before stay in what it grew out of
	now := time.Now()
	for _, r := range batch {
		if !l.judge(r, &next, now) {
			continue
		}
		next.Sequence++
		r.record.Sequence, r.applied.Sequence = next.Sequence, next.Sequence
		begin := len(text)
		text = appendRecord(text, r.record)
		payloads = append(payloads, text[begin:])
	}
	if cap(text) <= keptText {
		l.text = text
	}
	anchors, err := l.append(payloads, next.Sequence)
	if err == nil && len(payloads) > 0 {
		l.current.Store(&next)
	}
	for _, r := range batch {
		if err == nil && r.record.kind != "" {
			r.record.Chain, anchors = anchors[0].Chain, anchors[1:]
		}
		l.answer(r, err)
	}
}

// answer tells the observer first, so that whoever is answered finds every shadow of the journal up to date.
func (l *Ledger) answer(r *request, err error) {
	if err == nil && r.record.kind != "" {
		err = l.observe(r.record)
	}
	if err != nil {
		r.applied, r.err = Applied{}, err
	}
	r.answer <- answer{r.applied, r.sync, r.err}
}

func (l *Ledger) append(payloads [][]byte, last uint64) ([]journal.Anchor, error) {
	if len(payloads) == 0 {
		if err := l.journal.Err(); err != nil {
			return nil, fault.New(fault.Halted, "ledger", err)
		}
		return nil, nil
	}
	anchors, err := l.journal.Append(payloads)
	if err != nil {
		return nil, fault.New(fault.Halted, "append to the journal", err)
	}
	if got := anchors[len(anchors)-1].Seq; got != last {
		return nil, fault.New(fault.Bug, "append to the journal", fmt.Errorf("record %d became %d", last, got))
	}
	return anchors, nil
}

// judge advances next by one request and reports whether there is a record of it to keep.
func (l *Ledger) judge(r *request, next *Snapshot, now time.Time) bool {
	select {
	case <-r.gone:
		r.err = errNotTaken
		return false
	default:
	}
	switch {
	case r.theory != nil:
		if problems := kernel.Admissible(next.State, *r.theory); len(problems) > 0 {
			r.err = Inadmissible{problems}
			return false
		}
		next.Theory = *r.theory
		r.sync = true
		r.record = Record{Time: now, Theory: r.theory.Digest(), kind: kindTheory}
		return true
	case r.fact != nil:
		r.sync = true
		r.record = Record{Time: now, Theory: next.Theory.Digest(), Fact: r.fact, kind: kindFact}
		return true
	}
	if r.fits != nil {
		if r.err = r.fits(next.State); r.err != nil {
			return false
		}
	}
	before := *next
	r.applied.Before = &before
	switch out := kernel.Step(next.Theory, next.State, r.input).(type) {
	case kernel.Refused:
		r.applied.Refusal = out.Why
		return false
	case kernel.Accepted:
		next.State = out.State
		r.applied.Event = out.Event
		r.sync = mustSync(out.Event) || r.note.Key != "" // one that was lost could be used again
		r.record = Record{Time: now, Theory: next.Theory.Digest(), Input: r.input, Event: out.Event, Note: r.note, kind: kindStep}
		return true
	}
	panic("ledger: outcome outside the sealed sum")
}

// mustSync is the durability class of an accepted step. A start without sinks is written before its effect and durable within the
// journal's delay; an ordinary outcome may become durable with the next batch, because its start froze its label.
func mustSync(e kernel.Event) bool {
	switch e := e.(type) {
	case kernel.Started:
		return e.Call.Sinks != 0
	case kernel.Completed:
		return e.Raised || e.Spent > 0
	default:
		return true
	}
}

// Inadmissible says which readers of a theory declare less than the stores they read may already hold.
type Inadmissible struct{ Problems []kernel.Problem }

func (i Inadmissible) Error() string {
	return fmt.Sprintf("the theory does not follow from what its stores already hold: %d readers declare too little", len(i.Problems))
}
