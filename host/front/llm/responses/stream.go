package responses

import (
	"context"
	"slices"

	"argus/host/front/llm/sse"
	"argus/host/front/llm/wire"
	"argus/internal/ijson"
)

// maxEvent bounds the data of an event, as whoever reads the stream does.
const maxEvent = 16 << 20

// event is an event as it came. It is framed anew with the bytes of its data, since readers of streams differ in what they make of other frames;
// of the usual one nothing changes.
type event struct {
	name  string // in the frame; empty where the vendor names none
	value ijson.Value
}

// Event implements wire.Answer.
func (a *answer) Event(ctx context.Context, dst []byte, e sse.Event) ([]byte, error) {
	if a.fault != nil {
		return dst, a.fault
	}
	out, err := a.take(ctx, dst, e)
	if err != nil {
		return dst, a.stop(err)
	}
	return out, nil
}

func (a *answer) take(ctx context.Context, dst []byte, e sse.Event) ([]byte, error) {
	switch {
	case e.Data == nil && e.Name == "":
		return append(dst, ":\n\n"...), nil // a comment that keeps the connection alive
	case a.Complete():
		return dst, a.trail(e)
	}
	v, err := a.room.ParseString(string(e.Data), ijson.AtMost(maxEvent))
	if err != nil {
		return dst, wire.Broken{What: "an event is no JSON with one reading"}
	}
	name := kindOf(v)
	if e.Name != "" && e.Name != name {
		return dst, wire.Broken{What: "an event has two names"}
	}
	now := event{e.Name, v}
	if in, is := inner[name]; is {
		return a.inside(dst, now, in)
	}
	switch name {
	case "response.output_item.added":
		return a.added(dst, now)
	case "response.output_item.done":
		return a.itemDone(ctx, dst, now)
	case "response.created", "response.queued", "response.in_progress":
		return a.progress(dst, now)
	case "response.completed", "response.incomplete", "response.failed":
		return dst, a.ending(now)
	case "keepalive":
		if !knows(v) {
			return dst, unknownMember
		}
		return a.forward(dst, now, hidden), nil
	case "error":
		if !knows(v, "code", "message", "param", "error") {
			return dst, unknownMember
		}
		a.fault = wire.Broken{What: "the vendor ended it with an error"}
		return a.forward(dst, now, hidden), nil
	}
	return dst, wire.Broken{What: "it has an event of a kind that Argus does not know"}
}

var unknownMember = wire.Broken{What: "an event has a member that Argus does not know"}

// knows reports whether an event has no members but these and those that all have.
func knows(v ijson.Value, members ...string) bool {
	for name := range v.Members() {
		switch name {
		case "type", "sequence_number", "obfuscation":
		default:
			if !slices.Contains(members, name) {
				return false
			}
		}
	}
	return true
}

// progress takes an event that says that the response was begun. Those of later rounds are not the client's.
func (a *answer) progress(dst []byte, e event) ([]byte, error) {
	response, _ := e.value.Member("response")
	if !knows(e.value, "response") {
		return dst, unknownMember
	}
	if err := a.begin(response); err != nil {
		return dst, err
	}
	if output, has := response.Member("output"); has && (output.Kind() != ijson.Array || output.Len() > 0) || len(a.items) > 0 {
		return dst, wire.Broken{What: "it begins with items that no event announced"}
	}
	if a.rounds > 0 {
		a.numbers.skip()
		return dst, nil
	}
	if with, differs := a.previous(response); differs {
		edits := wire.Edit(e.value)
		edits.Replace(with, quote(a.request.Previous))
		e = renewed(e, edits)
	}
	return a.forward(dst, e, hidden), nil
}

// inside takes an event inside of an item.
func (a *answer) inside(dst []byte, e event, in inside) ([]byte, error) {
	if !knows(e.value, in.members...) {
		return dst, unknownMember
	}
	it, err := a.open(e.value)
	if err != nil {
		return dst, err
	}
	if !slices.ContainsFunc(in.of, func(kind string) bool { return kinds[kind] == it.kind }) || text(e.value, "item_id") != it.id {
		return dst, wire.Broken{What: "an event belongs to an item of another kind"}
	}
	if !speaks(e.value) {
		return dst, wire.Broken{What: "an item has content of a kind that Argus does not know"}
	}
	if !it.kind.call() {
		dst = a.forward(dst, e, it.place)
		a.room.Release(e.value)
		return dst, nil
	}
	if err := it.spell(e.value); err != nil {
		return dst, err
	}
	return dst, a.hold(it, e)
}

// speaks reports whether what an event brings of an item is text, or a part of what a model says.
func speaks(v ijson.Value) bool {
	for name, m := range v.Members() {
		switch name {
		case "delta", "text", "refusal", "arguments", "input", "code":
			if m.Kind() != ijson.String {
				return false
			}
		case "part":
			if !said(m) {
				return false
			}
		}
	}
	return true
}

// spell takes the next piece of a call's text, or all of it.
func (it *item) spell(v ijson.Value) error {
	if it.told != nil {
		return wire.Broken{What: "a call goes on after its end"}
	}
	if _, has := v.Member("delta"); has {
		it.spelled.WriteString(text(v, "delta"))
		return nil
	}
	told := text(v, it.kind.text)
	_, named := v.Member("name")
	if it.spelled.Len() > 0 && it.spelled.String() != told || named && text(v, "name") != it.name {
		return wire.Broken{What: "a call is told in two ways"}
	}
	it.told = &told
	return nil
}

// open finds the item that an event is about: one that was added and is not done.
func (a *answer) open(v ijson.Value) (*item, error) {
	index, _ := v.Member("output_index")
	at, is := position(index)
	if !is || at >= len(a.items) || a.items[at].done.Kind() != ijson.Invalid {
		return nil, wire.Broken{What: "an event belongs to no item that is open"}
	}
	return a.items[at], nil
}

// position is where the vendor has an item.
func position(index ijson.Value) (int, bool) {
	n, is := index.Number()
	at, whole := n.Int64()
	return int(at), is && whole && at >= 0 && at < mostItems
}

// added takes the first event of an item. One of a call is held back with all that follow it.
func (a *answer) added(dst []byte, e event) ([]byte, error) {
	v, _ := e.value.Member("item")
	index, _ := e.value.Member("output_index")
	at, is := position(index)
	switch {
	case !knows(e.value, "item", "output_index"):
		return dst, unknownMember
	case !a.begun || !is || at != len(a.items):
		return dst, wire.Broken{What: "an item is added out of order"}
	}
	it, err := a.add(v)
	if err != nil {
		return dst, err
	}
	if it.kind.call() {
		it.spelled.WriteString(it.call.Arguments)
		return dst, a.hold(it, e)
	}
	a.show(it, at, it.id, "")
	return a.forward(dst, e, it.place), nil
}

// itemDone takes the last event of an item, and of a call has it judged.
func (a *answer) itemDone(ctx context.Context, dst []byte, e event) ([]byte, error) {
	v, _ := e.value.Member("item")
	if !knows(e.value, "item", "output_index") {
		return dst, unknownMember
	}
	it, err := a.open(e.value)
	if err != nil {
		return dst, err
	}
	whole, err := a.tools.readItem(v)
	if err != nil {
		return dst, err
	}
	if !it.same(whole) {
		return dst, wire.Broken{What: "an item ends as another than it began"}
	}
	it.done = v
	if err := a.weigh(len(v.Raw())); err != nil {
		return dst, err
	}
	if !it.kind.call() {
		a.out[it.place].text = v.Raw()
		return a.forward(dst, e, it.place), nil
	}
	if told := it.spelled.String(); it.told != nil && *it.told != whole.call.Arguments || told != "" && told != whole.call.Arguments {
		return dst, wire.Broken{What: "a call is told in two ways"}
	}
	it.call = whole.call
	if err := a.hold(it, e); err != nil {
		return dst, err
	}
	return a.rule(ctx, dst, it)
}

// rule has a call judged, and gives out its events, a text in their place, or nothing.
func (a *answer) rule(ctx context.Context, dst []byte, it *item) ([]byte, error) {
	ruling, err := a.decide(ctx, it)
	if err != nil {
		return dst, err
	}
	events, position := it.held, slices.Index(a.items, it)
	it.held = nil
	switch {
	case ruling.Forward:
		a.show(it, position, it.id, it.done.Raw())
		for _, e := range events {
			dst = a.forward(dst, e, it.place)
		}
	case ruling.Say != "":
		m := message{saying(it.call.ID), ruling.Say}
		a.changed = true // even where the vendor gave the call the id and the place of the message
		a.show(it, position, m.id, m.item(true))
		dst = m.stream(dst, &a.numbers, it.place)
	default:
		a.changed = true
		a.numbers.skip()
	}
	return dst, nil
}

// hold keeps an event of a call until the call is judged.
func (a *answer) hold(it *item, e event) error {
	it.held = append(it.held, e)
	return a.weigh(len(e.value.Raw()))
}

// forward gives out an event, with another number or another position of its item where that changed.
func (a *answer) forward(dst []byte, e event, place int) []byte {
	number, numbered := e.value.Member("sequence_number")
	index, placed := e.value.Member("output_index")
	at, _ := position(index)
	moved := placed && at != place
	to, renumbered := a.numbers.next(number)
	if !moved && !(numbered && renumbered) {
		return sse.AppendValue(dst, e.name, e.value)
	}
	edits := wire.Edit(e.value)
	if moved {
		edits.Replace(index, digits(place))
	}
	if numbered && renumbered {
		edits.Replace(number, to)
	}
	return sse.Append(dst, e.name, edits.Text())
}
