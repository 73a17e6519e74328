package badinput

import (
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"argus/test/daemon"
)

const message = `{"channel":"c","text":"the customers"}`

// cannotPost demands that the flow rule holds an agent.
func cannotPost(t *testing.T, s *session, when string) {
	t.Helper()
	got := s.call("stub__post-slack", message)
	if got.rule != "2a" {
		t.Errorf("%s: %v", when, got)
	}
	say(t, when, got)
}

func (s *session) close(t *testing.T) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodDelete, s.url, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+s.token)
	r.Header.Set("Mcp-Session-Id", s.id)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	_, _ = io.Copy(io.Discard, answer.Body)
	if answer.StatusCode != http.StatusNoContent {
		t.Fatalf("end the session: %s", answer.Status)
	}
	http.DefaultClient.CloseIdleConnections()
}

func exposureStays(t *testing.T, w *world) {
	s := w.agent(t, "sly")
	if got := s.call("stub__post-slack", message); got.failed() {
		t.Fatalf("the control: clean, it may post: %v", got)
	}
	if got := s.call("stub__read-db", `{}`); got.failed() || !strings.Contains(got.text, "the customers") {
		t.Fatalf("read-db: %v", got)
	}
	cannotPost(t, s, "after reading what is private")
	beside := w.session(t, "sly")
	cannotPost(t, beside, "in another session")
	s.close(t)
	if r := s.post(`{"jsonrpc":"2.0","id":1,"method":"ping"}`); r.status != http.StatusNotFound {
		t.Errorf("the session that was ended: %v", r)
	}
	cannotPost(t, w.session(t, "sly"), "disconnected, connected and initialized again")
	w.Fresh(t, "sly")
	got := w.session(t, "sly").call("stub__post-slack", message)
	if got.failed() {
		t.Errorf("in a fresh context: %v", got)
	}
	say(t, "after argus agent fresh", got)
}

// exposureOutlivesKill kills the daemon while a call that reads is at its server.
func exposureOutlivesKill(t *testing.T, w *world) {
	s := w.agent(t, "killer")
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_, _, _ = s.send(strings.NewReader(`{"jsonrpc":"2.0","id":9,"method":"tools/call","params":{"name":"stub__read-db",` +
			`"arguments":{"delay_ms":10000,"marker":"in flight"}}}`))
	}()
	daemon.Until(t, "the server has the call", func() bool {
		log, _ := os.ReadFile(w.callLog("stub"))
		return strings.Contains(string(log), "in flight")
	})
	w.daemon.Kill()
	<-ended
	w.up(t)
	daemon.Until(t, "the server is back", func() bool { return w.Tool(t, "stub", "post-slack").Callable() })
	if level := w.met(t, "killer"); level != "sensitive" {
		t.Errorf("after the restart the agent has met %q only", level)
	}
	cannotPost(t, w.session(t, "killer"), "kill -9 between start and completion, restart")
	steps := w.Steps(t)
	start := slices.IndexFunc(steps, func(s daemon.Step) bool {
		return s.Do == "invoke_start" && s.Note.Principal == "killer" && strings.HasPrefix(s.Input.Tool, "stub/read-db@")
	})
	if start < 0 || !slices.ContainsFunc(steps[start:], func(s daemon.Step) bool {
		return s.Do == "invoke_complete" && s.Input.Agent == steps[start].Input.Agent && s.Input.Outcome == "unknown"
	}) {
		t.Error("the journal does not hold the start and an unknown outcome")
	}
}
