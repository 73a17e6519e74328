package real

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	"argus/test/daemon"
)

// kinds are the clients that people have, in each era that they speak.
var kinds = []kind{
	usual,
	{"ts-client-2025", "2025-11-25", onNode("client.mjs")},
	{"ts-client-2026", "2026-07-28", onNode("client.mjs")},
	{"go-sdk-2025", "2025-11-25", onGo},
	{"go-sdk-2026", "2026-07-28", onGo},
}

// clients tells one story with each of them. The server asks a client for its roots once in its life, so each story starts it anew.
func clients(t *testing.T, w *world) {
	for _, k := range kinds {
		t.Run(k.name, func(t *testing.T) {
			a := k.run(t, k.name)
			w.tokens[k.name] = w.NewAgent(t, k.name)
			w.greet(t, k, a, false)
			w.closedToWhoCannotAnswer(t, a)
			w.greet(t, k, a, true)
			w.undeclared(t, a)
			w.answerCarriesNothingOut(t, a)
			w.answers(t, a)
			w.uses(t, a)
			w.progress(t, a)
			w.log(t, a)
			w.updates(t, a)
			before := w.told(t, "notifications/cancelled")
			w.cancel(t, a, "overheard")
			daemon.Until(t, "the server hears of the cancel", func() bool { return w.told(t, "notifications/cancelled") == before+1 })
		})
	}
}

// told counts in all that the overheard server was told.
func (w *world) told(t *testing.T, text string) int {
	t.Helper()
	return strings.Count(w.Read(t, "state/scratch/overheard/told"), text)
}

// greet connects the agent, as a client that answers questions or as one that does not.
func (w *world) greet(t *testing.T, k kind, a *agent, answers bool) {
	t.Helper()
	var greeting struct{ Session, Revision string }
	a.ask("connect", object{"url": w.daemon.URL, "token": w.tokens[a.name], "revision": k.revision, "answers": answers}, &greeting)
	if greeting.Revision != k.revision || (greeting.Session != "") != (k.revision < "2026") {
		t.Fatalf("the greeting: %+v", greeting)
	}
}

var (
	asksOfTools = []string{"trigger-sampling-request", "trigger-elicitation-request", "trigger-url-elicitation", "get-roots-list"}
	asking      = regexp.MustCompile(`(?m)^\[channels\.(sampling|elicitation|roots)\]\n(?:.+\n)*`)
	outward     = regexp.MustCompile(`(?m)^(\[channels\.sampling\]\n(?:.+\n)*?sinks = )\[\]`)
)

// declare writes what the registry says of the overheard server. Its answers to sampling may leave this machine.
func (w *world) declare(t *testing.T, questions bool) {
	t.Helper()
	text := asDouble(outward.ReplaceAllString(readShipped(t, "everything"), `${1}["network_external"]`), "everything")
	if !questions {
		text = asking.ReplaceAllString(text, "")
	}
	w.Write(t, "registry/overheard.toml", text)
	daemon.Until(t, "the tools that ask are there, or gone", func() bool {
		return !slices.ContainsFunc(asksOfTools, func(tool string) bool {
			return w.Tool(t, "overheard", tool).Callable() != questions
		})
	})
}

// undeclared closes the channels of questions and opens them again.
func (w *world) undeclared(t *testing.T, a *agent) {
	t.Helper()
	for _, questions := range []bool{false, true} {
		before, closed := a.heard().Tools, w.told(t, "closed by Argus")
		w.declare(t, questions)
		if questions {
			// It asks for roots a moment after its start. A call that is open by then would have to answer, and bear the channel's label.
			daemon.Until(t, "the server is told that nobody is there to be asked", func() bool { return w.told(t, "closed by Argus") > closed })
		}
		daemon.Until(t, "the agent hears that its tools changed", func() bool { return a.heard().Tools > before })
		names := a.toolNames()
		for _, tool := range asksOfTools {
			if slices.Contains(names, "overheard__"+tool) != questions {
				t.Errorf("with the channels declared: %t, this is wrong of %s: %v", questions, tool, names)
			}
		}
		if !questions {
			if r := a.try("overheard__trigger-sampling-request", object{"prompt": "who?"}); !strings.Contains(r.text(), "rule unknown_tool") {
				t.Errorf("a tool that asks through a channel that is not declared: %s", r.text())
			}
		}
	}
}

// closedToWhoCannotAnswer has the server ask a client that announced nothing.
func (w *world) closedToWhoCannotAnswer(t *testing.T, a *agent) {
	t.Helper()
	w.declare(t, true)
	for tool, arguments := range map[string]object{"trigger-sampling-request": {"prompt": "who?"}, "trigger-elicitation-request": {}} {
		if r := a.try("overheard__"+tool, arguments); !r.IsError || !strings.Contains(r.text(), "closed by Argus") {
			t.Errorf("%s for a client that cannot answer: %s", tool, r.text())
		}
	}
	if h := a.heard(); len(h.Asked) > 0 {
		t.Errorf("a client that cannot answer was asked %+v", h.Asked)
	}
	a.call("overheard__echo", object{"message": "the server goes on"})
}

// answerCarriesNothingOut has a client answer with all that it read, before and after that was a secret.
func (w *world) answerCarriesNothingOut(t *testing.T, a *agent) {
	t.Helper()
	w.Fresh(t, a.name)
	sampled := func() result {
		return a.try("overheard__trigger-sampling-request", object{"prompt": "what do you know?"})
	}
	if r := sampled(); r.IsError || !strings.Contains(r.text(), "I have read: ") || w.told(t, "I have read: ") == 0 {
		t.Errorf("the control: clean, it answers: %s", r.text())
	}
	a.call("filesystem__read_file", object{"path": w.in("plan.txt")})
	if r := sampled(); !r.IsError || !strings.Contains(r.text(), "refused by Argus") {
		t.Errorf("after reading an internal file: %s", r.text())
	}
	if w.told(t, "the plan") > 0 {
		t.Error("the server was told what the agent had read")
	}
	asked := a.heard().Asked
	if len(asked) != 2 || asked[0].Method != "sampling/createMessage" || !strings.Contains(string(asked[0].Params), "what do you know?") {
		t.Errorf("the client was asked %s", asked)
	}
	w.Fresh(t, a.name)
}

// answers has the server ask for the rest of what it can ask for.
func (w *world) answers(t *testing.T, a *agent) {
	t.Helper()
	if r := a.call("overheard__trigger-elicitation-request", nil); !strings.Contains(r.text(), "Name: Io of Argos") {
		t.Errorf("elicitation: %s", r.text())
	}
	var form struct {
		RequestedSchema struct {
			Properties map[string]struct {
				Default   any
				EnumNames []string
			}
		}
	}
	asked := a.heard().Asked
	if err := json.Unmarshal(asked[len(asked)-1].Params, &form); err != nil {
		t.Fatal(err)
	}
	if fields := form.RequestedSchema.Properties; fields["number"].Default != 3.14 || len(fields["legacyTitledEnum"].EnumNames) != 5 {
		t.Errorf("the form: %s", asked[len(asked)-1].Params)
	}
	if r := a.call("overheard__get-roots-list", nil); !strings.Contains(r.text(), "file:///home/io") || !strings.Contains(r.text(), "the home of Io") {
		t.Errorf("roots: %s", r.text())
	}
	// What was filled in could be written into an address that is asked for next.
	r := a.try("overheard__trigger-url-elicitation", object{"url": "https://example.com/?name=Io", "message": "open it"})
	if !strings.HasPrefix(r.text(), "Argus refused this call (rule 2") {
		t.Errorf("an address for a person to open: %s", r.text())
	}
}

// uses has the agent call, read, get and complete.
func (w *world) uses(t *testing.T, a *agent) {
	t.Helper()
	if r := a.call("overheard__get-structured-content", object{"location": "Chicago"}); !strings.Contains(string(r.StructuredContent), `"temperature"`) {
		t.Errorf("structured content: %+v", r)
	}
	var list struct{ Resources []struct{ URI string } }
	if a.ask("resources", nil, &list); len(list.Resources) == 0 {
		t.Error("no resource is listed")
	}
	var templates struct {
		ResourceTemplates []struct{ URITemplate string }
	}
	if a.ask("templates", nil, &templates); len(templates.ResourceTemplates) == 0 {
		t.Error("no template is listed")
	}
	var read struct{ Contents []struct{ URI, Text string } }
	if a.ask("read", object{"uri": document}, &read); len(read.Contents) != 1 || read.Contents[0].URI != document || read.Contents[0].Text == "" {
		t.Errorf("a resource: %+v", read)
	}
	var prompts struct{ Prompts []struct{ Name string } }
	if a.ask("prompts", nil, &prompts); len(prompts.Prompts) == 0 {
		t.Error("no prompt is listed")
	}
	var prompt struct {
		Messages []struct{ Content struct{ Text string } }
	}
	a.ask("prompt", object{"name": "overheard__args-prompt", "arguments": object{"city": "Argos"}}, &prompt)
	if len(prompt.Messages) != 1 || !strings.Contains(prompt.Messages[0].Content.Text, "Argos") {
		t.Errorf("a prompt: %+v", prompt)
	}
	var proposals struct{ Completion struct{ Values []string } }
	a.ask("complete", object{
		"ref": object{"type": "ref/prompt", "name": "overheard__completable-prompt"}, "argument": object{"name": "name", "value": "A"},
		"context": object{"arguments": object{"department": "Engineering"}},
	}, &proposals)
	if !slices.Equal(proposals.Completion.Values, []string{"Alice"}) {
		t.Errorf("completion: %+v", proposals)
	}
}

const document = "argus://overheard/demo://resource/static/document/architecture.md"

func (w *world) progress(t *testing.T, a *agent) {
	t.Helper()
	wish := object{"name": "overheard__trigger-long-running-operation", "arguments": object{"duration": 0.3, "steps": 3}, "progress": true}
	a.ask("call", wish, &struct{}{})
	daemon.Until(t, "the agent hears of each step", func() bool { return len(a.heard().Progress) == 3 })
	if got := a.heard().Progress; !slices.Equal(got, []progress{{1, 3}, {2, 3}, {3, 3}}) {
		t.Errorf("progress: %+v", got)
	}
}

// log turns the server's messages on, one of which comes at once, and off again.
func (w *world) log(t *testing.T, a *agent) {
	t.Helper()
	a.ask("level", object{"level": "debug"}, &struct{}{})
	a.call("overheard__toggle-simulated-logging", nil)
	daemon.Until(t, "the agent hears a message", func() bool {
		return slices.ContainsFunc(a.heard().Logs, func(l logged) bool {
			text, _ := l.Data.(string)
			return strings.Contains(strings.ToLower(text), l.Level)
		})
	})
	a.call("overheard__toggle-simulated-logging", nil)
}

// updates turns the news of a resource on and off again.
func (w *world) updates(t *testing.T, a *agent) {
	t.Helper()
	a.ask("subscribe", object{"uri": document}, &struct{}{})
	a.call("overheard__toggle-subscriber-updates", nil)
	daemon.Until(t, "the agent hears of an update", func() bool { return slices.Contains(a.heard().Updated, document) })
	a.call("overheard__toggle-subscriber-updates", nil)
	a.ask("unsubscribe", object{"uri": document}, &struct{}{})
}
