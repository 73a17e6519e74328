package chat

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/packages/ssestream"

	"argus/host/front/llm/sse"
	"argus/host/front/llm/wire"
	"argus/internal/ijson"
)

// rulings is a judge that decides by the ids of calls, and remembers what it was asked.
type rulings struct {
	by    map[string]wire.Ruling
	other wire.Ruling
	asked []wire.Call
}

func (r *rulings) Judge(_ context.Context, c wire.Call) (wire.Ruling, error) {
	r.asked = append(r.asked, c)
	if by, has := r.by[c.ID]; has {
		return by, nil
	}
	return r.other, nil
}

var forward = wire.Ruling{Forward: true}

// refusing forwards all calls but the named ones.
func refusing(say string, ids ...string) *rulings {
	r := &rulings{by: map[string]wire.Ruling{}, other: forward}
	for _, id := range ids {
		r.by[id] = wire.Ruling{Say: say}
	}
	return r
}

func parse(t testing.TB, text string) ijson.Value {
	t.Helper()
	v, err := ijson.ParseString(text, ijson.AtMost(1<<20))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}

// feed gives an answer the events of one round.
func feed(a wire.Answer, dst []byte, r io.Reader) ([]byte, error) {
	for in := sse.NewReader(r, 1<<20); ; {
		e, err := in.Next()
		if err == io.EOF {
			return dst, nil
		}
		if err != nil {
			return dst, err
		}
		if dst, err = a.Event(context.Background(), dst, e); err != nil {
			return dst, err
		}
	}
}

// streamed is what a client has of a stream of one round.
func streamed(j wire.Judge, stream string) (string, error) {
	a := New().Answer(wire.Request{Stream: true, Several: true}, j, false)
	out, err := feed(a, nil, strings.NewReader(stream))
	if err == nil {
		out, err = a.Finish(out)
	}
	return string(out), err
}

// event is a chunk of a stream as OpenAI sends it.
func event(choice int, delta, finish string) string {
	if finish != "null" {
		finish = `"` + finish + `"`
	}
	return fmt.Sprintf(`data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"m","system_fingerprint":"fp","choices":[`+
		`{"index":%d,"delta":%s,"logprobs":null,"finish_reason":%s}],"usage":null}`+"\n\n", choice, delta, finish)
}

// say is a chunk of the proxy's own.
func say(choice int, text string) string {
	return fmt.Sprintf(`data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"m","system_fingerprint":"fp","choices":[`+
		`{"index":%d,"delta":{"content":%q},"finish_reason":null}]}`+"\n\n", choice, text)
}

// called are the chunks of one call.
func called(choice, position int, id, name string, arguments ...string) string {
	out := event(choice, fmt.Sprintf(`{"tool_calls":[{"index":%d,"id":%q,"type":"function","function":{"name":%q,"arguments":""}}]}`, position, id, name), "null")
	for _, a := range arguments {
		out += event(choice, fmt.Sprintf(`{"tool_calls":[{"index":%d,"function":{"arguments":%q}}]}`, position, a), "null")
	}
	return out
}

const (
	begin = `{"role":"assistant","content":"","refusal":null}`
	usage = `data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"m","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":5,"total_tokens":8}}` + "\n\n"
	end   = "data: [DONE]\n\n"
)

// accumulated is what OpenAI's client makes of a stream.
func accumulated(stream string) (openai.ChatCompletion, error) {
	body := io.NopCloser(strings.NewReader(stream))
	in := ssestream.NewStream[openai.ChatCompletionChunk](ssestream.NewDecoder(&http.Response{Body: body, Header: http.Header{}}), nil)
	var all openai.ChatCompletionAccumulator
	for in.Next() {
		if !all.AddChunk(in.Current()) {
			return all.ChatCompletion, fmt.Errorf("a chunk does not fit to those before it")
		}
	}
	return all.ChatCompletion, in.Err()
}

// shown are the calls that OpenAI's client has of a choice, as ID NAME ARGUMENTS.
func shown(m openai.ChatCompletionMessage) (calls []string) {
	for _, c := range m.ToolCalls {
		if c.Type == "custom" {
			calls = append(calls, c.ID+" "+c.Custom.Name+" "+c.Custom.Input)
		} else {
			calls = append(calls, c.ID+" "+c.Function.Name+" "+c.Function.Arguments)
		}
	}
	if m.FunctionCall.Name != "" {
		calls = append(calls, m.FunctionCall.Name+" "+m.FunctionCall.Name+" "+m.FunctionCall.Arguments)
	}
	return calls
}

// same fails where two streams differ, at the first event that does.
func same(t *testing.T, got, want string) {
	t.Helper()
	g, w := bytes.SplitAfter([]byte(got), []byte("\n\n")), bytes.SplitAfter([]byte(want), []byte("\n\n"))
	for i := range max(len(g), len(w)) {
		if i >= len(g) || i >= len(w) || !bytes.Equal(g[i], w[i]) {
			t.Fatalf("event %d:\ngot  %q\nwant %q\nall:\n%s", i, g[min(i, len(g)-1)], w[min(i, len(w)-1)], got)
		}
	}
}
