package responses

import (
	"bytes"
	"context"
	"io"
	"strings"
	"testing"

	"argus/host/front/llm/sse"
)

// BenchmarkBulkStream is a long text of small pieces as it goes by: events per second of a stream that nobody paces.
func BenchmarkBulkStream(b *testing.B) {
	pieces := make([]string, 2000)
	for i := range pieces {
		pieces[i] = " streaming"
	}
	in := newVendor("resp_1").text("msg_67c9fdcecf488190bdd9a0409de3a1ec07b8b0ad4e5eb654", pieces...).end()
	request := read(b, asking)
	dst := make([]byte, 0, len(in))
	b.SetBytes(int64(len(in)))
	b.ReportAllocs()
	for b.Loop() {
		a := New().Answer(request, refuse(), false)
		var err error
		dst = dst[:0]
		for events := sse.NewReader(strings.NewReader(in), 1<<24); ; {
			e, end := events.Next()
			if end == io.EOF {
				break
			}
			if dst, err = a.Event(context.Background(), dst, e); err != nil {
				b.Fatal(err)
			}
		}
		if dst, err = a.Finish(dst); err != nil || !bytes.Equal(dst, []byte(in)) {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(pieces))*float64(b.N)/b.Elapsed().Seconds(), "events/s")
}
