package audit

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"argus/plugin/sdk"
	auditv1 "argus/proto/argus/audit/v1"
)

// Bounds of the texts of an event and of a query, in bytes: of a detail and of a text to look for, and of all others.
const (
	MaxName   = 512
	MaxDetail = 4 << 10
)

func eventToWire(e Event) *auditv1.Event {
	return &auditv1.Event{
		Sequence: e.Sequence, Reference: line(e.Reference, MaxName), TimeUnixNano: nanos(e.Time), What: line(e.What, MaxName),
		Principal: line(e.Principal, MaxName), Agent: line(e.Agent, MaxName), Tool: line(e.Tool, MaxName),
		Invocation: e.Invocation, Level: line(e.Level, MaxName), Integrity: line(e.Integrity, MaxName), Rule: line(e.Rule, MaxName),
		Detail: line(e.Detail, MaxDetail), Count: e.Count,
	}
}

// line is text as an event may hold it: what an oracle or a server said may have several lines.
func line(text string, most int) string {
	return sdk.Clip(strings.NewReplacer("\n", " ", "\t", " ").Replace(text), most)
}

func eventFromWire(w *auditv1.Event) (Event, error) {
	e := Event{
		Sequence: w.GetSequence(), Reference: w.GetReference(), Time: moment(w.GetTimeUnixNano()), What: w.GetWhat(), Principal: w.GetPrincipal(),
		Agent: w.GetAgent(), Tool: w.GetTool(), Level: w.GetLevel(), Integrity: w.GetIntegrity(), Rule: w.GetRule(),
		Detail: w.GetDetail(), Count: w.GetCount(),
	}
	if w != nil {
		e.Invocation = w.Invocation
	}
	return e, sdk.FirstError(
		e.check(),
		sdk.CheckProse("a reference", e.Reference, 0, MaxName), sdk.CheckProse("what happened", e.What, 1, MaxName),
		sdk.CheckProse("a principal", e.Principal, 0, MaxName), sdk.CheckProse("an agent", e.Agent, 0, MaxName),
		sdk.CheckProse("a tool", e.Tool, 0, MaxName), sdk.CheckProse("a level", e.Level, 0, MaxName),
		sdk.CheckProse("an integrity", e.Integrity, 0, MaxName), sdk.CheckProse("a rule", e.Rule, 0, MaxName),
		sdk.CheckProse("a detail", e.Detail, 0, MaxDetail),
	)
}

// check holds an event to being exactly one of the two.
func (e Event) check() error {
	switch {
	case (e.What == Refused) != (e.Sequence == 0) || (e.What == Refused) != (e.Reference != ""):
		return errors.New("an event is a step with a sequence, or a refusal with a reference")
	case e.Time.IsZero():
		return errors.New("an event has no time")
	}
	return nil
}

func keptToWire(k Kept) *auditv1.KeptReply {
	return &auditv1.KeptReply{Sequence: k.Sequence, RefusalUnixNano: nanos(k.Refusal)}
}

func keptFromWire(w *auditv1.KeptReply) (Kept, error) {
	if w == nil {
		return Kept{}, errors.New("the answer does not say what is kept")
	}
	return Kept{Sequence: w.GetSequence(), Refusal: moment(w.GetRefusalUnixNano())}, nil
}

func queryToWire(q Query) *auditv1.QueryRequest {
	return &auditv1.QueryRequest{
		Principal: q.Principal, Agent: q.Agent, Tool: q.Tool, Rule: q.Rule, What: q.What, Text: q.Text, FromUnixNano: nanos(q.From),
		BeforeUnixNano: nanos(q.Before), AfterId: q.AfterID, OldestFirst: q.OldestFirst, Limit: uint32(min(max(q.Limit, 1), MaxFound)),
	}
}

func queryFromWire(w *auditv1.QueryRequest) (Query, error) {
	q := Query{
		Principal: w.GetPrincipal(), Agent: w.GetAgent(), Tool: w.GetTool(), Rule: w.GetRule(), What: w.GetWhat(), Text: w.GetText(),
		From: moment(w.GetFromUnixNano()), Before: moment(w.GetBeforeUnixNano()), AfterID: w.GetAfterId(), OldestFirst: w.GetOldestFirst(),
		Limit: int(w.GetLimit()),
	}
	if q.Limit < 1 || q.Limit > MaxFound {
		return q, fmt.Errorf("the limit is not within 1..%d", MaxFound)
	}
	return q, sdk.CheckProse("a text to look for", q.Text, 0, MaxDetail)
}

// answers holds what was found to what was asked.
func (q Query) answers(found []Found) error {
	if len(found) > q.Limit {
		return errors.New("more events were found than were asked for")
	}
	last := q.AfterID
	for i, f := range found {
		switch {
		case f.ID <= q.AfterID:
			return errors.New("an event was found that was to be passed over")
		case q.OldestFirst && f.ID <= last, !q.OldestFirst && i > 0 && f.ID >= last:
			return errors.New("the events are not in the order that was asked for")
		case !q.From.IsZero() && f.Time.Before(q.From), !q.Before.IsZero() && !f.Time.Before(q.Before):
			return errors.New("an event lies outside the time that was asked for")
		case q.Principal != "" && f.Principal != q.Principal, q.Rule != "" && f.Rule != q.Rule, q.What != "" && f.What != q.What,
			q.Tool != "" && f.Tool != q.Tool:
			return errors.New("an event was found that is not what was asked for")
		}
		last = f.ID
	}
	return nil
}

// nanos is a moment as the wire has it: none is 0.
func nanos(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixNano()
}

func moment(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.Unix(0, n).UTC()
}
