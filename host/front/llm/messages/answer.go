package messages

import (
	"context"
	"slices"
	"strings"

	"argus/host/front/llm/sse"
	"argus/host/front/llm/wire"
	"argus/internal/ijson"
)

// The bounds of an answer, beside that of each event.
const (
	mostHeld  = 16 << 20 // bytes of one round that wait or are kept
	mostCalls = 1024
	mostOpen  = 64 // blocks at one time
	mostEnds  = 16 // events that tell of one end
)

// answer is one answer to a client, of one or more rounds.
type answer struct {
	judge    wire.Judge
	room     ijson.Room // of events of which nothing is kept
	keep     bool
	stream   bool
	declares declares

	failed    error // whatever ended it before its end; nothing follows
	next      int   // how many blocks the client has of a stream
	calls     map[string]bool
	forwarded bool        // the client has a call to run
	rounds    int         // that are over
	before    ijson.Value // what they used

	round
	blocks []string    // of an answer that is not streamed, so far
	first  ijson.Value // the id of the first round of such an answer
	same   bool        // nothing of it was changed
}

// round is what the vendor said so far in one answer to the proxy.
type round struct {
	phase   phase
	started int      // blocks
	open    []*block // that have not ended
	queue   []queued // events that wait for a ruling
	held    int      // bytes
	said    []*block // all, of an answer that keeps its turns
	usage   ijson.Value
	ends    []ijson.Value // events that say how the answer ended, of a stream; of an answer that is not streamed, itself
	stop    string        // the event that ends it
}

// phase is how far the vendor is in a round.
type phase uint8

const (
	awaited phase = iota
	talking
	ending // has said how it ended
	over
	erred // has told of an error of its own
)

func (f format) Answer(r wire.Request, j wire.Judge, keep bool) wire.Answer {
	return &answer{judge: j, keep: keep, stream: r.Stream, declares: declared(r.Tools), calls: map[string]bool{}, same: true}
}

func (a *answer) Event(ctx context.Context, dst []byte, e sse.Event) ([]byte, error) {
	if a.failed != nil {
		return dst, a.failed
	}
	out, err := a.event(ctx, dst, e)
	if err != nil {
		a.failed = err
		return dst, err
	}
	return out, nil
}

func (a *answer) Whole(ctx context.Context, body ijson.Value) error {
	if a.failed == nil {
		a.failed = a.whole(ctx, body)
	}
	return a.failed
}

func (a *answer) Complete() bool { return a.failed == nil && a.phase == over }

// IDs are none: this vendor keeps no answers.
func (a *answer) IDs() (seen, last string) { return "", "" }

func (a *answer) Turn() wire.Turn {
	var t wire.Turn
	for _, b := range a.said {
		if told := b.told(); told != "" {
			t = append(t, told)
		}
	}
	return t
}

func (a *answer) Next() {
	a.before, a.same = a.used(), false
	a.rounds++
	a.round = round{}
}

// rule has a call judged that has come whole.
func (a *answer) rule(ctx context.Context, b *block) error {
	if err := b.said(); err != nil {
		return err
	}
	ruling, err := a.judge.Judge(ctx, b.call)
	if err != nil {
		return err
	}
	b.ruled, b.ruling = true, ruling
	a.forwarded = a.forwarded || ruling.Forward
	return nil
}

// begin takes a block that begins, or is whole.
func (a *answer) begin(v ijson.Value) (*block, error) {
	b, err := newBlock(v, a.declares)
	if err != nil {
		return nil, err
	}
	if b.ours() {
		switch id := text(v, "id"); {
		case a.calls[id]:
			return nil, wire.Broken{What: "two calls have one id"}
		case len(a.calls) >= mostCalls:
			return nil, wire.Broken{What: "it has too many calls"}
		default:
			a.calls[id] = true
		}
	}
	if a.keep {
		a.said = append(a.said, b)
	}
	return b, nil
}

// hold counts bytes that stay in memory until the round has ended.
func (a *answer) hold(bytes int) error {
	if a.held += bytes; a.held > mostHeld {
		return wire.Broken{What: "there is too much of it to be held"}
	}
	return nil
}

// reason has the answer end for a reason that the client can go by: it has no call to run where none was forwarded.
func (a *answer) reason(e *wire.Edits, of ijson.Value) {
	v, _ := of.Member("stop_reason")
	if s, _ := v.Text(); s == ours && !a.forwarded {
		e.Replace(v, `"end_turn"`)
	}
}

// Finish appends what ends a stream, or an answer that is not streamed.
func (a *answer) Finish(dst []byte) ([]byte, error) {
	switch {
	case a.failed != nil:
		return dst, a.failed
	case a.phase != over:
		return dst, wire.Broken{What: "it stops before its end"}
	case !a.stream:
		return a.finishWhole(dst)
	}
	for _, end := range a.ends {
		e := wire.Edit(end)
		delta, _ := end.Member("delta")
		a.reason(e, delta)
		if usage, ok := end.Member("usage"); ok && a.rounds > 0 {
			e.Replace(usage, a.used().Raw())
		}
		dst = sse.Append(dst, "message_delta", e.Text())
	}
	return sse.Append(dst, "message_stop", a.stop), nil
}

func (a *answer) whole(ctx context.Context, body ijson.Value) error {
	content, _ := body.Member("content")
	switch {
	case a.phase != awaited:
		return wire.Broken{What: "it comes twice"}
	case !isMessage(body) || content.Kind() != ijson.Array:
		return wire.Broken{What: "it is no message, or has a member that Argus does not know"}
	}
	if a.first.Kind() == ijson.Invalid {
		a.first, _ = body.Member("id")
	}
	for _, v := range content.Items() {
		b, err := a.begin(v)
		if err != nil {
			return err
		}
		raw := v.Raw()
		if b.ours() {
			if err := a.rule(ctx, b); err != nil {
				return err
			}
			if !b.ruling.Forward {
				a.same = false
				if b.ruling.Say == "" {
					continue
				}
				raw = textBlock(b.ruling.Say)
			}
		}
		a.blocks = append(a.blocks, raw)
	}
	a.ends, a.phase = []ijson.Value{body}, over
	return nil
}

func (a *answer) finishWhole(dst []byte) ([]byte, error) {
	body := a.ends[0]
	e := wire.Edit(body)
	a.reason(e, body)
	if !a.same {
		content, _ := body.Member("content")
		e.Replace(content, "["+strings.Join(a.blocks, ",")+"]")
	}
	if a.rounds > 0 {
		id, _ := body.Member("id")
		e.Replace(id, a.first.Raw())
		if usage, ok := body.Member("usage"); ok {
			e.Replace(usage, a.used().Raw())
		}
	}
	return append(dst, e.Text()...), nil
}

// isMessage reports whether v is an answer, or the beginning of one.
func isMessage(v ijson.Value) bool {
	return only(v, messageMembers) && text(v, "type") == "message" && text(v, "role") == "assistant" && text(v, "id") != ""
}

// drop takes a block out of those that are open.
func (r *round) drop(b *block) {
	r.open = slices.DeleteFunc(r.open, func(o *block) bool { return o == b })
}
