package llm

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"argus/host/front/llm/sse"
	"argus/host/front/llm/wire"
	"argus/host/mediate"
	"argus/internal/ijson"
)

// rounds asks the vendor until nothing is left that the client need not see.
func (t *talk) rounds(ctx context.Context, body []byte) *wire.Failure {
	for n := 1; ; n++ {
		t.judge.next(!t.keep || n >= t.f.Rounds)
		if failure := t.round(ctx, body); failure != nil {
			return failure
		}
		t.judge.run(ctx)
		if !t.judge.goesOn() {
			return nil
		}
		next, err := t.format.Follow(body, t.answer.Turn(), t.judge.results())
		if err != nil {
			return t.f.failed(err)
		}
		if failure := t.recheck(ctx, next); failure != nil {
			return failure
		}
		t.answer.Next()
		body = next
	}
}

// recheck is mayGo after a round, whose calls the agent has met since.
func (t *talk) recheck(ctx context.Context, body []byte) *wire.Failure {
	if err := t.past.take(ctx); err != nil {
		return t.f.failed(err)
	}
	defer t.past.leave()
	return t.mayGo(ctx, body)
}

// round takes one answer of the vendor's.
func (t *talk) round(ctx context.Context, body []byte) *wire.Failure {
	media := mediaJSON
	if t.q.Stream {
		media = mediaSSE
	}
	got, failure := t.ask(ctx, question{method: http.MethodPost, media: mediaJSON, accept: media, query: t.r.URL.RawQuery, body: body})
	if failure != nil {
		return failure
	}
	defer got.close()
	t.out.header = got.header
	switch {
	case got.status != http.StatusOK:
		return t.relay(got)
	case mediaOf(got.full) != media:
		return t.f.failed(wire.Broken{What: "it is of another media type than was asked for"})
	case t.q.Stream:
		return t.stream(ctx, got)
	}
	return t.whole(ctx, got)
}

// stream forwards events as they come, or keeps them while a round may follow that makes all of it void. Those that came together go on together:
// nothing waits for an event that has not come, nor for a decision, but for what stands in one event with the call.
func (t *talk) stream(ctx context.Context, got *reply) *wire.Failure {
	t.out.live = !t.f.Retry || t.judge.last
	got.left = maxStream
	events := sse.NewReader(got, maxEvent)
	for {
		if !events.Buffered() || len(t.out.held) >= enough {
			if failure := t.out.show(); failure != nil {
				return failure
			}
		}
		e, err := events.Next()
		if err == nil {
			err = got.ctx.Err() // whoever has ended gets nothing more, also of what has come already
		}
		if err != nil {
			if t.answer.Complete() {
				return nil // all was said: that the vendor is slow to hang up, or drops the line, takes nothing from it
			}
			return t.f.unread(got, err)
		}
		if failure := t.out.event(func(dst []byte) ([]byte, error) { return t.answer.Event(ctx, dst, e) }); failure != nil {
			return cmp.Or(t.out.show(), failure) // what the vendor said before is as good as it was
		}
		if t.answer.Complete() {
			got.hurry()
		}
	}
}

// whole takes an answer that is not streamed.
func (t *talk) whole(ctx context.Context, got *reply) *wire.Failure {
	text, err := got.all()
	if err != nil {
		return t.f.unread(got, err)
	}
	v, err := ijson.Parse(text, ijson.AtMost(len(text)))
	if err != nil {
		return t.f.failed(wire.Broken{What: "it is not the JSON that Argus reads"})
	}
	if t.tellsKey(v) {
		return t.f.failed(brokenKey)
	}
	if err := t.answer.Whole(ctx, v); err != nil {
		return t.f.failed(err)
	}
	if !t.answer.Complete() {
		return failedCut
	}
	return nil
}

// goesOn reports whether the model is told what came of its calls before the client sees more: there is something that only Argus can tell, and
// nothing that waits for the client.
func (j *judge) goesOn() bool {
	return !j.last && len(j.forwarded) == 0 && slices.ContainsFunc(j.round, func(d decided) bool { return d.Said == "" })
}

// run carries out the calls of Argus's own tools that the model made in the round.
func (j *judge) run(ctx context.Context) {
	for i := range j.round {
		if d := &j.round[i]; d.run {
			d.Result, d.Failed = j.x.call(ctx, d.Call.Tool, d.value)
		}
	}
}

// call carries out one, and gives what the model is told of it.
func (x *exchange) call(ctx context.Context, tool string, arguments ijson.Value) (told string, failed bool) {
	reply, err := x.f.Mediator.CallTool(ctx, x.who, tool, arguments, nil)
	switch {
	case err != nil:
		var begun mediate.Begun
		text := x.f.failed(err).Message
		if errors.As(err, &begun) {
			return text + " The call may have had effect.", true
		}
		return text + " The call had no effect.", true
	case reply.Refusal != nil:
		return refusalText(reply.Refusal), true
	case reply.Failure != nil:
		return reply.Failure.Message, true
	}
	return toldOf(reply.Result)
}

// toldOf is a tool's result in the words of MCP as text. What is no text stands there as it was written.
func toldOf(result ijson.Value) (told string, failed bool) {
	isError, _ := result.Member("isError")
	failed, _ = isError.Bool()
	content, _ := result.Member("content")
	var texts []string
	for _, block := range content.Items() {
		kind, _ := block.Member("type")
		text, _ := block.Member("text")
		if k, _ := kind.Text(); k == "text" {
			s, _ := text.Text()
			texts = append(texts, s)
		} else {
			texts = append(texts, string(ijson.AppendLine(nil, block)))
		}
	}
	told = strings.Join(texts, "\n")
	if len(told) > maxTold {
		return strings.ToValidUTF8(told[:maxTold], "") + "\n[Argus cut the rest of this result.]", failed
	}
	return told, failed
}

// results are what the model is told of the round's calls.
func (j *judge) results() []wire.Hidden {
	var all []wire.Hidden
	for _, d := range j.round {
		all = append(all, d.Hidden)
	}
	return all
}

// unseen are the calls of the last round that the client was not shown, with where the conversation will have them.
func (j *judge) unseen(answer string) []wire.Hidden {
	all := j.results()
	for i := range all {
		all[i].Answer = answer
		if len(j.forwarded) > 0 {
			all[i].Beside = j.forwarded[0]
		}
	}
	return all
}
