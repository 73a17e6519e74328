package main

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestTheForwarderAddsABearerAndNothingElse has a server tell what it was sent, one event at a time.
func TestTheForwarderAddsABearerAndNothingElse(t *testing.T) {
	asked := make(chan *http.Request, 1)
	more := make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked <- r
		w.Header().Set("Content-Type", "text/event-stream")
		fmt.Fprint(w, "data: first\n\n")
		_ = http.NewResponseController(w).Flush()
		<-more
		fmt.Fprint(w, "data: second\n\n")
	}))
	defer s.Close()
	f, err := openForwarder()
	if err != nil {
		t.Fatal(err)
	}
	defer f.close()
	f.use("the-token")
	if err := f.forward(s.URL); err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequest(http.MethodPost, f.origin()+"/mcp", strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	r.Host = "evil.example.com"
	r.Header.Set("Origin", "http://evil.example.com")
	w, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Body.Close()
	got := <-asked
	if got.Host != "evil.example.com" || got.Header.Get("Origin") != "http://evil.example.com" || got.URL.Path != "/mcp" ||
		got.Header.Get("Authorization") != "Bearer the-token" || got.Header.Get("X-Forwarded-For") != "" {
		t.Errorf("%s %s %v", got.Host, got.URL, got.Header)
	}
	lines := bufio.NewScanner(w.Body)
	if lines.Scan(); lines.Text() != "data: first" { // before there is a second
		t.Errorf("%q", lines.Text())
	}
	close(more)
}

// TestTheBridgeCarriesBothFormsOfAnswers goes through a session with a server that answers with JSON, with a stream, or not at all.
func TestTheBridgeCarriesBothFormsOfAnswers(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		switch {
		case strings.Contains(string(body), `"initialize"`):
			w.Header().Set("Mcp-Session-Id", "s1")
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprint(w, "{\"jsonrpc\":\"2.0\",\"id\":1,\n\"result\":{\"protocolVersion\":\"2025-11-25\"}}")
		case strings.Contains(string(body), `"modern"`):
			fmt.Fprintf(w, `{"jsonrpc":"2.0","id":4,"result":{"headers":"%s %s %s %s"}}`, r.Header.Get("Mcp-Protocol-Version"), r.Header.Get("Mcp-Method"),
				r.Header.Get("Mcp-Name"), r.Header.Get("Mcp-Session-Id"))
		case r.Header.Get("Mcp-Session-Id") != "s1" || r.Header.Get("Mcp-Protocol-Version") != "2025-11-25":
			http.Error(w, "no session", http.StatusBadRequest)
		case strings.Contains(string(body), `"streamed"`):
			w.Header().Set("Content-Type", "text/event-stream")
			fmt.Fprint(w, "id: 1\ndata: \n\nevent: message\ndata: {\"jsonrpc\":\"2.0\",\"method\":\"n\"}\n\ndata: {\"jsonrpc\":\"2.0\",\"id\":2,\"result\":{}}\n\n")
		default:
			http.Error(w, "no", http.StatusTeapot)
		}
	}))
	defer s.Close()
	in, to := io.Pipe()
	from, out := io.Pipe()
	over := make(chan error, 1)
	go func() { over <- bridge(t.Context(), s.URL, in, out); out.Close() }()
	lines := bufio.NewScanner(from)
	for _, step := range [][2]string{
		{`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{}}`, `{"jsonrpc":"2.0","id":1,"result":{"protocolVersion":"2025-11-25"}}`},
		{`{"jsonrpc":"2.0","id":2,"method":"streamed"}`, `{"jsonrpc":"2.0","method":"n"}`},
		{"", `{"jsonrpc":"2.0","id":2,"result":{}}`},
		{`{"jsonrpc":"2.0","id":3,"method":"other"}`, `{"jsonrpc":"2.0","id":3,"error":{"code":-32000,"message":"418 I'm a teapot"}}`},
		{`{"jsonrpc":"2.0","id":4,"method":"modern","params":{"name":"x","_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}}`,
			`{"jsonrpc":"2.0","id":4,"result":{"headers":"2026-07-28 modern x "}}`},
	} {
		if step[0] != "" {
			fmt.Fprintln(to, step[0])
		}
		if !lines.Scan() || lines.Text() != step[1] {
			t.Fatalf("after %s came %s", step[0], lines.Text())
		}
	}
	to.Close()
	if err := <-over; err != nil {
		t.Error(err)
	}
}
