package daemon

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"argus/internal/installed"
)

// Tool is how one tool stands.
type Tool = installed.Tool

// Status is how the daemon is.
type Status = installed.Status

// Part is a plugin or a server of a Status.
type Part = installed.Part

// Explanation is why a call was refused.
type Explanation struct {
	Rule, Tool       string
	Causes, Remedies []string
}

// Tools lists the tools of a server, or of all; none while the daemon has no registry content yet.
func (f *Folder) Tools(t testing.TB, server ...string) []Tool {
	t.Helper()
	out, err := f.Try(append([]string{"tools", "--json"}, server...)...)
	if err != nil && strings.Contains(err.Error(), "no theory is in force yet") {
		return nil
	}
	var said struct{ Tools []Tool }
	if err == nil {
		err = json.Unmarshal([]byte(out), &said)
	}
	if err != nil {
		t.Fatalf("argus tools: %v", err)
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
	s, err := f.argus.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return s
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
		time.Sleep(installed.Pause(waited))
	}
}
