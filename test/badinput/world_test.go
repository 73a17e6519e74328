package badinput

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"argus/test/daemon"
)

// modes are the ways in which a server of this world misbehaves, each in a server of that name; honest is none.
var modes = []string{
	"honest", "garbage", "never-answers", "gigabyte", "dies-mid-call", "answers-twice", "answers-unknown", "changes-description",
	"ref-schema", "bad-schema", "dup-keys", "deep-nesting", "bad-utf8", "batch", "both", "flood", "hang-start",
}

// stub are the tools of the well-behaved server, with what a person decided about each.
var stub = []struct{ name, level, integrity, sinks string }{
	{"read-db", "sensitive", "verified", ``},
	{"post-slack", "public", "verified", `"network_external"`},
	{"summarize", "public", "verified", ``},
	{"pay", "public", "verified", `"financial"`},
	{"delete-repo", "public", "verified", `"destructive"`},
}

const policies = `
@id("pay-little")
forbid (principal, action == Argus::Action::"call", resource == Argus::Tool::"stub/pay")
when { context.arguments.amount > 1000 && context.arguments.amount != 9007199254740992 };

@id("little")
forbid (principal, action == Argus::Action::"call", resource == Argus::Tool::"honest/echo")
when { context.arguments has amount && context.arguments.amount > 1000 };

@id("marked")
forbid (principal, action == Argus::Action::"call", resource == Argus::Tool::"honest/echo")
when { context.arguments has mark && context.arguments.mark == {"__extn": {"fn": "decimal", "arg": "1.0"}} };

@id("errs")
forbid (principal, action == Argus::Action::"call", resource == Argus::Tool::"stub/delete-repo")
when { context.arguments.approved_by == "nobody" };

@id("no-such-document")
forbid (principal, action == Argus::Action::"call", resource == Argus::Tool::"stub/resources")
when { context.arguments has uri && context.arguments.uri == "stub://forbidden" };
`

// world is one daemon, the stub and rogue servers, and an agent that behaves.
type world struct {
	*daemon.Folder
	daemon  *daemon.Daemon
	owner   *testing.T // whose end ends the daemon, whichever case has started it
	servers []string
	tokens  map[string]string
	witness *session
}

func newWorld(t *testing.T, rogues ...string) *world {
	t.Helper()
	w := &world{Folder: daemon.Init(t, programs), owner: t, tokens: map[string]string{}}
	w.Write(t, "policies/badinput.cedar", policies)
	w.Edit(t, "argus.toml", `call_timeout = "60s"`, `call_timeout = "3s"`)
	w.Configure(t, "[profile.none]\nread = []\n")
	w.server(t, "stub", "stub", "-set", "stories", "-secret", "the customers")
	for _, mode := range rogues {
		if mode == "honest" {
			w.server(t, mode, "rogue")
		} else {
			w.server(t, mode, "rogue", "-mode", mode, "-count", "3")
		}
	}
	w.Write(t, "registry/stub.toml", entries())
	w.up(t)
	return w
}

// server configures one that logs its calls.
func (w *world) server(t *testing.T, name, program string, arguments ...string) {
	t.Helper()
	w.servers = append(w.servers, name)
	quoted := ""
	for _, a := range append(arguments, "-log", w.CallLog(name)) {
		quoted += fmt.Sprintf("%q, ", a)
	}
	w.Configure(t, fmt.Sprintf("[[server]]\nname = %q\ncommand = %q\nprofile = \"none\"\nargs = [%s]\n",
		name, filepath.Join(programs.Folder, program), quoted))
}

func entries() string {
	out := "server = \"stub\"\n"
	for _, tool := range stub {
		out += fmt.Sprintf("\n[[tool]]\nname = %q\ndigest = \"sha256:%s\"\ncapabilities = []\nlabel = { level = %q, integrity = %q }\n"+
			"sinks = [%s]\nstores = { reads = [], writes = [] }\n", tool.name, strings.Repeat("0", 64), tool.level, tool.integrity, tool.sinks)
	}
	return out + "\n[channels.resources]\ncapabilities = []\nlabel = { level = \"public\", integrity = \"verified\" }\nsinks = []\n" +
		"stores = { reads = [], writes = [] }\n"
}

func (w *world) up(t *testing.T) {
	t.Helper()
	var err error
	if w.daemon, err = w.TryServe(w.owner); err != nil {
		t.Fatal(err)
	}
	if w.witness != nil {
		w.witness = w.session(t, "witness")
	}
}

// pinAll approves whatever the servers define, unseen, and brings up the witness.
func (w *world) pinAll(t *testing.T) {
	t.Helper()
	for _, server := range w.servers {
		if server == "hang-start" {
			continue // never tells what it has
		}
		daemon.Until(t, server+" has told its tools", func() bool { return len(w.Tools(t, server)) > 0 })
		w.Run(t, "registry", "pin", server, "--yes")
	}
	daemon.Until(t, "all that can be called can be called", func() bool { return w.callable(t) })
	w.tokens["witness"] = w.NewAgent(t, "witness")
	w.witness = w.session(t, "witness")
}

// unusable servers have no tool that could be called, pinned or not.
var unusable = []string{"hang-start", "ref-schema", "bad-schema"}

func (w *world) callable(t *testing.T) bool {
	t.Helper()
	tools := w.Tools(t)
	return !slices.ContainsFunc(tools, func(tool daemon.Tool) bool {
		return !tool.Callable() && !slices.Contains(unusable, tool.Server)
	})
}

// lives demands that the daemon answers an agent that did nothing wrong.
func (w *world) lives(t *testing.T) {
	t.Helper()
	witness := *w.witness
	witness.t = t
	if got := witness.call("stub__summarize", `{"text":"a short text"}`); got.failed() || !strings.Contains(got.text, "short") {
		t.Fatalf("an ordinary call afterwards: %v", got)
	}
}

// agent is a new one with a session.
func (w *world) agent(t *testing.T, name string) *session {
	t.Helper()
	w.tokens[name] = w.NewAgent(t, name)
	return w.session(t, name)
}

// say prints the line of a case.
func say(t *testing.T, attack string, outcome any) {
	t.Helper()
	t.Logf("%-58s %v", attack, outcome)
}
