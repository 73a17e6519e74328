package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

// peer is a server that says back what it is told, and remembers the headers of each call.
type peer struct {
	*httptest.Server
	both chan struct{} // "meet" waits until it is called twice at a time

	mu      sync.Mutex
	headers []http.Header
}

func newPeer(t *testing.T) *peer {
	t.Helper()
	p := &peer{both: make(chan struct{})}
	s := server.NewMCPServer("peer", "1")
	s.AddTool(mcp.NewTool("echo"), func(_ context.Context, q mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.headers = append(p.headers, q.Header)
		said, err := json.Marshal(q.GetArguments())
		return mcp.NewToolResultText(string(said)), err
	})
	s.AddTool(mcp.NewTool("birth"), func(context.Context, mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		r := mcp.NewToolResultText("born")
		r.Meta = &mcp.Meta{AdditionalFields: map[string]any{"argus/context": "c-1"}}
		return r, nil
	})
	s.AddTool(mcp.NewTool("refuse"), func(context.Context, mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		return mcp.NewToolResultError("no"), nil
	})
	s.AddTool(mcp.NewTool("meet"), func(ctx context.Context, _ mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		select {
		case p.both <- struct{}{}:
		case <-p.both:
		case <-ctx.Done():
		}
		return mcp.NewToolResultText("met"), ctx.Err()
	})
	p.Server = httptest.NewServer(server.NewStreamableHTTPServer(s))
	t.Cleanup(p.Close)
	return p
}

func tokenFile(t *testing.T, mode os.FileMode) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte("secret-token\n"), mode); err != nil {
		t.Fatal(err)
	}
	return file
}

// play plays a script after a connect, and gives the reports by id.
func play(t *testing.T, p *peer, script string) map[string]report {
	t.Helper()
	first, err := json.Marshal(step{ID: "hello", Do: "connect", URL: p.URL + "/mcp", TokenFile: tokenFile(t, 0o600)})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := newAgent(&out).play(t.Context(), strings.NewReader(string(first)+"\n"+script)); err != nil {
		t.Fatal(err)
	}
	return reports(t, &out)
}

func reports(t *testing.T, out *bytes.Buffer) map[string]report {
	t.Helper()
	all := map[string]report{}
	for d := json.NewDecoder(out); d.More(); {
		var r report
		if err := d.Decode(&r); err != nil {
			t.Fatal(err)
		}
		all[r.ID] = r
	}
	return all
}

func TestWhatAStepBroughtGoesIntoTheNext(t *testing.T) {
	got := play(t, newPeer(t), `
		{"id": "a", "do": "call", "tool": "echo", "arguments": {"x": "salary"}}
		{"id": "b", "do": "call", "tool": "echo", "arguments": {"y": "it is ${a}", "deep": {"list": ["${a}", 1]}, "none": "${z}"}}`[1:])
	want := `{"deep":{"list":["{\"x\":\"salary\"}",1]},"none":"","y":"it is {\"x\":\"salary\"}"}`
	if got["b"].Text != want {
		t.Errorf("got %s, not %s", got["b"].Text, want)
	}
}

func TestTheTokenGoesWithEveryCallAndAContextWithItsOwn(t *testing.T) {
	p := newPeer(t)
	play(t, p, `{"id": "1", "do": "call", "tool": "echo", "context": "c-1"}
		{"id": "2", "do": "call", "tool": "echo"}`)
	if len(p.headers) != 2 {
		t.Fatalf("%d calls", len(p.headers))
	}
	for i, want := range []string{"c-1", ""} {
		if got := p.headers[i].Get(contextHeader); got != want || p.headers[i].Get("Authorization") != "Bearer secret-token" {
			t.Errorf("call %d goes as %q, with the token: %t", i, got, p.headers[i].Get("Authorization") != "")
		}
	}
}

func TestOutcomesAreReported(t *testing.T) {
	got := play(t, newPeer(t), `{"id": "born", "do": "call", "tool": "birth"}
		{"id": "refused", "do": "call", "tool": "refuse"}
		{"id": "unknown", "do": "call", "tool": "no-such"}
		{"id": "nowhere", "do": "call", "to": "other", "tool": "echo"}
		{"id": "what", "do": "dance"}
		{"id": "bye", "do": "disconnect"}
		{"id": "gone", "do": "call", "tool": "echo"}`)
	if r := got["born"]; r.Context != "c-1" || r.Text != "born" || r.Failure != "" {
		t.Errorf("a birth: %+v", r)
	}
	if r := got["refused"]; !r.IsError || r.Text != "no" || r.Failure != "" {
		t.Errorf("a refusal: %+v", r)
	}
	for _, id := range []string{"unknown", "nowhere", "what", "gone"} {
		if r := got[id]; r.Failure == "" {
			t.Errorf("%s did not fail: %+v", id, r)
		}
	}
	if r, told := got["bye"]; !told || r.Failure != "" {
		t.Errorf("a good-bye: %+v", r)
	}
}

func TestCallsInTheBackgroundOverlap(t *testing.T) {
	got := play(t, newPeer(t), `{"id": "1", "do": "call", "tool": "meet", "background": true}
		{"id": "2", "do": "call", "tool": "meet", "background": true}`)
	if got["1"].Text != "met" || got["2"].Text != "met" {
		t.Errorf("%+v", got)
	}
}

func TestATokenThatOthersCanReadIsNotUsed(t *testing.T) {
	p := newPeer(t)
	for mode, used := range map[os.FileMode]bool{0o600: true, 0o640: false, 0o604: false} {
		s := step{ID: "1", Do: "connect", URL: p.URL + "/mcp", TokenFile: tokenFile(t, mode)}
		a := newAgent(&bytes.Buffer{})
		if r := a.connect(t.Context(), s); (r.Failure == "") != used {
			t.Errorf("mode %v: %q", mode, r.Failure)
		}
		a.closeAll()
	}
}

func TestAConnectionSaysOneWayToGo(t *testing.T) {
	for _, s := range []step{{}, {URL: "http://127.0.0.1:1/mcp", Command: []string{"true"}}} {
		if r := newAgent(&bytes.Buffer{}).connect(t.Context(), s); r.Failure == "" {
			t.Errorf("%+v was taken", s)
		}
	}
}

func TestALineThatIsNoStepEndsTheScript(t *testing.T) {
	var out bytes.Buffer
	err := newAgent(&out).play(t.Context(), strings.NewReader("{\"id\":\"1\",\"do\":\"disconnect\"}\nnot a step\n{\"id\":\"2\",\"do\":\"disconnect\"}\n"))
	if err == nil {
		t.Error("it was played on")
	}
	if got := reports(t, &out); len(got) != 1 {
		t.Errorf("reports: %+v", got)
	}
}

func TestAnInterruptedScriptEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	in, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	defer out.Close()
	cancel()
	if err := newAgent(&bytes.Buffer{}).play(ctx, in); err == nil {
		t.Error("an interrupted script ended well")
	}
}
