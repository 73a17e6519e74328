package audit

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"

	"argus/plugin/sdk"
	"argus/plugin/sdk/sdktest"
	auditv1 "argus/proto/argus/audit/v1"
)

var noon = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

func step(n uint64) Event {
	return Event{Sequence: n, Chain: Chain{byte(n)}, Time: noon, What: "started", Invocation: new(n)}
}

// at is what a sink has kept whose last step is the n-th.
func at(n uint64) Kept { return Kept{Sequence: n, Chain: Chain{byte(n)}} }

// list is a Store in memory.
type list struct {
	events []Found
	kept   Kept
}

func (l *list) Configure(context.Context, sdk.Settings) []sdk.Problem { return nil }

func (l *list) Kept(context.Context) (Kept, error) { return l.kept, nil }

func (l *list) Append(_ context.Context, events []Event) (Kept, error) {
	for _, e := range events {
		l.events = append(l.events, Found{uint64(len(l.events)) + 1, e})
	}
	l.kept = l.kept.Then(events)
	return l.kept, nil
}

func (l *list) Query(_ context.Context, q Query) ([]Found, error) {
	return l.events[:min(len(l.events), q.Limit)], nil
}

// exporter is a Sink that cannot be asked.
type exporter struct{ Sink }

var info = sdk.Info{Name: "sink", Version: "1"}

func TestEventsCrossTheWireWhole(t *testing.T) {
	c := NewClient(sdktest.Start(t, Service(info, &list{}), "{}"))
	given := []Event{step(7), {Reference: "R-AAAAAAAA", Time: noon, What: Refused, Rule: "2a", Principal: "p", Agent: "root.1", Tool: "t", Level: "public", Integrity: "proven", Detail: "d", Count: 3}}
	want := Kept{Sequence: 7, Chain: Chain{7}, Reference: "R-AAAAAAAA", Count: 3}
	if k, err := c.Append(t.Context(), Kept{}, given); err != nil || k != want {
		t.Fatalf("kept %+v, %v", k, err)
	}
	if k, err := c.Kept(t.Context()); err != nil || k != want {
		t.Fatalf("kept %+v, %v", k, err)
	}
	found, err := c.Query(t.Context(), Query{OldestFirst: true, Limit: 10})
	if err != nil || len(found) != 2 || *found[0].Invocation != 7 {
		t.Fatalf("found %+v, %v", found, err)
	}
	found[0].Invocation, given[0].Invocation = nil, nil
	for i := range found {
		if found[i].Event != given[i] {
			t.Errorf("event %d is %+v", i, found[i].Event)
		}
	}
}

// TestTextsOfAnEventAreOneLine: a sink may keep lines, and a cause that an oracle gave must not look like an event of its own.
func TestTextsOfAnEventAreOneLine(t *testing.T) {
	sink := &list{}
	c := NewClient(sdktest.Start(t, Service(info, sink), "{}"))
	e := Event{Reference: "R-AAAAAAAA", Time: noon, What: Refused, Tool: "a\tb", Detail: "because\nstarted  root.1\x1b[2K", Count: 1}
	if _, err := c.Append(t.Context(), Kept{}, []Event{e}); err != nil {
		t.Fatal(err)
	}
	if got := sink.events[0]; got.Tool != "a b" || got.Detail != "because started  root.1?[2K" {
		t.Errorf("kept %+v", got.Event)
	}
}

func TestASinkThatPassesOnCannotBeAsked(t *testing.T) {
	c := NewClient(sdktest.Start(t, Service(info, exporter{&list{}}), "{}"))
	if _, err := c.Query(t.Context(), Query{Limit: 1}); !errors.Is(err, ErrNoStore) {
		t.Errorf("%v", err)
	}
}

func TestAnEventIsAStepOrARefusal(t *testing.T) {
	c := NewClient(sdktest.Start(t, Service(info, &list{}), "{}"))
	for name, e := range map[string]Event{
		"neither": {Chain: Chain{1}, Time: noon, What: "started"}, "both": {Sequence: 1, Reference: "R", Time: noon, What: Refused},
		"a step with a reference": {Sequence: 1, Chain: Chain{1}, Reference: "R", Time: noon, What: "started"},
		"no time":                 {Sequence: 1, Chain: Chain{1}, What: "started"}, "a refusal without a reference": {Time: noon, What: Refused},
		"a step without a chain": {Sequence: 1, Time: noon, What: "started"}, "a refusal with a chain": {Reference: "R", Chain: Chain{1}, Time: noon, What: Refused},
	} {
		if _, err := c.Append(t.Context(), Kept{}, []Event{e}); sdkKind(err) != string(sdk.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	many := make([]Event, MaxEvents+1)
	for i := range many {
		many[i] = Event{Reference: "R-AAAAAAAA", Time: noon, What: Refused, Count: uint64(i)}
	}
	if _, err := c.Append(t.Context(), Kept{}, many); sdkKind(err) != string(sdk.Invalid) {
		t.Errorf("too many: %v", err)
	}
	if _, err := c.Append(t.Context(), Kept{}, many[1:]); err != nil {
		t.Errorf("control: %v", err)
	}
}

func TestStepsRise(t *testing.T) {
	c := NewClient(sdktest.Start(t, Service(info, &list{kept: at(4)}), "{}"))
	for name, events := range map[string][]Event{
		"twice": {step(5), step(5)}, "back": {step(6), step(5)}, "what was kept": {step(4)}, "one before it": {step(3), step(5)},
	} {
		if _, err := c.Append(t.Context(), at(4), events); sdkKind(err) != string(sdk.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if kept, err := c.Append(t.Context(), at(4), []Event{step(5), step(9)}); err != nil || kept != at(9) {
		t.Errorf("control: %+v, %v", kept, err)
	}
}

// TestASinkTakesOnlyWhatFollowsWhatItHas: by number alone, the steps of a new journal look like more of the old one.
func TestASinkTakesOnlyWhatFollowsWhatItHas(t *testing.T) {
	sink := &list{kept: at(5)}
	c := NewClient(sdktest.Start(t, Service(info, sink), "{}"))
	for name, after := range map[string]Kept{
		"another journal": {Sequence: 5, Chain: Chain{99}}, "nothing": {}, "one before": at(4), "one that it was not given": at(6),
	} {
		_, err := c.Append(t.Context(), after, []Event{step(7)})
		if sdkKind(err) != string(sdk.Unavailable) || len(sink.events) > 0 || !strings.Contains(err.Error(), "the last that was kept is 5 (05000000)") {
			t.Errorf("after %s: %v", name, err)
		}
	}
	if kept, err := c.Append(t.Context(), at(5), []Event{step(7)}); err != nil || kept != at(7) || len(sink.events) != 1 {
		t.Errorf("control: %+v, %v", kept, err)
	}
}

// wild answers whatever a test says.
type wild struct {
	auditv1.UnimplementedAuditServer
	append *auditv1.AppendReply
	query  *auditv1.QueryReply
}

func (w *wild) Append(context.Context, *auditv1.AppendRequest) (*auditv1.AppendReply, error) {
	return w.append, nil
}

func (w *wild) Query(context.Context, *auditv1.QueryRequest) (*auditv1.QueryReply, error) {
	return w.query, nil
}

func serveWild(t *testing.T, w *wild) *Client {
	server := grpc.NewServer()
	auditv1.RegisterAuditServer(server, w)
	return NewClient(sdktest.Link(t, sdktest.Dial(t, server)))
}

func TestASinkThatSaysWhatCannotBeIsBroken(t *testing.T) {
	w := &wild{}
	c := serveWild(t, w)
	more := &auditv1.AppendReply{Kept: keptToWire(at(5))}
	sdktest.AddUnknown(more.Kept)
	for name, reply := range map[string]*auditv1.AppendReply{
		"nothing": {}, "an unknown field": more, "less than it took": {Kept: keptToWire(at(4))}, "more": {Kept: keptToWire(at(6))},
		"no chain": {Kept: &auditv1.KeptReply{Sequence: 5}}, "a short chain": {Kept: &auditv1.KeptReply{Sequence: 5, Chain: []byte{5}}},
		"a chain and no step": {Kept: &auditv1.KeptReply{Chain: at(5).Chain.Bytes()}},
		"another chain":       {Kept: keptToWire(Kept{Sequence: 5, Chain: Chain{99}})},
		"another refusal":     {Kept: keptToWire(Kept{Sequence: 5, Chain: Chain{5}, Reference: "R-BBBBBBBB", Count: 1})},
	} {
		w.append = reply
		if _, err := c.Append(t.Context(), at(4), []Event{step(5)}); sdkKind(err) != string(sdk.Broken) {
			t.Errorf("%s: %v", name, err)
		}
	}
	w.append = &auditv1.AppendReply{Kept: keptToWire(at(5))}
	if _, err := c.Append(t.Context(), at(4), []Event{step(5)}); err != nil {
		t.Errorf("control: %v", err)
	}
	good := func(id, sequence uint64) *auditv1.Found {
		return &auditv1.Found{Id: id, Event: eventToWire(step(sequence))}
	}
	other := good(3, 3)
	other.Event.Tool = "other"
	long := good(3, 3)
	long.Event.Detail = strings.Repeat("x", MaxDetail+1)
	lines := good(3, 3)
	lines.Event.Detail = "one\nstarted  root.1"
	for name, found := range map[string][]*auditv1.Found{
		"too many": {good(5, 5), good(4, 4), good(3, 3)}, "the wrong order": {good(4, 4), good(5, 5)}, "twice": {good(4, 4), good(4, 4)},
		"passed over": {good(2, 2)}, "too long": {long}, "two lines": {lines}, "no event": {{Id: 5}},
	} {
		w.query = &auditv1.QueryReply{Found: found}
		if _, err := c.Query(t.Context(), Query{AfterID: 2, Limit: 2}); sdkKind(err) != string(sdk.Broken) {
			t.Errorf("%s: %v", name, err)
		}
	}
	w.query = &auditv1.QueryReply{Found: []*auditv1.Found{other}}
	if _, err := c.Query(t.Context(), Query{Tool: "this", Limit: 2}); sdkKind(err) != string(sdk.Broken) {
		t.Errorf("another tool: %v", err)
	}
	w.query = &auditv1.QueryReply{Found: []*auditv1.Found{good(5, 5), good(4, 4)}}
	if found, err := c.Query(t.Context(), Query{AfterID: 2, Limit: 2}); err != nil || len(found) != 2 {
		t.Errorf("control: %v, %v", found, err)
	}
}

func sdkKind(err error) string {
	if f, is := errors.AsType[*sdk.Failure](err); is {
		return f.FaultKind()
	}
	return ""
}

func TestAChainIsReadAsItWasWritten(t *testing.T) {
	for _, c := range []Chain{{}, {1, 2, 255}} {
		text, err := c.MarshalText()
		back := Chain{7}
		if err = errors.Join(err, back.UnmarshalText(text)); err != nil || back != c {
			t.Errorf("%s became %s, %v", c, back, err)
		}
	}
	for _, bad := range []string{"zz", "01", strings.Repeat("01", 33)} {
		if err := new(Chain).UnmarshalText([]byte(bad)); err == nil {
			t.Errorf("%s was read", bad)
		}
	}
}
