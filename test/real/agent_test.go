package real

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"
)

// agent is one that does what this test tells it, on a library that others wrote.
type agent struct {
	t    *testing.T
	name string
	to   io.Writer

	mu      sync.Mutex
	next    int
	waiting map[int]chan answer
}

type answer struct {
	Result json.RawMessage
	Error  *struct {
		Code    int
		Message string
	}
}

// object is what the agent is told to do something with.
type object = map[string]any

// kind is one way of being an agent: a library, and the revision of the protocol that it is made to speak.
type kind struct {
	name, revision string
	start          func(*testing.T) (to io.Writer, from io.Reader, stop func())
}

// usual is the kind for whatever is not about clients.
var usual = kind{"ts-sdk", "2025-11-25", onNode("sdk.mjs")}

// startAgent makes an agent known to Argus and connects it.
func (w *world) startAgent(t *testing.T, name string) (*agent, answer) {
	t.Helper()
	a := runAgent(t, name)
	w.tokens[name] = w.NewAgent(t, name)
	return a, a.do("connect", object{"url": w.daemon.URL, "token": w.tokens[name]})
}

// agent is a connected one.
func (w *world) agent(t *testing.T, name string) *agent {
	t.Helper()
	a, said := w.startAgent(t, name)
	if said.Error != nil {
		t.Fatalf("connect: %+v", said.Error)
	}
	return a
}

func runAgent(t *testing.T, name string) *agent {
	t.Helper()
	return usual.run(t, name)
}

// run starts an agent that ends with the test.
func (k kind) run(t *testing.T, name string) *agent {
	t.Helper()
	a := &agent{t: t, name: name, waiting: map[int]chan answer{}}
	to, from, stop := k.start(t)
	a.to = to
	listened := make(chan struct{})
	go func() { defer close(listened); a.listen(from) }()
	t.Cleanup(func() {
		stop()
		<-listened
	})
	return a
}

// onNode runs a program for Node.
func onNode(program string) func(*testing.T) (io.Writer, io.Reader, func()) {
	return func(t *testing.T) (io.Writer, io.Reader, func()) {
		t.Helper()
		cmd := exec.Command(node, program)
		cmd.Stderr = os.Stderr
		to, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		from, out := io.Pipe() // one of cmd's own would be closed by Wait before all of it is read
		cmd.Stdout = out
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		ended := make(chan struct{})
		go func() { defer close(ended); out.CloseWithError(cmd.Wait()) }()
		return to, from, func() {
			_ = cmd.Process.Kill()
			<-ended
		}
	}
}

func (a *agent) listen(from io.Reader) {
	lines := bufio.NewScanner(from)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var said struct {
			ID int
			answer
		}
		if err := json.Unmarshal(lines.Bytes(), &said); err != nil {
			a.t.Errorf("the agent printed %q", lines.Text())
			continue
		}
		a.mu.Lock()
		told := a.waiting[said.ID]
		delete(a.waiting, said.ID)
		a.mu.Unlock()
		told <- said.answer
	}
}

// begin asks for something and does not wait.
func (a *agent) begin(act string, with object) <-chan answer {
	a.t.Helper()
	a.mu.Lock()
	defer a.mu.Unlock()
	a.next++
	told := make(chan answer, 1)
	a.waiting[a.next] = told
	line, err := json.Marshal(object{"id": a.next, "do": act, "with": with})
	if err != nil {
		a.t.Fatal(err)
	}
	if _, err := fmt.Fprintf(a.to, "%s\n", line); err != nil {
		a.t.Fatal(err)
	}
	return told
}

// do asks for something and waits.
func (a *agent) do(act string, with object) answer {
	a.t.Helper()
	select {
	case said := <-a.begin(act, with):
		return said
	case <-time.After(40 * time.Second):
		a.t.Fatalf("%s: no answer", act)
		return answer{}
	}
}

// hearing is what came to an agent beside the answers to what it asked for.
type hearing struct {
	Tools, Resources, Prompts int      // how often it heard that a list had changed
	Updated                   []string // addresses of resources
	Logs                      []logged
	Progress                  []progress
	Asked                     []question
}

type logged struct {
	Level string
	Data  any
}

type progress struct{ Progress, Total float64 }

type question struct {
	Method string
	Params json.RawMessage
}

func (a *agent) heard() (h hearing) {
	a.t.Helper()
	a.ask("heard", nil, &h)
	return h
}

// result is what came of a tool call.
type result struct {
	IsError           bool
	Content           []struct{ Type, Text, Data, MimeType, URI string }
	StructuredContent json.RawMessage
}

// text is all text of it.
func (r result) text() string {
	var all []string
	for _, c := range r.Content {
		all = append(all, c.Text)
	}
	return strings.Join(all, "\n")
}

// try calls a tool and answers with what came of it, a protocol error as one of the tool.
func (a *agent) try(tool string, arguments object) result {
	a.t.Helper()
	wish := object{"name": tool}
	if arguments != nil {
		wish["arguments"] = arguments
	}
	said := a.do("call", wish)
	var r result
	if said.Error != nil {
		r.IsError = true
		r.Content = append(r.Content, struct{ Type, Text, Data, MimeType, URI string }{Text: said.Error.Message})
		return r
	}
	a.read(said, &r)
	return r
}

// call calls a tool that must succeed.
func (a *agent) call(tool string, arguments object) result {
	a.t.Helper()
	r := a.try(tool, arguments)
	if r.IsError {
		a.t.Fatalf("%s: %s", tool, r.text())
	}
	return r
}

// ask does something that must succeed and reads what came of it.
func (a *agent) ask(act string, with object, into any) {
	a.t.Helper()
	said := a.do(act, with)
	if said.Error != nil {
		a.t.Fatalf("%s: %+v", act, *said.Error)
	}
	a.read(said, into)
}

func (a *agent) read(said answer, into any) {
	a.t.Helper()
	if err := json.Unmarshal(said.Result, into); err != nil {
		a.t.Fatal(err)
	}
}
