package mcp

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"argus/host/identity"
	"argus/host/mediate"
	"argus/host/upstream"
	"argus/internal/ijson"
)

// sink is a ResponseWriter that keeps nothing.
type sink struct {
	header http.Header
	status int
}

func (s *sink) Header() http.Header         { return s.header }
func (s *sink) Write(p []byte) (int, error) { return len(p), nil }
func (s *sink) WriteHeader(status int)      { s.status = status }

// BenchmarkCall is what the door itself costs of one call: from the request as net/http hands it over to its answer, with a mediator that
// answers at once.
func BenchmarkCall(b *testing.B) {
	for name, size := range map[string]int{"small": 100, "64KiB": 64 << 10} {
		b.Run(name, func(b *testing.B) {
			m := &quick{newFake(nil), ijson.MustParse(`{"content":[{"type":"text","text":"` + strings.Repeat("r", size) + `"}]}`)}
			token := m.principal(b, "alice", identity.Sticky)
			f := New(Options{Mediator: m, MaxRequestBytes: 1 << 20})
			defer f.Close()
			s, _ := f.sessions.open(m.grant(b, token), revision, upstream.Abilities{})
			body := []byte(call(1, "tools/call", `{"name":"notes__echo","arguments":{"text":"`+strings.Repeat("a", size)+`"}}`))
			here := &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 8741}
			r, err := http.NewRequestWithContext(context.WithValue(b.Context(), http.LocalAddrContextKey, here), "POST", "http://127.0.0.1:8741/mcp", nil)
			if err != nil {
				b.Fatal(err)
			}
			r.Header = http.Header{
				"Authorization": {"Bearer " + string(token)}, "Content-Type": {"application/json"}, "Accept": {"application/json, text/event-stream"},
				headerSession: {s.id}, headerVersion: {revision},
			}
			r.ContentLength = int64(len(body))
			reader := bytes.NewReader(body)
			r.Body = io.NopCloser(reader)
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				reader.Reset(body)
				w := &sink{header: http.Header{}}
				f.ServeHTTP(w, r)
				if w.status != 200 {
					b.Fatal(w.status)
				}
			}
		})
	}
}

// quick is a fake that records nothing.
type quick struct {
	*fake
	result ijson.Value
}

func (q *quick) CallTool(context.Context, mediate.Caller, string, ijson.Value, mediate.Client) (mediate.Reply, error) {
	return mediate.Reply{Result: q.result}, nil
}

// BenchmarkRoundTrip is one call over a connection of this machine that stays open.
func BenchmarkRoundTrip(b *testing.B) {
	d := open(b)
	session := d.session(d.alice)
	body := call(1, "tools/call", `{"name":"notes__echo","arguments":{"text":"`+strings.Repeat("a", 100)+`"}}`)
	b.ReportAllocs()
	for b.Loop() {
		if g := d.do("POST", d.alice, body, "Mcp-Session-Id", session); g.status != 200 {
			b.Fatal(g.body)
		}
	}
}
