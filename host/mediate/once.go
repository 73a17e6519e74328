package mediate

import (
	"container/list"
	"context"
	"sync"
	"time"

	"argus/host/fault"
	"argus/host/identity"
	"argus/host/ledger"
	"argus/kernel"
)

const (
	// keptFor is how long the same request gets the same answer.
	keptFor = 24 * time.Hour
	// maxAnswers bounds the keys of one principal in that time.
	maxAnswers = 1 << 16
)

// Request names the request of a client: see [Mediator.Once].
type Request = ledger.Request

// Answers remembers what was answered to requests that have a key. What was accepted stands in the journal with its step, so that a restart
// keeps it; a refusal, which had no effect, is remembered until the daemon ends or its room is needed.
type Answers struct {
	mu   sync.Mutex
	told map[string]*told // by principal
}

// told is what one principal was told. Each answer is in byKey and in one of the lists, which have the oldest first.
type told struct {
	byKey   map[string]*answered
	lasting list.List // what was accepted, and what is not answered yet
	refused list.List
}

type answered struct {
	key     string
	content kernel.Digest
	at      time.Time
	step    Step
	done    chan struct{} // closed when step is set, or the request failed
	failed  bool          // nothing was recorded of it

	in    *list.List // of its principal's
	place *list.Element
}

// NewAnswers remembers nothing yet.
func NewAnswers() *Answers { return &Answers{told: map[string]*told{}} }

// Observe takes one record of the ledger. The ledger hands over every record once, in order.
func (a *Answers) Observe(r ledger.Record) {
	if r.Note.Key == "" || r.Event == nil || time.Since(r.Time) >= keptFor {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	one, known := a.of(r.Note.AskedBy).byKey[r.Note.Key]
	if !known {
		one = a.of(r.Note.AskedBy).add(r.Note.Request, r.Time)
		close(one.done)
	}
	if one.step.Event == nil {
		one.step = Step{Event: r.Event, Sequence: r.Sequence, Call: r.Note.Call}
	}
}

func (a *Answers) of(principal string) *told {
	t := a.told[principal]
	if t == nil {
		t = &told{byKey: map[string]*answered{}}
		a.told[principal] = t
	}
	return t
}

func (t *told) add(q Request, at time.Time) *answered {
	one := &answered{key: q.Key, content: q.Content, at: at, done: make(chan struct{})}
	t.byKey[q.Key] = one
	t.put(one, &t.lasting)
	return one
}

func (t *told) put(one *answered, in *list.List) { one.in, one.place = in, in.PushBack(one) }

func (t *told) drop(one *answered) {
	one.in.Remove(one.place)
	delete(t.byKey, one.key)
}

// forget drops what is older than a day.
func (t *told) forget(now time.Time) {
	for _, in := range []*list.List{&t.lasting, &t.refused} {
		for first := in.Front(); first != nil && now.Sub(first.Value.(*answered).at) >= keptFor; first = in.Front() {
			t.drop(first.Value.(*answered))
		}
	}
}

// room reports whether there is room for one more key. A refusal gives way, the oldest first: what was refused can be refused again.
func (t *told) room() bool {
	if len(t.byKey) < maxAnswers {
		return true
	}
	oldest := t.refused.Front()
	if oldest != nil {
		t.drop(oldest.Value.(*answered))
	}
	return oldest != nil
}

// claim finds the answer that a key has, or gives the key to the caller, who must settle it. full says that there is no room for one more.
func (a *Answers) claim(q Request) (one *answered, mine, full bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	now, t := time.Now(), a.of(q.AskedBy)
	t.forget(now)
	if one, known := t.byKey[q.Key]; known {
		return one, false, false
	}
	if !t.room() {
		return nil, false, true
	}
	return t.add(q, now), true, false
}

// settle keeps an answer. A request of which nothing was recorded frees its key, so that it can be made again.
func (a *Answers) settle(q Request, one *answered, step Step, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	t := a.of(q.AskedBy)
	switch {
	case one.step.Event != nil: // it stands in the journal, whatever came after
	case err != nil:
		one.failed = true
		t.drop(one)
	default:
		if one.step = step; step.Refusal != nil {
			one.in.Remove(one.place)
			t.put(one, &t.refused)
		}
	}
	close(one.done)
}

func (a *Answers) answer(one *answered) (Step, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return one.step, !one.failed
}

// asked is the way of a request for one step. It is refused where the credential may not ask for that, whatever was answered to the same request
// before. One that has a key is run once. What it does ends with the credential.
func (m *Mediator) asked(ctx context.Context, who Caller, wants identity.Transitions, what string, run func(context.Context) (Step, error)) (Step, error) {
	if refused := m.beyond(who, wants, what); refused != nil {
		return Step{Refusal: refused}, nil
	}
	ctx, stop := m.Book.Hold(ctx, who.Credential)
	defer stop()
	return m.Once(ctx, who, func() (Step, error) { return run(ctx) })
}

// Once runs what a caller asks for, unless a request of the same key was answered within a day: then nothing happens, and the answer is given
// again if it permits nothing that is not permitted any more. Another content under the same key is refused. Without a key it is simply run.
func (m *Mediator) Once(ctx context.Context, who Caller, run func() (Step, error)) (Step, error) {
	q := who.Request
	if q.Key == "" {
		return run()
	}
	for {
		one, mine, full := m.Answers.claim(q)
		switch {
		case full:
			return Step{Refusal: m.refuseStep(who, "idempotency_key", RuleLimit, "too many keys were used within a day")}, nil
		case mine:
			step, err := run()
			m.Answers.settle(q, one, step, err)
			return step, err
		case one.content != q.Content:
			return Step{Refusal: m.refuseStep(who, "idempotency_key", RuleKey, "the key was used for a request of other content")}, nil
		}
		select {
		case <-one.done:
		case <-ctx.Done():
			return Step{}, fault.New(fault.Timeout, "wait for the same request", ctx.Err())
		}
		if step, kept := m.Answers.answer(one); kept {
			return m.again(who, step, run)
		}
	}
}
