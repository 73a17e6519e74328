//go:build linux

package faults

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/mcp"

	"argus/internal/ijson"
	"argus/test/daemon"
)

// use is one thing that agents do through the daemon. begin takes it to where a fault is to meet it, and finish is the rest of the way: an
// error means that it came to nothing.
type use struct {
	name  string
	begin func(*testing.T, *world) (finish func() error)
}

// whole is a use from its beginning to its end.
func (u use) whole(t *testing.T, w *world) error {
	t.Helper()
	if err := u.begin(t, w)(); err != nil {
		return fmt.Errorf("%s: %w", u.name, err)
	}
	return nil
}

// The uses, each at another place of the way of a call.
var (
	// calling meets the fault before its start.
	calling = use{"a call", func(t *testing.T, w *world) func() error {
		return func() error { return w.call(t, w.stub()) }
	}}
	// answering meets it when a server has asked in the middle of a call, and the client is about to answer.
	answering = use{"an answer to a server", beginAnswer}
	// prompting meets it before what an agent has read goes out to a model.
	prompting = use{"a prompt", func(t *testing.T, w *world) func() error {
		return func() error { return w.prompt(t, w.marker("prompt")) }
	}}
	// handing meets it while a model's answer is on its way, whose call is held until it may be handed to the agent's program.
	handing = use{"a call of the model's", beginHanding}
)

// running meets the fault while the server of a call works.
func running(server func(*world) string) use {
	return use{"a call that runs", func(t *testing.T, w *world) func() error { return beginRunning(t, w, server(w)) }}
}

// work is how long a call that runs takes.
const work = 2 * time.Second

func beginRunning(t *testing.T, w *world, server string) func() error {
	t.Helper()
	marker := w.marker("call")
	ended := make(chan error, 1)
	go func() { ended <- w.callAs(t, server, marker, work) }()
	daemon.Until(t, "the server works", func() bool { return strings.Contains(w.log(t, server), fmt.Sprintf("%q", marker)) })
	w.started(t, marker)
	return func() error { return <-ended }
}

// started demands that the start of a call is in the journal by the time its server knows of it.
func (w *world) started(t *testing.T, marker string) {
	t.Helper()
	steps := w.Steps(t)
	wanted := digestOf(t, arguments(marker, work))
	for _, s := range steps {
		if s.Do == "invoke_start" && s.Input.Arguments == wanted {
			return
		}
	}
	t.Errorf("a server works on %s, of which the journal does not say that it started", marker)
}

// gate is where a part of a use waits for the test.
type gate struct{ reached, open chan struct{} }

func (w *world) gate(marker string) *gate {
	g := &gate{make(chan struct{}), make(chan struct{})}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.gates[marker] = g
	return g
}

// pass waits at the gate that there may be.
func (w *world) pass(marker string) {
	w.mu.Lock()
	g := w.gates[marker]
	delete(w.gates, marker)
	w.mu.Unlock()
	if g != nil {
		close(g.reached)
		select {
		case <-g.open:
		case <-w.owner.Context().Done(): // the test has failed
		}
	}
}

// await waits until a use has reached its gate, or has failed before.
func (g *gate) await(t *testing.T, what string, ended chan error) {
	t.Helper()
	select {
	case <-g.reached:
	case err := <-ended:
		ended <- err
	case <-time.After(20 * time.Second):
		t.Errorf("not within 20 s: %s", what)
	}
}

// Elicit answers as a person would, with words that nobody else says.
func (w *world) Elicit(_ context.Context, q mcp.ElicitationRequest) (*mcp.ElicitationResult, error) {
	marker := q.Params.Message
	w.pass(marker)
	return answerOf(marker), nil
}

func answerOf(marker string) *mcp.ElicitationResult {
	return &mcp.ElicitationResult{ElicitationResponse: mcp.ElicitationResponse{
		Action: mcp.ElicitationResponseActionAccept, Content: map[string]any{"username": "said in " + marker, "email": "a@example.org"},
	}}
}

func beginAnswer(t *testing.T, w *world) func() error {
	t.Helper()
	marker := w.marker("question")
	g, ended := w.gate(marker), make(chan error, 1)
	go func() {
		said, err := w.callTool(t, asking+"__"+question, map[string]any{"message": marker})
		w.told(t, daemon.Effect{Server: asking, Tool: "elicitation", Arguments: digestOf(t, answerOf(marker))}, said, "said in "+marker)
		if err == nil && !strings.Contains(said, "said in "+marker) {
			err = errors.New("the server was not told the answer: " + said)
		}
		ended <- err
	}()
	g.await(t, "the client is asked", ended)
	return func() error {
		close(g.open)
		return <-ended
	}
}

// prompt has the agent that has read something send a prompt to the model.
func (w *world) prompt(t *testing.T, marker string) error {
	t.Helper()
	_, err := w.model(t, w.reader, map[string]any{"model": "m", "messages": []any{map[string]any{"role": "user", "content": marker}}})
	w.keep(marker, err)
	return err
}

func beginHanding(t *testing.T, w *world) func() error {
	t.Helper()
	marker := w.marker("hand over")
	g, ended := w.gate(marker), make(chan error, 1)
	go func() {
		said, err := w.model(t, w.worker, withTool(marker))
		w.told(t, daemon.Effect{Server: program, Tool: posting, Arguments: digestOf(t, map[string]any{"text": marker})}, said, marker)
		if err == nil && !strings.Contains(said, marker) {
			err = errors.New("the program was not handed the call: " + said)
		}
		ended <- err
	}()
	g.await(t, "the vendor is asked", ended)
	return func() error {
		close(g.open)
		return <-ended
	}
}

// withTool is a prompt of a program that has a tool.
func withTool(marker string) map[string]any {
	return map[string]any{
		"model": "m", "stream": true, "messages": []any{map[string]any{"role": "user", "content": marker}},
		"tools": []any{map[string]any{"type": "function", "function": map[string]any{
			"name": posting, "description": "Post a text.",
			"parameters": map[string]any{"type": "object", "properties": map[string]any{"text": map[string]any{"type": "string"}}},
		}}},
	}
}

// told keeps that something outside the daemon was told a part of what it said, if it was: that is an effect.
func (w *world) told(t *testing.T, e daemon.Effect, said, part string) {
	t.Helper()
	if strings.Contains(said, part) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.effects = append(w.effects, e)
	}
}

// model sends a request for the model as an agent would, and answers with all that came back.
func (w *world) model(t *testing.T, token string, body any) (said string, err error) {
	t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, w.models+"/"+upstream+"/v1/chat/completions", bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Content-Type", "application/json")
	answer, err := w.http.Do(r)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	all, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", answer.Status, all)
	}
	return string(all), err
}

// log is what a server has written of the calls that reached it.
func (w *world) log(t *testing.T, server string) string {
	t.Helper()
	text, err := os.ReadFile(w.CallLog(server))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	return string(text)
}

// digestOf is by what the journal names a value.
func digestOf(t *testing.T, value any) string {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	v, err := ijson.Parse(text, ijson.AtMost(len(text)))
	if err != nil {
		t.Fatal(err)
	}
	return ijson.Digest(v)
}
