package chat

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"argus/host/front/llm/sse"
	"argus/host/front/llm/wire"
	"argus/internal/ijson"
)

// BenchmarkText is what a chunk of text costs, beside reading its JSON.
func BenchmarkText(b *testing.B) {
	raw := event(0, `{"content":" of the river"}`, "null")
	e := sse.Event{Raw: []byte(raw), Data: []byte(raw[len("data: ") : len(raw)-2])}
	b.Run("parse", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := ijson.Parse(e.Data, ijson.AtMost(len(e.Data))); err != nil {
				b.Fatal(err)
			}
		}
	})
	for name, keep := range map[string]bool{"pass": false, "keep": true} {
		b.Run(name, func(b *testing.B) {
			var a wire.Answer
			dst := make([]byte, 0, len(raw))
			b.SetBytes(int64(len(raw)))
			b.ReportAllocs()
			n := 0
			for b.Loop() {
				if n--; n < 0 { // a turn is bounded
					a, n = New().Answer(wire.Request{Stream: true}, refusing(""), keep), 1<<19
				}
				var err error
				if dst, err = a.Event(context.Background(), dst[:0], e); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkCall is what a chunk of a long call costs.
func BenchmarkCall(b *testing.B) {
	raw := event(0, `{"tool_calls":[{"index":0,"function":{"arguments":" of the"}}]}`, "null")
	e := sse.Event{Raw: []byte(raw), Data: []byte(raw[len("data: ") : len(raw)-2])}
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	var a wire.Answer
	n := 0
	for b.Loop() {
		if n--; n < 0 { // what waits is bounded
			a, n = New().Answer(wire.Request{Stream: true}, refusing(""), false), 100_000
		}
		if _, err := a.Event(context.Background(), nil, e); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkTell puts 256 hidden calls, of which one was made there, back into a conversation of 9000 messages.
func BenchmarkTell(b *testing.B) {
	const round = `{"role":"user","content":"%[2]s"},{"role":"assistant","content":"%[2]s","tool_calls":[{"id":"call_%[1]d","type":"function","function":{"name":"f","arguments":"{}"}}]},` +
		`{"role":"tool","tool_call_id":"call_%[1]d","content":"%[2]s"},`
	var text strings.Builder
	for i := range 3000 {
		fmt.Fprintf(&text, round, i, strings.Repeat("Some words [and more]. ", 20))
	}
	text.WriteString(`{"role":"assistant","content":"[Argus refused 7.]"}`)
	var calls []wire.Hidden
	for i := range 256 {
		calls = append(calls, hidden(fmt.Sprint("x", i), fmt.Sprintf("[Argus refused %d.]", i), fmt.Sprint("other_", i)))
	}
	body, err := ijson.ParseString(ask(text.String(), ""), ijson.AtMost(16<<20))
	if err != nil {
		b.Fatal(err)
	}
	r, err := New().Read(body)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(body.Raw())))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := New().Apply(r, wire.Changes{Hidden: calls}); err != nil {
			b.Fatal(err)
		}
	}
}
