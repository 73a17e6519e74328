package daemon

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

// Tool is how one tool stands, as `argus tools --json` tells it.
type Tool struct {
	Server, Channel, Tool, Name, Digest, PinnedDigest, State, Reason, Definition string
}

// Callable reports whether agents can call it.
func (t Tool) Callable() bool { return t.State == "callable" }

// Part is a plugin or a server of a Status.
type Part struct {
	Name, State, Detail string
	PID, Restarts       int
	Protections         []string
}

// Status is what `argus status --json` tells.
type Status struct {
	Plugins, Servers []Part
	Problems         []string
	Started, Refused int
	Halted           string
	LLMAddress       string // of the door to models; empty while it is closed
}

// Explanation is why a call was refused.
type Explanation struct {
	Rule, Tool       string
	Causes, Remedies []string
}

// Tools lists the tools of a server, or of all; none while the daemon has no registry content yet.
func (f *Folder) Tools(t testing.TB, server ...string) []Tool {
	t.Helper()
	out, complaint, err := f.Try(append([]string{"tools", "--json"}, server...)...)
	if err != nil && strings.Contains(complaint, "no theory is in force yet") {
		return nil
	}
	var said struct{ Tools []Tool }
	if err == nil {
		err = json.Unmarshal([]byte(out), &said)
	}
	if err != nil {
		t.Fatalf("argus tools: %v\n%s", err, complaint)
	}
	return said.Tools
}

// Tool finds one tool of a server.
func (f *Folder) Tool(t testing.TB, server, name string) Tool {
	t.Helper()
	for _, tool := range f.Tools(t, server) {
		if tool.Tool == name {
			return tool
		}
	}
	return Tool{}
}

// Status asks how the daemon is.
func (f *Folder) Status(t testing.TB) Status {
	t.Helper()
	var s Status
	f.Ask(t, &s, "status")
	return s
}

// Server finds one server in it.
func (s Status) Server(name string) Part { return find(s.Servers, name) }

// Plugin finds one plugin in it.
func (s Status) Plugin(name string) Part { return find(s.Plugins, name) }

func find(parts []Part, name string) Part {
	for _, p := range parts {
		if p.Name == name {
			return p
		}
	}
	return Part{}
}

// Explain tells the operator's side of a refusal.
func (f *Folder) Explain(t testing.TB, reference string) Explanation {
	t.Helper()
	var e Explanation
	f.Ask(t, &e, "explain", reference)
	return e
}

// Until waits for what the daemon does by itself: a server that comes up, a registry that is read again.
func Until(t testing.TB, what string, done func() bool) {
	t.Helper()
	for begun := time.Now(); !done(); {
		waited := time.Since(begun)
		if waited > 20*time.Second {
			t.Fatalf("not within 20 s: %s", what)
		}
		time.Sleep(Pause(waited))
	}
}

// Pause is how long to wait before one looks again who has waited so long already: looking mostly runs a command.
func Pause(waited time.Duration) time.Duration {
	return min(max(waited/10, 50*time.Millisecond), 500*time.Millisecond)
}
