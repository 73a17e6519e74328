package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os/exec"
	"strings"
	"time"
)

// client is one way to be an agent.
type client struct {
	name    string
	helper  string // of the scripts: who makes the calls
	command []string
	apis    []string
}

// clients are all of them: the official ones of two languages, and those whose own helpers make the calls.
func clients(programs, scripts string) []client {
	node, goes := []string{"node", scripts + "/agent.mjs"}, []string{programs + "/tools/goagent"}
	return []client{
		{"node", "loop", node, []string{"chat", "responses", "messages"}},
		{"node runner", "runner", node, []string{"chat", "messages"}},
		{"go", "loop", goes, []string{"chat", "responses", "messages"}},
	}
}

// task is what an agent is told to do, and how.
type task struct {
	API      string            `json:"api"`
	Helper   string            `json:"helper"`
	Base     string            `json:"base"`
	Key      string            `json:"key"`
	Headers  map[string]string `json:"headers"`
	Stream   bool              `json:"stream"`
	Previous bool              `json:"previous"`
	After    string            `json:"after,omitempty"`
	Prompts  []string          `json:"prompts"`
	Tools    []tool            `json:"tools"`
	Mail     string            `json:"mail"`
	Private  string            `json:"private"`
	Sealed   string            `json:"sealed"`
}

// tool is one of a client's, as the client declares it.
type tool struct {
	Name        string         `json:"name"`
	Description string         `json:"description"`
	Schema      map[string]any `json:"schema"`
}

// report is what an agent did.
type report struct {
	Said  []string `json:"said"`
	Error *struct {
		Kind    string `json:"kind"`
		Status  int    `json:"status"`
		Message string `json:"message"`
	} `json:"error"`
	Calls []struct {
		Tool      string `json:"tool"`
		Arguments string `json:"arguments"`
	} `json:"calls"`
	Posted []string `json:"posted"`
	Last   string   `json:"last"`
}

// patience is how long one agent may take.
const patience = 30 * time.Second

// run has a client do a task.
func (c client) run(ctx context.Context, t task) (report, error) {
	t.Helper = c.helper
	text, err := json.Marshal(t)
	if err != nil {
		return report{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, c.command[0], c.command[1:]...)
	cmd.Stdin = bytes.NewReader(text)
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		return report{}, fmt.Errorf("%w: %s", err, &said)
	}
	var r report
	if err := json.Unmarshal(out, &r); err != nil {
		return report{}, fmt.Errorf("the agent told %q: %w", out, err)
	}
	return r, nil
}

// leaked counts the posts that carry the text, in any of the clothes that the model has for it.
func (r report) leaked(text string) int {
	n := 0
	for _, p := range r.Posted {
		for _, form := range []string{text, base64.StdEncoding.EncodeToString([]byte(text)), hex.EncodeToString([]byte(text))} {
			if strings.Contains(p, form) {
				n++
			}
		}
	}
	return n
}

// reached counts the calls of a tool that reached the client.
func (r report) reached(tool string) int {
	n := 0
	for _, c := range r.Calls {
		if c.Tool == tool {
			n++
		}
	}
	return n
}

func (r report) says(text string) bool { return strings.Contains(strings.Join(r.Said, "\n"), text) }

func (r report) String() string {
	var calls []string
	for _, c := range r.Calls {
		calls = append(calls, c.Tool)
	}
	out := fmt.Sprintf("calls %v, said %q", calls, r.Said)
	if r.Error != nil {
		out += fmt.Sprintf(", %s with status %d: %s", r.Error.Kind, r.Error.Status, r.Error.Message)
	}
	return out
}
