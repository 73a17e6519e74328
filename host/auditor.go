package host

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"

	"argus/host/fault"
	"argus/host/follow"
	"argus/host/ledger"
	"argus/host/refusals"
	"argus/plugin/sdk"
	"argus/plugin/sdk/audit"
)

// auditor feeds the audit sink: every step of the journal in order and at least once, from where the sink says that it stands, and refusals beside
// them. Nobody waits for it; a required sink that lags too far keeps calls from starting.
type auditor struct {
	sink     *audit.Client
	feed     *follow.Feed
	ledger   *ledger.Ledger
	refusals *refusals.Book
	logger   hclog.Logger
	required bool
	most     uint64 // records that a required sink may lag

	mu      sync.Mutex
	reached uint64 // every step up to this record is kept
	heard   bool   // the sink has said where it stands
	problem string
}

// refusalsEvery is how often refusals are looked for.
const refusalsEvery = time.Second

// run feeds until ctx ends.
func (a *auditor) run(ctx context.Context) {
	backoff := sdk.Backoff{Min: 100 * time.Millisecond, Max: 5 * time.Second}
	for a.sink.Up(ctx) == nil {
		began := time.Now()
		err := a.feedFrom(ctx)
		if ctx.Err() != nil {
			return
		}
		a.fail(err)
		if time.Since(began) > time.Minute {
			backoff.Reset()
		}
		backoff.Wait(ctx, nil)
	}
}

// feedFrom feeds from where the sink stands until something fails.
func (a *auditor) feedFrom(ctx context.Context) error {
	kept, err := a.sink.Kept(ctx)
	if err != nil {
		return err
	}
	cursor, err := a.follow(kept)
	if err != nil {
		return err
	}
	defer cursor.Close()
	told := &retold{book: a.refusals}
	for {
		steps, err := a.steps(cursor)
		if err != nil {
			return err
		}
		news, err := told.news(kept, audit.MaxEvents-len(steps))
		if err != nil {
			return err
		}
		if len(steps)+len(news) > 0 {
			if kept, err = a.sink.Append(ctx, kept, append(steps, news...)); err != nil {
				return err
			}
			told.keep(news)
		}
		a.reach(cursor.Last())
		if len(steps)+len(news) == audit.MaxEvents {
			continue
		}
		if err := wait(ctx, cursor); err != nil {
			return err
		}
	}
}

// follow begins after what the sink has kept. The last step of that must be a record of this journal: by its number alone a sink could not be told
// from one that was fed from another journal, such as one that was begun anew or has lost its end.
func (a *auditor) follow(kept audit.Kept) (*follow.Cursor, error) {
	if kept.Sequence == 0 {
		return a.feed.From(a.ledger, 0)
	}
	cursor, err := a.feed.From(a.ledger, kept.Sequence-1)
	if fault.KindOf(err) == fault.Invalid {
		return nil, otherJournal{kept}
	}
	if err != nil {
		return nil, err
	}
	last, some, err := cursor.Next()
	if err == nil && (!some || last.Sequence != kept.Sequence || audit.Chain(last.Chain) != kept.Chain) {
		err = otherJournal{kept}
	}
	if err != nil {
		cursor.Close()
		return nil, err
	}
	return cursor, nil
}

// otherJournal says that what a sink has kept is not of this journal.
type otherJournal struct{ kept audit.Kept }

func (o otherJournal) Error() string {
	return fmt.Sprintf("the sink keeps another journal: it has kept record %d (%.8s), and that is not in this one. To go on with this journal give the sink "+
		"a new store; if this journal is the wrong one, or lacks its end, put the right one back; argus audit verify --anchor %d:%s tells",
		o.kept.Sequence, o.kept.Chain, o.kept.Sequence, o.kept.Chain)
}

// wait waits for a step, or until refusals are to be looked for.
func wait(ctx context.Context, cursor *follow.Cursor) error {
	tick := make(chan struct{})
	timer := time.AfterFunc(refusalsEvery, func() { close(tick) })
	defer timer.Stop()
	return cursor.Wait(ctx, tick)
}

// steps are the next steps, as many as fit into one message.
func (a *auditor) steps(cursor *follow.Cursor) ([]audit.Event, error) {
	var events []audit.Event
	for len(events) < audit.MaxEvents {
		step, some, err := cursor.Next()
		if err != nil || !some {
			return events, err
		}
		events = append(events, a.step(step))
	}
	return events, nil
}

func (a *auditor) step(s follow.Step) audit.Event {
	words, agent := follow.Describe(s.Event), follow.Subject(s.Event)
	e := audit.Event{
		Sequence: s.Sequence, Chain: audit.Chain(s.Chain), Time: s.Time, What: words.What, Principal: a.feed.Owner(agent), Agent: string(agent), Tool: words.Tool,
		Invocation: words.Invocation, Detail: words.Detail,
	}
	if words.Exposure != nil {
		e.Level, e.Integrity = words.Exposure.Level.String(), words.Exposure.Integrity.String()
	}
	return e
}

// reach notes that everything up to a record is kept.
func (a *auditor) reach(record uint64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.reached, a.heard = record, true
	if a.problem != "" {
		a.problem = ""
		a.logger.Info("the audit sink keeps what happens again", "record", record)
	}
}

func (a *auditor) fail(err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if _, other := errors.AsType[otherJournal](err); other {
		a.heard = false // what it was given before does not make up for what it would not be given
	}
	if said := err.Error(); said != a.problem {
		a.problem = said
		a.logger.Error("the audit sink does not keep what happens", "error", err)
	}
}

// Problem is why the sink does not keep what happens; empty if it does.
func (a *auditor) Problem() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.problem == "" {
		return ""
	}
	return "audit: " + a.problem
}

// Behind is why no call may start: a required sink has not been heard, or lags too far.
func (a *auditor) Behind() error {
	if !a.required {
		return nil
	}
	last := a.ledger.Durable()
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case !a.heard && a.problem != "":
		return fault.New(fault.Unavailable, "audit", errors.New(a.problem))
	case !a.heard:
		return fault.New(fault.Unavailable, "audit", fmt.Errorf("the required audit sink has not been heard yet: see `argus status`"))
	case last > a.reached && last-a.reached > a.most:
		return fault.New(fault.Unavailable, "audit", fmt.Errorf("the required audit sink lags %d records: see `argus status`", last-a.reached))
	}
	return nil
}

// retold finds the refusals that a sink was not given yet.
type retold struct {
	book    *refusals.Book
	written uint64
	begun   bool
	left    []audit.Event
}

// news are at most so many, after what the sink has kept.
func (r *retold) news(kept audit.Kept, most int) ([]audit.Event, error) {
	if written := r.book.Written(); len(r.left) == 0 && (!r.begun || written != r.written) {
		found, err := r.book.After(refusals.Reference(kept.Reference), kept.Count)
		if err != nil {
			return nil, err
		}
		r.written, r.begun = written, true
		for _, f := range found {
			r.left = append(r.left, refusalEvent(f))
		}
	}
	return r.left[:min(most, len(r.left))], nil
}

// keep notes that the sink has kept the first of what was left.
func (r *retold) keep(events []audit.Event) { r.left = r.left[len(events):] }

func refusalEvent(r refusals.Refusal) audit.Event {
	return audit.Event{
		Reference: string(r.Reference), Time: r.Time, What: audit.Refused, Principal: r.Principal, Agent: r.Agent, Tool: r.Tool, Level: r.Level,
		Integrity: r.Integrity, Rule: r.Rule, Detail: strings.Join(append([]string{r.Sentence}, r.Causes...), "; "), Count: r.Count,
	}
}

// Audit asks the sink.
func (h *Host) Audit(ctx context.Context, q audit.Query) ([]audit.Found, error) {
	if h.auditor == nil {
		return nil, fault.New(fault.Invalid, "audit", errors.New("the configuration has no [[plugin]] of kind audit: plugins/audit-sqlite/README.md tells how to add one"))
	}
	return h.auditor.sink.Query(ctx, q)
}
