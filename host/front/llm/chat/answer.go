package chat

import (
	"bytes"
	"context"
	"slices"
	"strconv"
	"strings"

	"argus/host/front/llm/sse"
	"argus/host/front/llm/wire"
	"argus/internal/ijson"
)

// answer is the answer to one request: its choices, and what waits of each.
type answer struct {
	*format
	judge    wire.Judge
	keep     bool
	stream   bool
	later    bool // this round is not the first
	over     bool // the round has said all
	failed   bool // the vendor says so
	id       string
	envelope string // members of a chunk, for what is said in place of a call
	choices  []*choice
	ids      map[string]bool // of the calls so far
	held     int             // bytes
	tail     []byte          // what ends a streamed answer
	whole    string          // an answer that is not streamed
	before   string          // what earlier rounds of it said
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

// turn is what was said in a round.
type turn struct {
	text, thoughts strings.Builder
	calls          []string
}

func (f *format) Answer(r wire.Request, j wire.Judge, keep bool) wire.Answer {
	return &answer{format: f, judge: j, keep: keep && !r.Several, stream: r.Stream, ids: map[string]bool{}}
}

func (a *answer) Complete() bool { return a.over }

// IDs are none: the vendor goes on from no answer of this kind.
func (a *answer) IDs() (seen, last string) { return "", "" }

func (a *answer) Next() {
	if !a.stream && len(a.choices) == 1 {
		a.before += a.choices[0].turn.text.String()
	}
	a.over, a.later, a.tail, a.held = false, true, nil, 0
	for _, c := range a.choices {
		*c = choice{position: c.position, last: -1, shown: c.shown}
	}
}

func (a *answer) Turn() wire.Turn {
	if !a.keep || len(a.choices) != 1 {
		return nil
	}
	return wire.Turn{a.choices[0].message()}
}

// message is the turn of a choice as a request has it.
func (c *choice) message() string {
	m := `{"role":"assistant","content":`
	if c.turn.text.Len() > 0 {
		m += quote(c.turn.text.String())
	} else {
		m += `null`
	}
	if c.turn.thoughts.Len() > 0 {
		m += `,"reasoning_content":` + quote(c.turn.thoughts.String())
	}
	switch {
	case len(c.turn.calls) == 0:
	case c.legacy:
		m += `,"function_call":` + c.turn.calls[0]
	default:
		m += `,"tool_calls":[` + strings.Join(c.turn.calls, ",") + `]`
	}
	return m + `}`
}

func (a *answer) Event(ctx context.Context, dst []byte, e sse.Event) ([]byte, error) {
	switch {
	case e.Data == nil && a.over:
		return dst, nil
	case e.Data == nil:
		return append(dst, e.Raw...), nil
	case a.over || a.failed:
		return dst, wire.Broken{What: "it goes on after its end"}
	case string(e.Data) == "[DONE]":
		return a.done(ctx, dst, e.Raw)
	}
	v, err := ijson.Parse(e.Data, ijson.AtMost(len(e.Data)))
	if err != nil {
		return dst, wire.Broken{What: "an event is no JSON that has one reading"}
	}
	if failed := member(v, "error"); failed.Kind() != ijson.Invalid && v.Len() == 1 {
		a.failed = true
		return append(dst, e.Raw...), nil // and no end, so that what waits is dropped
	}
	if e.Name != "" {
		return dst, wire.Broken{What: "an event has a name"}
	}
	return a.chunk(ctx, dst, v, e.Raw)
}

// done takes the end of a stream.
func (a *answer) done(ctx context.Context, dst, raw []byte) (_ []byte, err error) {
	for _, c := range a.choices {
		if dst, err = a.settle(ctx, dst, c, true); err != nil {
			return dst, err
		}
	}
	a.over, a.tail = true, append(a.tail, raw...)
	return dst, nil
}

func (a *answer) Finish(dst []byte) ([]byte, error) {
	if !a.over {
		return dst, wire.Broken{What: "it ends before its end"}
	}
	if !a.stream {
		return append(dst, a.whole...), nil
	}
	return append(dst, a.tail...), nil
}

// chunk takes one chunk. raw is the event it came in; nil for a part of a chunk that was split.
func (a *answer) chunk(ctx context.Context, dst []byte, v ijson.Value, raw []byte) ([]byte, error) {
	choices, err := a.format.choices(v, "chat.completion.chunk")
	if err != nil {
		return dst, err
	}
	if err := a.meet(v); err != nil {
		return dst, err
	}
	if choices.Len() > mostChoices {
		return dst, wire.Broken{What: "it has too many choices"}
	}
	var only said
	calls, ends := 0, false
	for _, item := range choices.Items() {
		s, err := a.read(item, "delta")
		if err != nil {
			return dst, err
		}
		calls, ends = calls+s.count(), ends || s.ends()
		only = s
	}
	switch n := choices.Len(); {
	case n == 0 && len(a.tail) > 0: // the usage follows the end
		a.tail = a.put(a.tail, raw, v, nil)
		return dst, nil
	case calls == 0 && !ends:
		if err := a.note(choices); err != nil {
			return dst, err
		}
		return a.put(dst, raw, v, nil), nil
	case n > 1:
		return a.each(ctx, dst, v, choices)
	case calls == 1 && !ends:
		return a.hold(ctx, dst, v, raw, only)
	case calls == 0 && !(a.keep && only.speaks()):
		return a.end(ctx, dst, v, raw, only)
	}
	return a.apart(ctx, dst, v, only)
}

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

// put appends a chunk, as it came if nothing is changed. A later round speaks in the first one's name.
func (a *answer) put(dst, raw []byte, v ijson.Value, change func(*wire.Edits)) []byte {
	if raw != nil && change == nil && !a.later {
		return append(dst, raw...)
	}
	e := wire.Edit(v)
	if change != nil {
		change(e)
	}
	if a.later {
		if id := member(v, "id"); id.Kind() == ijson.String {
			e.Replace(id, quote(a.id))
		}
		for _, choice := range member(v, "choices").Items() {
			if role := member(member(choice, "delta"), "role"); role.Kind() != ijson.Invalid {
				e.Replace(role, "null") // some clients would append it to the first one
			}
		}
	}
	return sse.Append(dst, "", e.Text())
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

// note keeps what is said, for the turn, and that the choices are there.
func (a *answer) note(choices ijson.Value) error {
	if !a.keep {
		return nil
	}
	for _, item := range choices.Items() {
		s, err := a.read(item, "delta")
		if err == nil {
			err = a.record(&s)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// record keeps what one choice says, if turns are kept.
func (a *answer) record(s *said) error {
	c := a.at(s.position)
	if !a.keep {
		return nil
	}
	said, _ := s.content.Text()
	thought, _ := s.thoughts.Text()
	c.turn.text.WriteString(said)
	c.turn.thoughts.WriteString(thought)
	return a.weigh(len(said) + len(thought))
}

// weigh counts bytes that are kept.
func (a *answer) weigh(n int) error {
	if a.held += n; a.held > mostHeld {
		return wire.Broken{What: "more of it waits for a decision than Argus keeps"}
	}
	return nil
}

// hold keeps a chunk that has a fragment of one call, until that call is decided.
func (a *answer) hold(ctx context.Context, dst []byte, v ijson.Value, raw []byte, s said) ([]byte, error) {
	c := a.at(s.position)
	if c.ended {
		return dst, wire.Broken{What: "a choice calls after its end"}
	}
	fragment := s.legacy
	for _, item := range s.calls.Items() {
		fragment = item
	}
	k, begins, err := c.call(&s, fragment)
	if err != nil {
		return dst, err
	}
	if begins {
		if dst, err = a.settle(ctx, dst, c, false); err != nil {
			return dst, err
		}
		c.calls = append(c.calls, k)
	}
	if err := k.add(fragment); err != nil {
		return dst, err
	}
	if raw == nil {
		raw = sse.Append(nil, "", v.Raw())
	}
	k.held = append(k.held, held{bytes.Clone(raw), v, fragment})
	if err := a.record(&s); err != nil {
		return dst, err
	}
	return dst, a.weigh(len(raw) + len(v.Raw()))
}

// call is the call that a fragment belongs to.
func (c *choice) call(s *said, fragment ijson.Value) (k *call, begins bool, err error) {
	at, legacy := 0, s.legacy.Kind() != ijson.Invalid
	if !legacy {
		at = position(member(fragment, "index"))
	}
	switch {
	case at < 0 || c.begun > 0 && c.legacy != legacy:
		return nil, false, wire.Broken{What: "a call has no position, or follows one of the other kind"}
	case at > c.last:
		if c.begun++; c.begun > mostCalls {
			return nil, false, wire.Broken{What: "it has too many calls"}
		}
		c.last, c.legacy = at, legacy
		return &call{position: at, legacy: legacy}, true, nil
	}
	i := slices.IndexFunc(c.calls, func(k *call) bool { return k.position == at })
	if i < 0 {
		return nil, false, wire.Broken{What: "a call goes on after its end"}
	}
	return c.calls[i], false, nil
}

// settle has the calls of a choice decided: all that wait, or those to which nothing can be added.
func (a *answer) settle(ctx context.Context, dst []byte, c *choice, all bool) ([]byte, error) {
	for len(c.calls) > 0 && (all || c.calls[0].finished()) {
		k := c.calls[0]
		c.calls = c.calls[1:]
		r, err := a.rule(ctx, c, k)
		if err != nil {
			return dst, err
		}
		if r.Forward {
			dst = a.forward(dst, c, k)
		} else {
			dst = a.withhold(dst, c, k, r.Say)
		}
		for _, h := range k.held {
			a.held -= len(h.raw) + len(h.chunk.Raw())
		}
	}
	return dst, nil
}

// rule asks about a call.
func (a *answer) rule(ctx context.Context, c *choice, k *call) (wire.Ruling, error) {
	told, err := k.told()
	if err != nil {
		return wire.Ruling{}, err
	}
	if !k.legacy && a.ids[told.ID] {
		return wire.Ruling{}, wire.Broken{What: "two calls have one id"}
	}
	a.ids[told.ID] = true
	if a.keep {
		c.turn.calls = append(c.turn.calls, told.Raw)
		if err := a.weigh(len(told.Raw)); err != nil {
			return wire.Ruling{}, err
		}
	}
	return a.judge.Judge(ctx, told)
}

// forward shows a call, at the position that it has among those that are shown.
func (a *answer) forward(dst []byte, c *choice, k *call) []byte {
	at := c.shown
	c.shown++
	for _, h := range k.held {
		var change func(*wire.Edits)
		if !k.legacy && k.position != at {
			change = func(e *wire.Edits) { e.Replace(member(h.fragment, "index"), strconv.Itoa(at)) }
		}
		dst = a.put(dst, h.raw, h.chunk, change)
	}
	return dst
}

// withhold drops a call. What came in one event with it is shown, and so is what is said in its place.
func (a *answer) withhold(dst []byte, c *choice, k *call, say string) []byte {
	for _, h := range k.held {
		for _, item := range member(h.chunk, "choices").Items() {
			if s, _ := a.read(item, "delta"); s.speaks() || s.role.Kind() != ijson.Invalid {
				dst = a.put(dst, nil, h.chunk, func(e *wire.Edits) { e.Keep(s.body, noCall) })
			}
		}
	}
	if say != "" {
		dst = a.say(dst, c, `{"content":`+quote(say)+`}`)
	}
	return dst
}

// noCall keeps the members of a delta that hold no call.
func noCall(name string, _ ijson.Value) bool { return name != "tool_calls" && name != "function_call" }

// end takes a chunk that says why its choice ended. All calls of the choice are decided by then.
func (a *answer) end(ctx context.Context, dst []byte, v ijson.Value, raw []byte, s said) ([]byte, error) {
	c := a.at(s.position)
	dst, err := a.settle(ctx, dst, c, true)
	if err != nil {
		return dst, err
	}
	if err := a.record(&s); err != nil {
		return dst, err
	}
	c.ended = true
	var change func(*wire.Edits)
	if c.callless(s.finish) {
		change = func(e *wire.Edits) { e.Replace(s.finish, `"stop"`) }
	}
	a.tail = a.put(a.tail, raw, v, change)
	return dst, a.weigh(len(raw))
}

// callless reports whether a choice is said to have ended for calls of which none is shown.
func (c *choice) callless(finish ijson.Value) bool {
	why, _ := finish.Text()
	return c.shown == 0 && (why == "tool_calls" || why == "function_call")
}
