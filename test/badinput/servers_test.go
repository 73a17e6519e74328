package badinput

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"argus/test/daemon"
)

func badSchemas(t *testing.T, w *world) {
	for _, server := range []string{"ref-schema", "bad-schema"} {
		tool := w.Tool(t, server, "echo")
		if tool.Callable() || tool.PinnedDigest != tool.Digest || !strings.HasPrefix(tool.Reason, "its inputSchema cannot be used") {
			t.Errorf("%s: %+v", server, tool)
		}
		if strings.Contains(tool.Reason, "passwd") || strings.Contains(tool.Reason, "root:") {
			t.Errorf("%s: the reason tells too much: %s", server, tool.Reason)
		}
		if got := w.agent(t, "caller-of-"+server).call(server+"__echo", `{}`); got.rule != "unknown_tool" {
			t.Errorf("%s: %v", server, got)
		}
		say(t, server, "quarantined: "+tool.Reason)
	}
	if log := w.daemon.Log(); strings.Contains(log, "root:") || strings.Contains(log, "etc/passwd") {
		t.Error("what the schema points to is in the log")
	}
	if s := w.Status(t).Server("hang-start"); s.State == "ready" {
		t.Errorf("a server that never greeted: %+v", s)
	} else {
		say(t, "hang-start", "is "+s.State)
	}
}

// rogue is a server and what a call of it comes to.
type rogue struct {
	server string
	codes  []int // one of these errors; none for an answer
	answer string
}

func (c rogue) expects(got outcome) bool {
	if len(c.codes) > 0 {
		return slices.Contains(c.codes, got.code)
	}
	return !got.failed() && strings.Contains(got.text, c.answer)
}

// badServers calls each rogue once. What its agent is told has to be an error or the one answer that belongs to the call; the agent has
// met what the tool may bring all the same, and the server can be called again, or says why not.
func badServers(t *testing.T, w *world) {
	const unavailable, timeout = -32010, -32011
	for _, c := range []rogue{
		{"garbage", []int{unavailable, timeout}, ""},
		{"dup-keys", []int{unavailable, timeout}, ""},
		{"deep-nesting", []int{unavailable, timeout}, ""},
		{"bad-utf8", []int{unavailable, timeout}, ""},
		{"batch", []int{unavailable, timeout}, ""},
		{"both", []int{unavailable, timeout}, ""},
		{"flood", []int{unavailable, timeout}, ""},
		{"never-answers", []int{timeout}, ""},
		{"dies-mid-call", []int{unavailable, timeout}, ""},
		{"answers-twice", nil, "first"},
		{"answers-unknown", nil, "known"},
	} {
		name := "user-of-" + c.server
		s := w.agent(t, name)
		began := time.Now()
		got := s.call(c.server+"__echo", `{}`)
		if !c.expects(got) {
			t.Errorf("%s: %v", c.server, got)
		}
		if level := w.met(t, name); level != "restricted" {
			t.Errorf("%s: the agent has met %q only", c.server, level)
		}
		say(t, c.server, fmt.Sprintf("%v (%.1f s)", got, time.Since(began).Seconds()))
		w.lives(t)
	}
	daemon.Until(t, "a server that was ended is up again", func() bool {
		s := w.Status(t).Server("garbage")
		return s.State == "ready" && s.Restarts > 0
	})
}

// met is the level of what an agent's present context has met.
func (w *world) met(t *testing.T, name string) string {
	t.Helper()
	var said struct {
		Agents []struct {
			Principal, Level string
			Present          bool
		}
	}
	w.Ask(t, &said, "agent", "list")
	for _, a := range said.Agents {
		if a.Principal == name && a.Present {
			return a.Level
		}
	}
	return ""
}

func gigabyte(t *testing.T, w *world) {
	s := w.agent(t, "reader-of-much")
	var got outcome
	grown := w.growth(t, 64<<20, func() { got = s.call("gigabyte__echo", `{}`) })
	if !got.failed() {
		t.Errorf("it was answered: %v", got)
	}
	say(t, "1 GB without a line end", fmt.Sprintf("%v; %s", got, grown))
}

func changedDescription(t *testing.T, w *world) {
	const server = "changes-description"
	s := w.agent(t, "regular")
	for range 3 {
		if got := s.call(server+"__echo", `{}`); got.failed() {
			t.Fatalf("before it changed: %v", got)
		}
	}
	daemon.Until(t, "the change is noticed", func() bool { return !w.Tool(t, server, "echo").Callable() })
	got := s.call(server+"__echo", `{}`)
	if got.rule != "unknown_tool" {
		t.Errorf("after it changed: %v", got)
	}
	say(t, "another description on the third call", got)
	w.Run(t, "registry", "pin", server, "--yes")
	daemon.Until(t, "it is pinned again", func() bool { return w.Tool(t, server, "echo").Callable() })
	if got := s.call(server+"__echo", `{}`); got.failed() {
		t.Errorf("after it was pinned again: %v", got)
	}
}
