package responses

import (
	"context"
	"errors"
	"slices"
	"strings"

	"argus/host/front/llm/sse"
	"argus/host/front/llm/wire"
	"argus/internal/ijson"
)

// ending takes the event that ends a round. What the response holds at last must have been streamed: a client that reads only the end would
// otherwise run a call that nobody judged.
func (a *answer) ending(e event) error {
	response, _ := e.value.Member("response")
	if !knows(e.value, "response") {
		return unknownMember
	}
	if err := a.begin(response); err != nil {
		return err
	}
	output, has := response.Member("output")
	if has && output.Kind() != ijson.Array {
		return wire.Broken{What: "the output of the response is no list"}
	}
	for i, v := range output.Items() {
		if err := a.ends(i, v); err != nil {
			return err
		}
	}
	a.final, a.end = response, e
	return nil
}

// ends compares an item of the response with what was streamed of it.
func (a *answer) ends(i int, v ijson.Value) error {
	last, err := a.tools.readItem(v)
	switch {
	case err != nil:
		return err
	case i >= len(a.items) || !a.items[i].same(last):
		return wire.Broken{What: "the response ends with an item that was not streamed"}
	}
	it := a.items[i]
	undone := it.done.Kind() == ijson.Invalid
	switch {
	case it.kind.call() && undone && text(v, "status") == "incomplete": // the model was stopped in it: nobody gets to see it
		a.changed = true
	case it.kind.call() && (undone || it.call.Arguments != last.call.Arguments):
		return wire.Broken{What: "the response ends with a call that was not streamed"}
	}
	if it.place != hidden && a.out[it.place].text == "" {
		a.out[it.place].text = v.Raw()
	}
	return nil
}

// done is the word by which some servers close every stream.
const done = "[DONE]"

// trail takes what follows the end.
func (a *answer) trail(e sse.Event) error {
	if e.Name != "" || string(e.Data) != done || a.done {
		return wire.Broken{What: "something follows its end"}
	}
	a.done = true
	return nil
}

// Whole implements wire.Answer.
func (a *answer) Whole(ctx context.Context, body ijson.Value) error {
	if a.fault != nil {
		return a.fault
	}
	return a.stop(a.whole(ctx, body))
}

func (a *answer) whole(ctx context.Context, body ijson.Value) error {
	if err := a.begin(body); err != nil {
		return err
	}
	output, has := body.Member("output")
	if has && output.Kind() != ijson.Array || slices.Contains([]string{"queued", "in_progress"}, text(body, "status")) {
		return wire.Broken{What: "the response is not done, or its output is no list"}
	}
	if err := a.weigh(len(body.Raw())); err != nil {
		return err
	}
	for i, v := range output.Items() {
		it, err := a.add(v)
		if err != nil {
			return err
		}
		it.done = v
		if err := a.place(ctx, it, i); err != nil {
			return err
		}
	}
	a.final, a.end = body, event{value: body}
	return nil
}

// place gives an item of an answer that is not streamed its place, if the client gets it.
func (a *answer) place(ctx context.Context, it *item, position int) error {
	id, text := it.id, it.done.Raw()
	if it.kind.call() {
		ruling, err := a.decide(ctx, it)
		switch {
		case err != nil:
			return err
		case !ruling.Forward && ruling.Say == "":
			a.changed = true
			return nil
		case !ruling.Forward:
			m := message{saying(it.call.ID), ruling.Say}
			a.changed = true // even where the vendor gave the call the id and the place of the message
			id, text = m.id, m.item(true)
		}
	}
	a.show(it, position, id, text)
	return nil
}

// Finish implements wire.Answer.
func (a *answer) Finish(dst []byte) ([]byte, error) {
	switch {
	case a.fault != nil:
		return dst, a.fault
	case !a.Complete():
		return dst, a.stop(errors.New("finish an answer whose round is not over"))
	}
	edits := wire.Edit(a.end.value)
	edited := a.reconcile(edits)
	if !a.request.Stream {
		return append(dst, edits.Text()...), nil
	}
	if edited {
		a.end = renewed(a.end, edits)
	}
	dst = a.forward(dst, a.end, hidden)
	if a.done {
		dst = sse.Append(dst, "", done)
	}
	return dst, nil
}

// reconcile makes the response that ends an answer consistent with what the client got before.
func (a *answer) reconcile(edits *wire.Edits) (edited bool) {
	if with, differs := a.previous(a.final); differs {
		edits.Replace(with, quote(a.request.Previous))
		edited = true
	}
	if !a.changed {
		return edited
	}
	a.put(edits, "id", quote(a.seen))
	var output []string
	for _, one := range a.out {
		if one.text != "" {
			output = append(output, one.text)
		}
	}
	a.put(edits, "output", "["+strings.Join(output, ",")+"]")
	if usage := a.spent(); usage != "" {
		a.put(edits, "usage", usage)
	}
	return true
}

// put replaces a member of the last response, or adds it.
func (a *answer) put(edits *wire.Edits, name, with string) {
	if member, has := a.final.Member(name); has {
		edits.Replace(member, with)
	} else {
		edits.Insert(a.final, quote(name)+":"+with)
	}
}

// previous is where a response repeats the id that the request went on from, if that is another one than the client named.
func (a *answer) previous(response ijson.Value) (ijson.Value, bool) {
	id, _ := response.Member("previous_response_id")
	said, is := id.Text()
	return id, is && a.request.Previous != "" && said != a.request.Previous
}

// renewed is an event with changes.
func renewed(e event, edits *wire.Edits) event {
	text := edits.Text()
	v, _ := ijson.ParseString(text, ijson.AtMost(len(text))) // changes of what was parsed, by what was
	return event{e.name, v}
}

// spent is the usage of all rounds up to this one; empty if none told any.
func (a *answer) spent() string {
	usage, _ := a.final.Member("usage")
	if usage.Kind() != ijson.Object {
		return a.usage
	}
	if a.usage == "" {
		return usage.Raw()
	}
	before, _ := ijson.ParseString(a.usage, ijson.AtMost(len(a.usage)))
	return wire.Sum(before, usage)
}
