package messages

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"argus/host/front/llm/sse"
)

// BenchmarkStream is a bulk stream of text, and what reading its events alone costs.
func BenchmarkStream(b *testing.B) {
	var all strings.Builder
	event := func(data string) {
		name, _, _ := strings.Cut(strings.TrimPrefix(data, `{"type":"`), `"`)
		fmt.Fprintf(&all, "event: %s\ndata: %s\n\n", name, data)
	}
	event(opening)
	event(blockStart(0, noText))
	const deltas = 1000
	for range deltas {
		event(blockDelta(0, `{"type":"text_delta","text":"Hello there, nice to see you."}`))
	}
	event(blockStop(0))
	event(closing)
	event(stopping)
	r := request(b, `"stream":true`)
	out := make([]byte, 0, all.Len())
	b.Run("events", func(b *testing.B) {
		b.SetBytes(int64(all.Len()))
		for b.Loop() {
			for s := sse.NewReader(strings.NewReader(all.String()), 1<<20); ; {
				if _, err := s.Next(); err == io.EOF {
					break
				}
			}
		}
	})
	b.Run("answer", func(b *testing.B) {
		b.SetBytes(int64(all.Len()))
		b.ReportAllocs()
		for b.Loop() {
			a := New().Answer(r, &bench{}, false)
			sent, err := feed(a, out[:0], strings.NewReader(all.String()))
			if err == nil {
				sent, err = a.Finish(sent)
			}
			if err != nil || len(sent) != all.Len() {
				b.Fatal(err, len(sent))
			}
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/deltas, "ns/event")
	})
}
