package badinput

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// client gives up at last: a daemon that hangs must not hang the tests.
var client = &http.Client{Timeout: 30 * time.Second}

// session is one that was opened by hand: what goes over its wire is up to the test, byte for byte.
type session struct {
	t          *testing.T
	ctx        context.Context // of its requests
	url, token string
	id         string
	next       *atomic.Int64
}

// session opens one as an agent that exists. The test is the one that reports; a shared session must not be used by a subtest alone.
func (w *world) session(t *testing.T, name string) *session {
	t.Helper()
	s := &session{t: t, ctx: context.Background(), url: w.daemon.URL, token: w.tokens[name], next: &atomic.Int64{}}
	said, header, err := s.send(strings.NewReader(`{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25",` +
		`"capabilities":{},"clientInfo":{"name":"bad","version":"1"}}}`))
	if err != nil || said.status != http.StatusOK {
		t.Fatalf("initialize: %v %v", said, err)
	}
	s.id = header.Get("Mcp-Session-Id")
	return s
}

// reply is what came back.
type reply struct {
	status int
	body   string
}

func (r reply) String() string { return fmt.Sprintf("%d %.160s", r.status, strings.TrimSpace(r.body)) }

func (s *session) send(body io.Reader) (reply, http.Header, error) {
	r, err := http.NewRequestWithContext(s.ctx, http.MethodPost, s.url, body)
	if err != nil {
		return reply{}, nil, err
	}
	r.Header.Set("Authorization", "Bearer "+s.token)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/json, text/event-stream")
	if s.id != "" {
		r.Header.Set("Mcp-Session-Id", s.id)
	}
	answer, err := client.Do(r)
	if err != nil {
		return reply{}, nil, err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	return reply{answer.StatusCode, string(text)}, answer.Header, err
}

// post sends a body as it is.
func (s *session) post(body string) reply {
	s.t.Helper()
	said, _, err := s.send(strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	return said
}

// outcome is what became of a request.
type outcome struct {
	code int    // of a JSON-RPC error
	rule string // by which it was refused
	bad  bool   // the tool says that it failed
	text string
}

func (o outcome) failed() bool { return o.code != 0 || o.rule != "" || o.bad }

func (o outcome) String() string {
	switch {
	case o.rule != "":
		return "refused by rule " + o.rule
	case o.code != 0:
		return fmt.Sprintf("error %d: %.90s", o.code, o.text)
	case o.bad:
		return "the tool failed: " + o.text
	}
	return fmt.Sprintf("answered: %.90s", o.text)
}

var refusal = regexp.MustCompile(`Argus refused this call \(rule ([A-Za-z0-9_ ]+)\)`)

// request sends params, which are JSON, with a method.
func (s *session) request(method, params string) outcome {
	s.t.Helper()
	return s.outcome(s.post(fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":%q,"params":%s}`, s.next.Add(1), method, params)))
}

// call calls a tool; arguments are JSON.
func (s *session) call(tool, arguments string) outcome {
	s.t.Helper()
	return s.request("tools/call", fmt.Sprintf(`{"name":%q,"arguments":%s}`, tool, arguments))
}

func (s *session) outcome(r reply) outcome {
	s.t.Helper()
	var said struct {
		Result json.RawMessage
		Error  *struct {
			Code    int
			Message string
		}
	}
	if err := json.Unmarshal([]byte(r.body), &said); err != nil {
		s.t.Fatalf("the answer is no JSON: %v", r)
	}
	o := outcome{text: string(said.Result)}
	if said.Error != nil {
		o.code, o.text = said.Error.Code, said.Error.Message
	}
	o.bad = bytes.Contains(said.Result, []byte(`"isError":true`))
	if match := refusal.FindStringSubmatch(o.text); match != nil {
		o.rule = match[1]
	}
	return o
}
