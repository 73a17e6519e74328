package responses

import (
	"context"

	"argus/host/front/llm/wire"
	"argus/internal/ijson"
)

// Bounds of one answer, over all its rounds.
const (
	mostItems = 4096
	mostBytes = 64 << 20 // of items that are kept, and of events that are held
)

// answer rewrites one answer. An error ends it: every later method returns it again.
type answer struct {
	request wire.Request
	judge   wire.Judge
	room    ijson.Room // of events of which nothing is kept
	keep    bool
	about   []string // members that the response may have
	tools   declared

	fault   error
	seen    string  // the id of the first round's response
	last    string  // that of the last one
	out     []shown // the items that the client has, by their places
	usage   string  // of the rounds before; empty for none
	numbers numbers
	rounds  int  // that are over
	changed bool // the client's answer is not the vendor's any more
	kept    int  // bytes
	ids     map[string]bool
	round
}

// round is what came of one answer of the vendor's.
type round struct {
	items []*item // by their positions at the vendor
	begun bool
	final ijson.Value // the object "response" as the vendor ended it
	end   event       // that it came in
	done  bool        // a word followed it that says so once more
}

// Complete implements wire.Answer.
func (a *answer) Complete() bool { return a.fault == nil && a.final.Kind() != ijson.Invalid }

// Next implements wire.Answer.
func (a *answer) Next() {
	a.usage = a.spent()
	a.rounds++
	a.round, a.ids, a.changed = round{}, nil, true
}

// Turn implements wire.Answer. Where the vendor keeps nothing, a reasoning that it did not seal means nothing to it when it is sent back.
func (a *answer) Turn() wire.Turn {
	if !a.keep {
		return nil
	}
	var t wire.Turn
	for _, it := range a.items {
		if it.done.Kind() == ijson.Invalid || it.kind == kinds["reasoning"] && !a.stored() && text(it.done, "encrypted_content") == "" {
			continue
		}
		t = append(t, it.done.Raw())
	}
	return t
}

// IDs implements wire.Answer.
func (a *answer) IDs() (seen, last string) {
	if !a.stored() {
		return "", ""
	}
	return a.seen, a.last
}

// Kept implements wire.Keeper.
func (a *answer) Kept() []string {
	var ids []string
	for _, one := range a.out {
		if one.id != "" && a.stored() {
			ids = append(ids, one.id)
		}
	}
	return ids
}

// stored reports whether the vendor keeps the answer: it does unless it is told not to.
func (a *answer) stored() bool {
	store, _ := a.request.Body.Member("store")
	keeps, told := store.Bool()
	return keeps || !told
}

// begin takes the id of a round's response, which every later word of it repeats.
func (a *answer) begin(response ijson.Value) error {
	if !only(response, a.about) || text(response, "id") == "" {
		return wire.Broken{What: "the response lacks its id, or has a member that Argus does not know"}
	}
	switch id := text(response, "id"); {
	case !a.begun:
		a.begun, a.last = true, id
		if a.seen == "" {
			a.seen = id
		}
	case id != a.last:
		return wire.Broken{What: "the response changes its id"}
	}
	return nil
}

// add takes one more item of the round.
func (a *answer) add(v ijson.Value) (*item, error) {
	it, err := a.tools.readItem(v)
	switch {
	case err != nil:
		return nil, err
	case len(a.items) == mostItems || len(a.out) == mostItems:
		return nil, wire.Broken{What: "it has too many items"}
	}
	if a.ids == nil {
		a.ids = map[string]bool{}
	}
	for _, id := range []string{"item " + it.id, "call " + it.call.ID} {
		if a.ids[id] {
			return nil, wire.Broken{What: "two of its items have one id"}
		}
		a.ids[id] = len(id) > len("item ")
	}
	a.items = append(a.items, it)
	return it, nil
}

// weigh counts bytes that are kept in memory.
func (a *answer) weigh(n int) error {
	if a.kept += n; a.kept > mostBytes {
		return wire.Broken{What: "it is too long to be held"}
	}
	return nil
}

// shown is an item that the client has. Its text is empty until the item is done.
type shown struct{ id, text string }

// show gives an item the next place of what the client gets.
func (a *answer) show(it *item, position int, id, text string) {
	it.place = len(a.out)
	a.out = append(a.out, shown{id, text})
	a.changed = a.changed || it.place != position || id != it.id
}

// decide asks for the ruling on a call.
func (a *answer) decide(ctx context.Context, it *item) (wire.Ruling, error) {
	ruling, err := a.judge.Judge(ctx, it.call)
	if err == nil {
		err = ctx.Err()
	}
	return ruling, err
}

// stop keeps the first error.
func (a *answer) stop(err error) error {
	if err != nil && a.fault == nil {
		a.fault = err
	}
	return a.fault
}
