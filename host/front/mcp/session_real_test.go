package mcp

import (
	"strings"
	"testing"

	"argus/host/upstream"
	"argus/internal/ijson"
	"argus/kernel"
	"argus/plugin/sdk/registry"
)

// answerIn calls a tool that asks, answers it, and gives what the tool says that it heard.
func (h *house) answerIn(session, tool, answer string) string {
	h.t.Helper()
	stream := h.ring(h.alice, session, call(1, "tools/call", `{"name":"`+tool+`"}`))
	h.do("POST", h.alice, reply(stream.asked(), `"result":`+answer), "Mcp-Session-Id", session).want(h.t, 202)
	return stream.next()
}

// What a server asks is answered by a call that is judged like any other: an agent that has met a secret cannot tell it in an answer to a server
// that would take it out.
func TestAnswerInASessionCarriesNothingOut(t *testing.T) {
	h := newAskingHouse(t)
	session := h.sessionOf(h.alice, canAll)
	if event := h.answerIn(session, "s__sample", `{"role":"assistant"}`); !strings.Contains(event, `{\"role\":\"assistant\"}`) {
		t.Errorf("the server heard %s", event)
	}
	h.wantDone(t, h.tool(h.alice, session, "s__read-db", `{}`))
	if event := h.answerIn(session, "s__sample", `{"text":"canary"}`); strings.Contains(event, mark) || !strings.Contains(event, "refused by Argus") {
		t.Errorf("the server heard %s", event)
	}
	if event := h.answerIn(session, "s__ask", `{"text":"control"}`); !strings.Contains(event, "control") { // it goes nowhere
		t.Errorf("the server heard %s", event)
	}
}

func TestLogOutsideCallsBringsItsLabelBeforeItIsTold(t *testing.T) {
	h := newHouse(t)
	wants, wantsNone := h.session(h.alice), h.session(h.bob)
	h.ask(h.alice, wants, "logging/setLevel", `{"level":"info"}`).result(t)
	stream, other := h.listen(h.alice, wants), h.listen(h.bob, wantsNone)
	h.wantDone(t, h.tool(h.alice, wants, "s__send", `{}`))
	h.Hear("s", upstream.News{Kind: upstream.Logged, Channel: registry.Log, Params: ijson.MustParse([]byte(`{"level":"info","data":"d"}`))})
	if event := stream.next(); !strings.Contains(event, "notifications/message") {
		t.Fatalf("told %s", event)
	}
	if g := h.tool(h.alice, wants, "s__send", `{}`); !refusedBy2a.MatchString(g.body) {
		t.Errorf("%s", g.body)
	}
	h.ask(h.bob, wantsNone, "prompts/list", "").result(t)
	h.Hear("s", changedList(registry.Prompts))
	if event := other.next(); event != toldPrompts {
		t.Errorf("a session that wants no log is told %s", event)
	}
	if level := h.view(t, "bob").Exposure.Level; level != kernel.Public {
		t.Errorf("what was not told brought %s", level)
	}
}
