package badinput

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"argus/test/daemon"
)

// shim is a running `argus connect`, and its client.
type shim struct {
	t     *testing.T
	cmd   *exec.Cmd
	in    io.WriteCloser
	lines chan string
	next  int
}

func (w *world) shim(t *testing.T, agent string) *shim {
	t.Helper()
	s := &shim{t: t, cmd: exec.Command(programs.Argus, "connect", "--agent", agent, "--config", w.Config()), lines: make(chan string, 1024)}
	s.cmd.Stderr = os.Stderr
	var err error
	if s.in, err = s.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	read := make(chan struct{})
	go func() {
		defer close(read)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			s.lines <- lines.Text()
		}
	}()
	t.Cleanup(func() {
		_ = s.cmd.Process.Kill()
		<-read
		_ = s.cmd.Wait()
	})
	return s
}

// begin sends a request and does not wait.
func (s *shim) begin(method, params string) {
	s.t.Helper()
	s.next++
	s.say(fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":%q,"params":%s}`, s.next, method, params))
}

func (s *shim) say(line string) {
	s.t.Helper()
	if _, err := io.WriteString(s.in, line+"\n"); err != nil {
		s.t.Fatal(err)
	}
}

// answer waits for what came of the last request, and passes over what else is said.
func (s *shim) answer() outcome {
	s.t.Helper()
	for late := time.After(20 * time.Second); ; {
		select {
		case line := <-s.lines:
			var said struct{ ID *int }
			if err := json.Unmarshal([]byte(line), &said); err != nil {
				s.t.Fatalf("said %q", line)
			}
			if said.ID != nil && *said.ID == s.next {
				return (&session{t: s.t}).outcome(reply{body: line})
			}
		case <-late:
			s.t.Fatal("no answer")
		}
	}
}

func (s *shim) request(method, params string) outcome {
	s.t.Helper()
	s.begin(method, params)
	return s.answer()
}

func (s *shim) call(tool, arguments string) outcome {
	s.t.Helper()
	return s.request("tools/call", fmt.Sprintf(`{"name":%q,"arguments":%s}`, tool, arguments))
}

func (s *shim) connect() {
	s.t.Helper()
	if got := s.request("initialize", `{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"shim","version":"1"}}`); got.failed() {
		s.t.Fatalf("initialize: %v", got)
	}
	s.say(`{"jsonrpc":"2.0","method":"notifications/initialized"}`)
}

// slow begins a call that takes its time, and waits until it has begun.
func (s *shim) slow(w *world) {
	s.t.Helper()
	before := len(daemon.Starts(w.Steps(s.t)))
	s.begin("tools/call", `{"name":"stub__summarize","arguments":{"text":"slow","delay_ms":10000}}`)
	daemon.Until(s.t, "the slow call has begun", func() bool { return len(daemon.Starts(w.Steps(s.t))) > before })
}

// settled waits until every start has its end, and answers with the outcome of the last.
func (w *world) settled(t *testing.T) (last string) {
	t.Helper()
	daemon.Until(t, "every call is settled", func() bool {
		open := 0
		for _, step := range w.Steps(t) {
			switch step.Do {
			case "invoke_start":
				open++
			case "invoke_complete":
				open--
				last = step.Input.Outcome
			}
		}
		return open == 0
	})
	return last
}

// end waits for the shim's end, which may not take long.
func (s *shim) end() {
	s.t.Helper()
	ended := make(chan error, 1)
	go func() { ended <- s.cmd.Wait() }()
	select {
	case err := <-ended:
		if err != nil {
			s.t.Errorf("argus connect ended with %v", err)
		}
	case <-time.After(5 * time.Second):
		s.t.Error("argus connect does not end")
	}
}

// TestClientOnStandardStreams takes away, one after the other, the client, the shim and the daemon.
func TestClientOnStandardStreams(t *testing.T) {
	w := newWorld(t)
	w.Edit(t, "argus.toml", `call_timeout = "3s"`, `call_timeout = "60s"`)
	w.daemon.Stop()
	w.up(t)
	w.pinAll(t)
	w.Run(t, "agent", "new", "streams")
	for _, c := range []struct {
		promise string
		test    func(*testing.T, *world)
	}{
		{"EndOfInputCancelsTheOpenCall", endOfInput},
		{"EndOfTheShimCancelsTheOpenCall", endOfShim},
		{"CancelledCallIsSettled", cancelledCall},
		{"DaemonThatIsKilledEndsTheCallAndIsFoundAgain", killedUnderAClient},
		{"NothingButErrorsWithoutADaemon", withoutDaemon},
	} {
		t.Run(c.promise, func(t *testing.T) { c.test(t, w) })
	}
}

func endOfInput(t *testing.T, w *world) {
	s := w.shim(t, "streams")
	s.connect()
	s.slow(w)
	began := time.Now()
	s.in.Close()
	s.end()
	if last := w.settled(t); last != "unknown" {
		t.Errorf("the call is settled as %q", last)
	}
	say(t, "the client closes its end in an open call", fmt.Sprintf("settled as unknown, %v later", time.Since(began).Round(100*time.Millisecond)))
	w.lives(t)
}

func endOfShim(t *testing.T, w *world) {
	for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL} {
		s := w.shim(t, "streams")
		s.connect()
		s.slow(w)
		if err := s.cmd.Process.Signal(signal); err != nil {
			t.Fatal(err)
		}
		last := w.settled(t)
		if last != "unknown" {
			t.Errorf("%v: the call is settled as %q", signal, last)
		}
		say(t, fmt.Sprintf("the shim gets %v in an open call", signal), "settled as "+last)
	}
	w.lives(t)
}

func cancelledCall(t *testing.T, w *world) {
	s := w.shim(t, "streams")
	s.connect()
	s.slow(w)
	s.say(fmt.Sprintf(`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":%d}}`, s.next))
	if last := w.settled(t); last != "unknown" {
		t.Errorf("the call is settled as %q", last)
	}
	if got := s.call("stub__summarize", `{"text":"afterwards"}`); got.failed() {
		t.Errorf("the next call: %v", got)
	}
	say(t, "a call over the shim is cancelled", "settled as unknown, and the next is answered")
}

// killedUnderAClient also holds the shim to the exposure that the agent had: a new session is no new context.
func killedUnderAClient(t *testing.T, w *world) {
	s := w.shim(t, "streams")
	s.connect()
	if got := s.call("stub__post-slack", `{"channel":"c","text":"before"}`); got.failed() {
		t.Fatalf("the control, a post of an agent that has met nothing: %v", got)
	}
	if got := s.call("stub__read-db", `{}`); got.failed() {
		t.Fatal(got)
	}
	s.slow(w)
	w.daemon.Kill()
	got := s.answer()
	if got.code != -32010 || !strings.Contains(got.text, "may have had effect") {
		t.Errorf("the open call: %v", got)
	}
	say(t, "kill -9 of the daemon in an open call", got)
	began := time.Now()
	if got = s.call("stub__post-slack", `{"channel":"c","text":"down"}`); got.code != -32010 || !strings.Contains(got.text, "argus serve") {
		t.Errorf("a call while no daemon runs: %v", got)
	}
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("it took %v to say so", took)
	}
	say(t, "a call while no daemon runs", got)
	w.up(t)
	daemon.Until(t, "the stub can be called", func() bool { return w.Tool(t, "stub", "post-slack").Callable() })
	if got = s.call("stub__post-slack", `{"channel":"c","text":"again"}`); got.rule != "2a" {
		t.Errorf("a post of the same agent over its new session: %v", got)
	}
	say(t, "the same client posts what it must not, after the restart", got)
	if got := s.call("stub__summarize", `{"text":"fine"}`); got.failed() {
		t.Errorf("an ordinary call: %v", got)
	}
	if last := w.settled(t); last == "" {
		t.Error("nothing was settled")
	}
}

func withoutDaemon(t *testing.T, w *world) {
	s := w.shim(t, "streams")
	s.connect()
	w.daemon.Stop()
	before := len(w.Effects(t, w.servers...))
	for i := range 100 {
		if got := s.call("stub__post-slack", fmt.Sprintf(`{"channel":"c","text":"down %d"}`, i)); got.code != -32010 {
			t.Fatalf("call %d: %v", i, got)
		}
	}
	if _, err := w.Try("status"); err == nil || !strings.Contains(err.Error(), "no daemon runs") {
		t.Errorf("somebody started a daemon: %v", err)
	}
	if after := len(w.Effects(t, w.servers...)); after != before {
		t.Errorf("%d calls were made without a daemon", after-before)
	}
	say(t, "a hundred calls without a daemon", "as many errors, and no daemon was started")
}
