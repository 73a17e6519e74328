package chat

import (
	"context"
	"strconv"

	"argus/host/front/llm/sse"
	"argus/host/front/llm/wire"
	"argus/internal/ijson"
)

// answer is the answer to one request: its choices, and what waits of each.
type answer struct {
	*format
	judge    wire.Judge
	room     ijson.Room // of chunks of which nothing is kept
	keep     bool
	stream   bool
	most     int   // choices
	later    bool  // this round is not the first
	over     bool  // the round has said all
	fault    error // that ended it: nothing follows
	id       string
	envelope string // members of a chunk, for what is said in place of a call
	choices  []*choice
	said     []said          // by the choices of one chunk
	ids      map[string]bool // of the calls so far
	held     int             // bytes
	tail     []byte          // what ends a streamed answer
	whole    string          // an answer that is not streamed
	before   string          // what earlier rounds of it said
	spent    ijson.Value     // the account of earlier rounds
	account  ijson.Value     // the same with this round's
}

// choice is one choice of an answer.
type choice struct {
	position int
	calls    []*call // that wait for their decision
	begun    int     // calls in this round
	last     int     // position of the last one at the vendor
	legacy   bool    // the call of this round was of the older kind
	shown    int     // calls that were forwarded, in all rounds
	ended    bool
	turn     turn
}

func (f *format) Answer(r wire.Request, j wire.Judge, keep bool) wire.Answer {
	most := 1
	if r.Several {
		most = mostChoices
	}
	return &answer{format: f, judge: j, keep: keep && !r.Several, stream: r.Stream, most: most, ids: map[string]bool{}}
}

func (a *answer) Complete() bool { return a.over && a.fault == nil }

// IDs are none: the vendor goes on from no answer of this kind.
func (a *answer) IDs() (seen, last string) { return "", "" }

func (a *answer) Next() {
	if !a.stream && len(a.choices) == 1 {
		a.before += a.choices[0].turn.text.String()
	}
	if a.account.Kind() == ijson.Object {
		a.spent = a.account
	}
	a.over, a.later, a.tail, a.held = false, true, nil, 0
	for _, c := range a.choices {
		*c = choice{position: c.position, last: -1, shown: c.shown}
	}
}

func (a *answer) Event(ctx context.Context, dst []byte, e sse.Event) ([]byte, error) {
	if a.fault != nil {
		return dst, a.fault
	}
	out, err := a.event(ctx, dst, e)
	if err != nil {
		a.fault = err
	}
	return out, err
}

func (a *answer) event(ctx context.Context, dst []byte, e sse.Event) ([]byte, error) {
	switch {
	case e.Data == nil && a.over:
		return dst, nil
	case e.Data == nil:
		return append(dst, ":\n\n"...), nil // what it says, some readers would take for more than a comment
	case a.over:
		return dst, wire.Broken{What: "it goes on after its end"}
	case string(e.Data) == "[DONE]":
		return a.done(ctx, dst)
	}
	v, err := a.room.ParseString(string(e.Data), ijson.AtMost(len(e.Data)))
	if err == nil && !v.OnOneLine() {
		if line := sse.OneLine(v.Raw()); line != v.Raw() {
			v, err = again(line)
		}
	}
	if err != nil {
		return dst, wire.Broken{What: "an event is no JSON that has one reading"}
	}
	if failed := member(v, "error"); failed.Kind() != ijson.Invalid && v.Len() == 1 {
		a.fault = wire.Broken{What: "its vendor ended it with an error"} // after the client has read that itself
		return sse.AppendValue(dst, "", v), nil
	}
	if e.Name != "" {
		return dst, wire.Broken{What: "an event has a name"}
	}
	if a.later {
		if v, err = a.adopt(v); err != nil {
			return dst, err
		}
	}
	return a.chunk(ctx, dst, v)
}

// done takes the end of a stream.
func (a *answer) done(ctx context.Context, dst []byte) (_ []byte, err error) {
	for _, c := range a.choices {
		if dst, err = a.settle(ctx, dst, c, true); err != nil {
			return dst, err
		}
	}
	a.over, a.tail = true, sse.Append(a.tail, "", "[DONE]")
	return dst, nil
}

func (a *answer) Finish(dst []byte) ([]byte, error) {
	switch {
	case a.fault != nil:
		return dst, a.fault
	case !a.over:
		return dst, wire.Broken{What: "it ends before its end"}
	case !a.stream:
		return append(dst, a.whole...), nil
	}
	return append(dst, a.tail...), nil
}

// chunk takes one chunk. All is framed anew, with the bytes of its data: readers of streams differ in what they make of other frames.
func (a *answer) chunk(ctx context.Context, dst []byte, v ijson.Value) ([]byte, error) {
	choices, err := a.format.choices(v, "chat.completion.chunk")
	if err != nil {
		return dst, err
	}
	if err := a.meet(v); err != nil {
		return dst, err
	}
	usage := member(v, "usage")
	if usage.Kind() == ijson.Object && !a.later {
		a.account = usage
	}
	a.said = a.said[:0]
	calls, ends := 0, false
	for _, item := range choices.Items() {
		s, err := a.read(item, "delta")
		if err != nil {
			return dst, err
		}
		if s.position >= a.most {
			return dst, unasked
		}
		calls, ends = calls+s.count(), ends || s.ends()
		a.said = append(a.said, s)
	}
	switch n := choices.Len(); {
	case n == 0 && len(a.tail) > 0: // the usage follows the end
		a.tail = sse.Append(a.tail, "", v.Raw())
		return dst, a.weigh(len(v.Raw()))
	case calls == 0 && !ends:
		if err := a.note(); err != nil {
			return dst, err
		}
		dst = a.untell(dst, v)
		if usage.Kind() == ijson.Invalid {
			a.room.Release(v)
		}
		return dst, nil
	case n > 1:
		return a.each(ctx, dst, v, choices)
	case calls == 1 && !ends:
		return a.hold(ctx, dst, v, a.said[0])
	case calls == 0 && !(a.keep && a.said[0].speaks()):
		return a.end(ctx, dst, v, a.said[0])
	}
	return a.apart(ctx, dst, v, a.said[0])
}

// unasked is of an answer that has more choices than the request asked for: one conversation could not go on from all of them.
var unasked = wire.Broken{What: "it has more choices than were asked for"}

// meet remembers how chunks of this answer look, from the first one that has an id.
func (a *answer) meet(v ijson.Value) error {
	if a.id != "" {
		return nil
	}
	a.id, a.envelope = text(v, "id"), ""
	for _, name := range []string{"id", "object", "created", "model", "service_tier", "system_fingerprint"} {
		if m, has := v.Member(name); has {
			a.envelope += quote(name) + `:` + m.Raw() + `,`
		}
	}
	if len(a.envelope) > mostEnvelope {
		return wire.Broken{What: "it says more of itself than Argus repeats"}
	}
	return nil
}

// adopt has a chunk of a later round speak in the first one's name, and count what all rounds used.
func (a *answer) adopt(v ijson.Value) (ijson.Value, error) {
	e := wire.Edit(v)
	if id := member(v, "id"); id.Kind() == ijson.String {
		e.Replace(id, quote(a.id))
	}
	for _, choice := range member(v, "choices").Items() {
		if role := member(member(choice, "delta"), "role"); role.Kind() != ijson.Invalid {
			e.Replace(role, "null") // some clients would append it to the first one
		}
	}
	if err := a.count(e, v); err != nil {
		return v, err
	}
	return again(e.Text())
}

// count adds what earlier rounds used to an account.
func (a *answer) count(e *wire.Edits, v ijson.Value) (err error) {
	if usage := member(v, "usage"); usage.Kind() == ijson.Object {
		total := wire.Sum(a.spent, usage)
		e.Replace(usage, total)
		a.account, err = again(total)
	}
	return err
}

// again reads what was made of a chunk.
func again(text string) (ijson.Value, error) {
	text = sse.OneLine(text)
	v, err := ijson.ParseString(text, ijson.AtMost(len(text)))
	if err != nil {
		return v, wire.Broken{What: "a part of an event is no JSON that has one reading"}
	}
	return v, nil
}

// say appends a chunk of the proxy's own.
func (a *answer) say(dst []byte, c *choice, delta string) []byte {
	return sse.Append(dst, "", `{`+a.envelope+`"choices":[{"index":`+strconv.Itoa(c.position)+`,"delta":`+delta+`,"finish_reason":null}]}`)
}

// at is a choice by its position.
func (a *answer) at(position int) *choice {
	for _, c := range a.choices {
		if c.position == position {
			return c
		}
	}
	c := &choice{position: position, last: -1}
	a.choices = append(a.choices, c)
	return c
}

// weigh counts bytes that are kept.
func (a *answer) weigh(n int) error {
	if a.held += n; a.held > mostHeld {
		return wire.Broken{What: "more of it waits for a decision than Argus keeps"}
	}
	return nil
}

// end takes a chunk that says why its choice ended. All calls of the choice are decided by then.
func (a *answer) end(ctx context.Context, dst []byte, v ijson.Value, s said) ([]byte, error) {
	c := a.at(s.position)
	dst, err := a.settle(ctx, dst, c, true)
	if err != nil {
		return dst, err
	}
	if err := a.record(&s); err != nil {
		return dst, err
	}
	c.ended = true
	before := len(a.tail)
	e := wire.Edit(v)
	if c.callless(s.finish) {
		e.Replace(s.finish, `"stop"`)
	}
	if c.begun > 0 {
		withoutTokens(e, s.choice)
	}
	a.tail = sse.Append(a.tail, "", e.Text())
	return dst, a.weigh(len(a.tail) - before)
}

// callless reports whether a choice is said to have ended for calls of which none is shown.
func (c *choice) callless(finish ijson.Value) bool {
	why, _ := finish.Text()
	return c.shown == 0 && (why == "tool_calls" || why == "function_call")
}
