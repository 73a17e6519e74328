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
		Detail: line(e.Detail, MaxDetail), Count: e.Count, Chain: e.Chain.Bytes(),
	}
}

// line is text as an event may hold it: what an oracle or a server said may have several lines.
func line(text string, most int) string {
	return sdk.Clip(strings.NewReplacer("\n", " ", "\t", " ").Replace(text), most)
}

func eventFromWire(w *auditv1.Event) (Event, error) {
	chain, err := chainFromWire(w.GetChain())
	e := Event{
		Chain:    chain,
		Sequence: w.GetSequence(), Reference: w.GetReference(), Time: moment(w.GetTimeUnixNano()), What: w.GetWhat(), Principal: w.GetPrincipal(),
		Agent: w.GetAgent(), Tool: w.GetTool(), Level: w.GetLevel(), Integrity: w.GetIntegrity(), Rule: w.GetRule(),
		Detail: w.GetDetail(), Count: w.GetCount(),
	}
	if w != nil {
		e.Invocation = w.Invocation
	}
	return e, sdk.FirstError(
		err, e.check(),
		sdk.CheckText("a reference", e.Reference, 0, MaxName), sdk.CheckText("what happened", e.What, 1, MaxName),
		sdk.CheckText("a principal", e.Principal, 0, MaxName), sdk.CheckText("an agent", e.Agent, 0, MaxName),
		sdk.CheckText("a tool", e.Tool, 0, MaxName), sdk.CheckText("a level", e.Level, 0, MaxName),
		sdk.CheckText("an integrity", e.Integrity, 0, MaxName), sdk.CheckText("a rule", e.Rule, 0, MaxName),
		sdk.CheckText("a detail", e.Detail, 0, MaxDetail),
	)
}

// check holds an event to being exactly one of the two.
func (e Event) check() error {
	switch {
	case (e.What == Refused) != (e.Sequence == 0) || (e.What == Refused) != (e.Reference != ""):
		return errors.New("an event is a step with a sequence, or a refusal with a reference")
	case (e.What == Refused) != (e.Chain == Chain{}):
		return errors.New("a step has the chain of its record, and a refusal none")
	case e.Time.IsZero():
		return errors.New("an event has no time")
	}
	return nil
}

// checkBatch holds events to being proper ones, with steps that rise from the one that they come after.
func checkBatch(after uint64, events []Event) error {
	for _, e := range events {
		if err := e.check(); err != nil {
			return err
		}
		if e.What == Refused {
			continue
		}
		if e.Sequence <= after {
			return fmt.Errorf("step %d does not come after step %d", e.Sequence, after)
		}
		after = e.Sequence
	}
	return nil
}

func keptToWire(k Kept) *auditv1.KeptReply {
	return &auditv1.KeptReply{Sequence: k.Sequence, Chain: k.Chain.Bytes(), Reference: k.Reference, Count: k.Count}
}

func keptFromWire(w *auditv1.KeptReply) (Kept, error) {
	if w == nil {
		return Kept{}, errors.New("the answer does not say what is kept")
	}
	chain, err := chainFromWire(w.GetChain())
	return Kept{Sequence: w.GetSequence(), Chain: chain, Reference: w.GetReference(), Count: w.GetCount()}, sdk.FirstError(
		err, checkChain(w.GetSequence(), chain), sdk.CheckText("the reference of a refusal", w.GetReference(), 0, MaxName),
	)
}

// checkChain holds the place of a step to having a chain, and no place to having none.
func checkChain(sequence uint64, chain Chain) error {
	if (sequence == 0) != (chain == Chain{}) {
		return errors.New("the last step has no chain of its record, or there is a chain and no step")
	}
	return nil
}

func chainFromWire(w []byte) (Chain, error) {
	if n := len(w); n != 0 && n != len(Chain{}) {
		return Chain{}, fmt.Errorf("a chain has %d bytes and not %d", n, len(Chain{}))
	}
	var c Chain
	copy(c[:], w)
	return c, nil
}

// QueryToWire is the question as the wire has it, with its limit brought into bounds.
func QueryToWire(q Query) *auditv1.QueryRequest {
	return &auditv1.QueryRequest{
		Principal: q.Principal, Agent: q.Agent, Tool: q.Tool, Rule: q.Rule, What: q.What, Text: q.Text, FromUnixNano: nanos(q.From),
		BeforeUnixNano: nanos(q.Before), AfterId: q.AfterID, OldestFirst: q.OldestFirst, Limit: uint32(min(max(q.Limit, 1), MaxFound)),
	}
}

// QueryFromWire reads a question, and holds it to its bounds.
func QueryFromWire(w *auditv1.QueryRequest) (Query, error) {
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
