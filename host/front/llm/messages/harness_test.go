package messages

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/anthropics/anthropic-sdk-go"
	"github.com/anthropics/anthropic-sdk-go/packages/ssestream"

	"argus/host/front/llm/sse"
	"argus/host/front/llm/wire"
	"argus/internal/ijson"
)

// bench rules by the ids of calls: those of no list are forwarded.
type bench struct {
	refuse, hide []string
	fail         error
	calls        []wire.Call
}

func (b *bench) Judge(_ context.Context, c wire.Call) (wire.Ruling, error) {
	b.calls = append(b.calls, c)
	switch {
	case b.fail != nil:
		return wire.Ruling{Forward: true}, b.fail
	case slices.Contains(b.refuse, "all") || slices.Contains(b.refuse, c.ID):
		return wire.Ruling{Say: said(c)}, nil
	case slices.Contains(b.hide, "all") || slices.Contains(b.hide, c.ID):
		return wire.Ruling{}, nil
	}
	return wire.Ruling{Forward: true}, nil
}

// ids are those of the calls that were judged, in their order.
func (b *bench) ids() (ids []string) {
	for _, c := range b.calls {
		ids = append(ids, c.ID)
	}
	return ids
}

func said(c wire.Call) string {
	return "[Argus refused the call of " + c.Tool + ": \"no\". Reference R-" + c.ID + ".]"
}

func value(t testing.TB, s string) ijson.Value {
	t.Helper()
	v, err := ijson.ParseString(s, ijson.AtMost(1<<24))
	if err != nil {
		t.Fatalf("%v in %s", err, s)
	}
	return v
}

// request is a request that was read, with members beside what every request has.
func request(t testing.TB, members string) wire.Request {
	t.Helper()
	if members != "" {
		members = "," + members
	}
	r, err := New().Read(value(t, `{"model":"m","max_tokens":10,"messages":[{"role":"user","content":"hi"}]`+members+`}`))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func stored(t testing.TB, name string) string {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// feed gives an answer the events of one round.
func feed(a wire.Answer, dst []byte, r io.Reader) ([]byte, error) {
	for events := sse.NewReader(r, 1<<20); ; {
		e, err := events.Next()
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

// stream is what a client gets of a streamed answer, up to the first error.
func stream(t testing.TB, members, events string, b *bench) (string, error) {
	t.Helper()
	a := New().Answer(request(t, `"stream":true`+members), b, false)
	out, err := feed(a, nil, strings.NewReader(events))
	if err == nil {
		out, err = a.Finish(out)
	}
	return string(out), err
}

// accumulated is what the vendor's own client makes of a stream.
func accumulated(events string) (anthropic.Message, error) {
	body := &http.Response{Body: io.NopCloser(strings.NewReader(events)), Header: http.Header{}}
	s := ssestream.NewStream[anthropic.MessageStreamEventUnion](ssestream.NewDecoder(body), nil)
	var m anthropic.Message
	for s.Next() {
		if err := m.Accumulate(s.Current()); err != nil {
			return m, err
		}
	}
	return m, s.Err()
}

// shape is one line for each block of a message, and how it ended.
func shape(m anthropic.Message) string {
	var b strings.Builder
	for _, c := range m.Content {
		switch c := c.AsAny().(type) {
		case anthropic.TextBlock:
			fmt.Fprintf(&b, "text %q\n", c.Text)
		case anthropic.ThinkingBlock:
			fmt.Fprintf(&b, "thinking %q signed %q\n", c.Thinking, c.Signature)
		case anthropic.ToolUseBlock:
			fmt.Fprintf(&b, "tool_use %s %s %s\n", c.ID, c.Name, c.Input)
		default:
			fmt.Fprintf(&b, "%T\n", c)
		}
	}
	fmt.Fprintf(&b, "%s, %d tokens in, %d out\n", m.StopReason, m.Usage.InputTokens, m.Usage.OutputTokens)
	return b.String()
}

// lines shows each event of a stream on one line.
func lines(events string) string {
	var b bytes.Buffer
	for r := sse.NewReader(strings.NewReader(events), 1<<20); ; {
		e, err := r.Next()
		if err != nil {
			return b.String()
		}
		fmt.Fprintf(&b, "%s\n", e.Data)
	}
}
