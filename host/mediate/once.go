package mediate

import (
	"context"
	"sync"
	"time"

	"argus/host/fault"
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
// keeps it; a refusal, which had no effect, is remembered until the daemon ends.
type Answers struct {
	mu   sync.Mutex
	told map[string]*told // by principal
}

type told struct {
	byKey map[string]*answered
	order []*answered // oldest first
}

type answered struct {
	key     string
	content kernel.Digest
	at      time.Time
	step    Step
	done    chan struct{} // closed when step is set, or the request failed
	failed  bool          // nothing was recorded of it
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
	t.order = append(t.order, one)
	return one
}

// forget drops what is older than a day, and what failed.
func (t *told) forget(now time.Time) {
	for len(t.order) > 0 && (t.order[0].failed || now.Sub(t.order[0].at) >= keptFor) {
		if one := t.order[0]; t.byKey[one.key] == one {
			delete(t.byKey, one.key)
		}
		t.order[0], t.order = nil, t.order[1:]
	}
}

// claim finds the answer that a key has, or gives the key to the caller, who must settle it. full says that there is no room for one more.
func (a *Answers) claim(q Request) (one *answered, mine, full bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	now, t := time.Now(), a.of(q.AskedBy)
	t.forget(now)
	if one, known := t.byKey[q.Key]; known && !one.failed {
		return one, false, false
	}
	if len(t.order) >= maxAnswers {
		return nil, false, true
	}
	return t.add(q, now), true, false
}

// settle keeps an answer. A request of which nothing was recorded frees its key, so that it can be made again.
func (a *Answers) settle(one *answered, step Step, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case one.step.Event != nil: // it stands in the journal, whatever came after
	case err == nil:
		one.step = step
	default:
		one.failed = true
	}
	close(one.done)
}

func (a *Answers) answer(one *answered) (Step, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return one.step, !one.failed
}

// Once runs a request, unless one of the same key was answered within a day: then the answer is given again, and nothing happens. Another
// content under the same key is refused. run must put q into the Caller by which it asks. Without a key it is simply run.
func (m *Mediator) Once(ctx context.Context, q Request, run func() (Step, error)) (Step, error) {
	if q.Key == "" {
		return run()
	}
	who := Caller{Principal: q.AskedBy}
	for {
		one, mine, full := m.Answers.claim(q)
		switch {
		case full:
			return Step{Refusal: m.refuseStep(who, "idempotency_key", ruleLimit, "too many keys were used within a day")}, nil
		case mine:
			step, err := run()
			m.Answers.settle(one, step, err)
			return step, err
		case one.content != q.Content:
			return Step{Refusal: m.refuseStep(who, "idempotency_key", ruleKey, "the key was used for a request of other content")}, nil
		}
		select {
		case <-one.done:
		case <-ctx.Done():
			return Step{}, fault.New(fault.Timeout, "wait for the same request", ctx.Err())
		}
		if step, kept := m.Answers.answer(one); kept {
			return step, nil
		}
	}
}
