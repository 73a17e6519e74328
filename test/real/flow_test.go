package real

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"argus/test/daemon"
)

var reference = regexp.MustCompile(`Reference (R-[0-9A-Z]+)\.`)

func cannotLeave(t *testing.T, w *world) {
	a := w.agent(t, "courier")
	out := object{"name": "leak.gz", "data": "data:text/plain,the%20plan"}
	a.call("everything__gzip-file-as-resource", out) // the control: clean, it may
	a.call("filesystem__read_file", object{"path": w.in("plan.txt")})
	for range 2 {
		r := a.try("everything__gzip-file-as-resource", out)
		if !r.IsError || !strings.HasPrefix(r.text(), "Argus refused this call (rule 2a)") || strings.Contains(r.text(), "plan") {
			t.Fatalf("after reading an internal file: %s", r.text())
		}
		told := reference.FindStringSubmatch(r.text())
		if told == nil {
			t.Fatalf("no reference in %q", r.text())
		}
		why := w.Explain(t, told[1])
		if why.Tool != "everything__gzip-file-as-resource" || !strings.Contains(strings.Join(why.Remedies, " "), "argus agent fresh courier") {
			t.Errorf("argus explain: %+v", why)
		}
		// Neither another connection nor a start from the beginning makes the agent forget.
		a = w.reconnect(t, a)
	}
	a.call("filesystem__write_file", object{"path": w.in("summary.txt"), "content": "the plan, in short"}) // stays in the workspace
	w.Fresh(t, "courier")
	a.call("everything__gzip-file-as-resource", out)
}

// reconnect is another process with the same token.
func (w *world) reconnect(t *testing.T, a *agent) *agent {
	t.Helper()
	again := runAgent(t, a.name)
	if said := again.do("connect", object{"url": w.daemon.URL, "token": w.tokens[a.name]}); said.Error != nil {
		t.Fatal(said.Error.Message)
	}
	return again
}

var pinned = regexp.MustCompile(`(name = "echo"\ndigest = "sha256:)[0-9a-f]{8}`)

func quarantined(t *testing.T, w *world) {
	a := w.agent(t, "witness")
	if tool := w.Tool(t, "everything", "simulate-research-query"); tool.Callable() || tool.Reason != "the registry has no entry for it" {
		t.Errorf("a tool without entry: %+v", tool.Reason)
	}
	if slices.Contains(a.toolNames(), "everything__simulate-research-query") {
		t.Error("a tool without entry is listed")
	}
	if r := a.try("everything__simulate-research-query", object{"topic": "x"}); !strings.Contains(r.text(), "rule unknown_tool") {
		t.Errorf("a tool without entry: %s", r.text())
	}

	a.call("everything__echo", object{"message": "before"})
	text := w.Read(t, "registry/everything.toml")
	w.Write(t, "registry/everything.toml", pinned.ReplaceAllString(text, "${1}00000000"))
	daemon.Until(t, "the changed tool is quarantined", func() bool {
		tool := w.Tool(t, "everything", "echo")
		return !tool.Callable() && tool.Reason == "its definition is not the one that was pinned" && tool.PinnedDigest != tool.Digest
	})
	if r := a.try("everything__echo", object{"message": "during"}); !strings.Contains(r.text(), "rule unknown_tool") {
		t.Errorf("a changed tool: %s", r.text())
	}
	daemon.Until(t, "the agent hears that its tools changed", func() bool {
		return a.heard().Tools > 0
	})
	if slices.Contains(a.toolNames(), "everything__echo") {
		t.Error("a changed tool is listed")
	}
	w.Run(t, "registry", "pin", "everything", "--yes")
	daemon.Until(t, "the tool is callable again", func() bool { return w.Tool(t, "everything", "echo").Callable() })
	if got := a.call("everything__echo", object{"message": "after"}).text(); got != "Echo: after" {
		t.Errorf("after it was pinned: %q", got)
	}
}
