package demo

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"sync"
	"time"
)

// answerPatience is longer than any call of a story takes, and than the client itself waits for one.
const answerPatience = 40 * time.Second

// Answer is what a client got for one step.
type Answer struct {
	ID         string          `json:"id"`
	Text       string          `json:"text"`
	Structured json.RawMessage `json:"structured"`
	Context    string          `json:"context"`
	IsError    bool            `json:"is_error"`
	Failure    string          `json:"failure"`
}

// OK tells whether there was a result which does not say of itself that it is an error.
func (a Answer) OK() bool { return a.ID != "" && a.Failure == "" && !a.IsError }

// Ref stands, in the arguments of a later call, for what this answer brought.
func (a Answer) Ref() string { return "${" + a.ID + "}" }

// holds tells whether a piece of a secret is anywhere in the answer.
func (a Answer) holds(s secret) bool {
	text := a.Text + "\x00" + string(a.Structured) + "\x00" + a.Failure + "\x00" + a.Context
	return newHunter(s).find([]byte(text))[s]
}

var refused = regexp.MustCompile(`Argus refused this call \(rule ([A-Za-z0-9_]+)\).*Reference (R-[A-Z0-9]+)\.`)

// refusal is what Argus told the client, if it did.
func (a Answer) refusal() (refusal, bool) {
	m := refused.FindStringSubmatch(a.Text + a.Failure)
	if m == nil {
		return refusal{}, false
	}
	return refusal{m[1], m[2]}, true
}

// client is a running client process, to which one step after the other is told.
type client struct {
	cmd *exec.Cmd
	in  io.WriteCloser

	mu      sync.Mutex
	steps   int
	waiting map[string]chan Answer
	ended   chan struct{} // closed when the process tells nothing any more
}

// startClient starts the scripted agent. The caller must end it.
func startClient(ctx context.Context, program string) (*client, error) {
	cmd := exec.CommandContext(ctx, program)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH")}
	cmd.Stderr = os.Stderr
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = stopPatience
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("start a client: %w", err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("start a client: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start a client: %w", err)
	}
	c := &client{cmd: cmd, in: in, waiting: map[string]chan Answer{}, ended: make(chan struct{})}
	go c.listen(out)
	return c, nil
}

// listen hands each report to who waits for it.
func (c *client) listen(out io.Reader) {
	defer close(c.ended)
	reports := json.NewDecoder(bufio.NewReader(out))
	for {
		var a Answer
		if reports.Decode(&a) != nil {
			return // the process ended, or does not speak our language: who waits sees that nothing comes
		}
		c.mu.Lock()
		if to := c.waiting[a.ID]; to != nil {
			to <- a
			delete(c.waiting, a.ID)
		}
		c.mu.Unlock()
	}
}

// end closes the script, which ends the process, and its connections.
func (c *client) end() {
	_ = c.in.Close() // it may have ended by itself
	<-c.ended
	_ = c.cmd.Wait() // how it ended, the answers have told
}

// step is one line of a script.
type step struct {
	ID         string         `json:"id"`
	Do         string         `json:"do"`
	To         string         `json:"to,omitempty"`
	URL        string         `json:"url,omitempty"`
	TokenFile  string         `json:"token_file,omitempty"`
	Command    []string       `json:"command,omitempty"`
	Tool       string         `json:"tool,omitempty"`
	Arguments  map[string]any `json:"arguments,omitempty"`
	Context    string         `json:"context,omitempty"`
	Background bool           `json:"background,omitempty"`
}

// tell sends a step and returns where its answer will be.
func (c *client) tell(s step) (<-chan Answer, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.steps++
	s.ID = strconv.Itoa(c.steps)
	answer := make(chan Answer, 1)
	c.waiting[s.ID] = answer
	line, err := json.Marshal(s)
	if err != nil {
		return nil, fmt.Errorf("write a step: %w", err)
	}
	if _, err := c.in.Write(append(line, '\n')); err != nil {
		return nil, fmt.Errorf("tell a client its next step: %w", err)
	}
	return answer, nil
}

// await waits for an answer.
func (c *client) await(ctx context.Context, answer <-chan Answer) (Answer, error) {
	ctx, cancel := context.WithTimeout(ctx, answerPatience)
	defer cancel()
	select {
	case a := <-answer:
		return a, nil
	case <-c.ended:
		select {
		case a := <-answer:
			return a, nil
		default:
			return Answer{}, fmt.Errorf("a client ended before it told what a step brought")
		}
	case <-ctx.Done():
		return Answer{}, fmt.Errorf("wait for a client: %w", ctx.Err())
	}
}
