// Goagent is an agent on the official Go clients of model vendors. It is told its task on standard input and tells on standard output what it
// did: whatever reached its tools and whatever it posted is counted here and nowhere else. Its credential is in the task, where nobody else
// can read it.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/signal"

	"github.com/anthropics/anthropic-sdk-go"
	"github.com/openai/openai-go/v3"
)

// task is what the agent is to do, and how.
type task struct {
	API      string            `json:"api"`
	Base     string            `json:"base"`
	Key      string            `json:"key"`
	Headers  map[string]string `json:"headers"`
	Stream   bool              `json:"stream"`
	Previous bool              `json:"previous"` // the vendor keeps the conversation
	After    string            `json:"after"`    // the answer that it goes on from
	Prompts  []string          `json:"prompts"`
	Tools    []struct {
		Name        string         `json:"name"`
		Description string         `json:"description"`
		Schema      map[string]any `json:"schema"`
	} `json:"tools"`
	Mail    string `json:"mail"`
	Private string `json:"private"`
	Sealed  string `json:"sealed"`
}

type call struct {
	Tool      string `json:"tool"`
	Arguments string `json:"arguments"`
}

type mistake struct {
	Kind    string `json:"kind"`
	Status  int    `json:"status"`
	Message string `json:"message"`
}

// report is what became of the task.
type report struct {
	Said   []string `json:"said"`
	Error  *mistake `json:"error"`
	Calls  []call   `json:"calls"`
	Posted []string `json:"posted"`
	Last   string   `json:"last"` // id of the newest answer, where an API tells one by which it can be gone on from
}

// mostRounds is how often the agent asks its model again for one prompt.
const mostRounds = 8

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	var t task
	if err := json.NewDecoder(os.Stdin).Decode(&t); err != nil {
		return err
	}
	loops := map[string]func(context.Context, task, *report) error{"chat": chat, "responses": respond, "messages": message}
	loop, is := loops[t.API]
	if !is {
		return fmt.Errorf("there is no API %q", t.API)
	}
	r := report{Said: []string{}, Calls: []call{}, Posted: []string{}}
	if err := loop(ctx, t, &r); err != nil {
		r.Error = mistaken(err)
	}
	return json.NewEncoder(os.Stdout).Encode(r)
}

func mistaken(err error) *mistake {
	if told, is := errors.AsType[*openai.Error](err); is {
		return &mistake{"openai.Error", told.StatusCode, told.Message}
	}
	if told, is := errors.AsType[*anthropic.Error](err); is {
		return &mistake{"anthropic.Error", told.StatusCode, told.RawJSON()}
	}
	return &mistake{"error", 0, err.Error()}
}

// use runs a tool. The text of the arguments is kept as it came.
func (r *report) use(t task, tool, arguments string) (string, error) {
	r.Calls = append(r.Calls, call{tool, arguments})
	switch tool {
	case "read_mail":
		return t.Mail, nil
	case "read_private":
		return t.Private, nil
	case "read_sealed":
		return t.Sealed, nil
	case "post_out":
		var post struct{ Text string }
		if err := json.Unmarshal([]byte(arguments), &post); err != nil {
			return "", err
		}
		r.Posted = append(r.Posted, post.Text)
		return "posted", nil
	}
	return "", fmt.Errorf("there is no tool %q", tool)
}

// say keeps what the model said.
func (r *report) say(text string) {
	if text != "" {
		r.Said = append(r.Said, text)
	}
}
