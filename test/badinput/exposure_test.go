package badinput

import (
	"context"
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
	answer, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	_, _ = io.Copy(io.Discard, answer.Body)
	if answer.StatusCode != http.StatusNoContent {
		t.Fatalf("end the session: %s", answer.Status)
	}
	client.CloseIdleConnections()
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

// reading begins a call that reads what is private and takes a while, and returns when the server has it.
func (w *world) reading(t *testing.T, s *session, marker string) (ended <-chan reply) {
	t.Helper()
	done := make(chan reply, 1)
	go func() {
		said, _, err := s.send(strings.NewReader(`{"jsonrpc":"2.0","id":"` + marker + `","method":"tools/call","params":{"name":"stub__read-db",` +
			`"arguments":{"delay_ms":1500,"marker":"` + marker + `"}}}`))
		if err != nil {
			said.body = err.Error()
		}
		done <- said
	}()
	daemon.Until(t, "the server has the call", func() bool {
		log, _ := os.ReadFile(w.CallLog("stub"))
		return strings.Contains(string(log), marker)
	})
	return done
}

// exposureOfOpenCalls counts a call from its start to its end, whatever becomes of its client and its context meanwhile.
func exposureOfOpenCalls(t *testing.T, w *world) {
	s := w.agent(t, "racer")
	under := w.reading(t, s, "under way")
	cannotPost(t, w.session(t, "racer"), "while a call that reads is under way")
	if got := <-under; !strings.Contains(got.body, "the customers") {
		t.Errorf("the control: the call under way brings %v", got)
	}

	s = w.agent(t, "leaver")
	ctx, leave := context.WithCancel(t.Context())
	gone := *s
	gone.ctx = ctx
	left := w.reading(t, &gone, "left alone")
	leave()
	<-left
	cannotPost(t, s, "after leaving in the middle of the call")

	s = w.agent(t, "cleaned")
	late := w.reading(t, s, "too late")
	w.Fresh(t, "cleaned")
	got := <-late
	if strings.Contains(got.body, "the customers") {
		t.Errorf("a fresh context got what the one before it had asked for: %v", got)
	}
	say(t, "argus agent fresh in the middle of the call", s.outcome(got))
	if got := s.call("stub__post-slack", `{"channel":"c","text":"nothing"}`); got.failed() {
		t.Errorf("the fresh context: %v", got)
	}
}

// exposureOutlivesKill kills the daemon while a call that reads is at its server.
func exposureOutlivesKill(t *testing.T, w *world) {
	s := w.agent(t, "killer")
	ended := w.reading(t, s, "in flight")
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
