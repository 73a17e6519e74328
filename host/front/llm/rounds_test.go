package llm

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"argus/kernel"
)

// inTurn is a vendor that answers each request with the next of its answers, and with the last from then on.
func inTurn(answers ...http.HandlerFunc) http.HandlerFunc {
	var n atomic.Int64
	return func(w http.ResponseWriter, r *http.Request) { answers[min(int(n.Add(1)), len(answers))-1](w, r) }
}

// both runs a story with answers that are streamed and that are not. talk sends a conversation and gives what the client makes of the answer.
func both(t *testing.T, set func(*Options), story func(t *testing.T, r *rig, a *agent, talk func(messages string) (message, string))) {
	for _, stream := range []bool{false, true} {
		t.Run(fmt.Sprintf("stream %v", stream), func(t *testing.T) {
			r := open(t, set)
			a := r.agent("a")
			story(t, r, a, func(messages string) (message, string) {
				t.Helper()
				if stream {
					return gather(t, a.streams(messages))
				}
				return a.says(messages).message()
			})
		})
	}
}

func withHostTools(o *Options) { o.HostTools = true }

// TestArgusRunsItsOwnTools: the client sees one answer, the model what came of its call.
func TestArgusRunsItsOwnTools(t *testing.T) {
	both(t, withHostTools, func(t *testing.T, r *rig, a *agent, talk func(string) (message, string)) {
		r.vendor.answers(inTurn(say("Let me see. ", `call_1 weather {"n":1}`), say("Take a coat.")))
		m, finish := talk(user("Is it cold?"))
		if m.Content != "Let me see. Take a coat." || len(m.Calls) != 0 || finish != "stop" {
			t.Errorf("got %+v %s", m, finish)
		}
		sent := r.vendor.asked()
		if len(sent) != 2 || !strings.Contains(sent[0].body, `"name":"weather"`) || !strings.Contains(sent[1].body, `"content":"it rains"`) {
			t.Errorf("the vendor got %v", sent)
		}
		if calls := r.servers.made(); len(calls) != 1 || !strings.Contains(calls[0], `{"n":1}`) {
			t.Errorf("the server got %v", calls)
		}
		if v := a.view(); v.Exposure.Level != kernel.Internal || v.Flights.Len() != 0 {
			t.Errorf("the agent has met %v", v.Exposure)
		}
	})
}

// TestOwnToolsAreClosedUnlessAsked: without host_tools a model that calls one anyway is refused.
func TestOwnToolsAreClosedUnlessAsked(t *testing.T) {
	both(t, func(*Options) {}, func(t *testing.T, r *rig, _ *agent, talk func(string) (message, string)) {
		r.vendor.answers(say("", `call_1 weather {}`))
		if m, _ := talk(user("Is it cold?")); len(m.Calls) != 0 || !strings.Contains(m.Content, "Rule unknown_tool") {
			t.Errorf("got %+v", m)
		}
		if calls := r.servers.made(); len(calls) != 0 || strings.Contains(r.vendor.asked()[0].body, "weather") {
			t.Errorf("the server got %v", calls)
		}
	})
}

// TestBothKindsOfToolsInOneAnswer: the client's calls end the answer, and the model is told of Argus's own beside their results.
func TestBothKindsOfToolsInOneAnswer(t *testing.T) {
	both(t, withHostTools, func(t *testing.T, r *rig, _ *agent, talk func(string) (message, string)) {
		r.vendor.answers(say("", `call_1 weather {}`, `call_2 read_db {}`))
		m, _ := talk(user("Both."))
		if len(m.Calls) != 1 || m.Calls[0].ID != "call_2" || len(r.vendor.asked()) != 1 || len(r.servers.made()) != 1 {
			t.Fatalf("got %+v", m)
		}
		r.vendor.answers(say("done"))
		talk(join(user("Both."), assistant("", `call_2 read_db {}`), result("call_2", "rows")))
		sent := r.vendor.asked()[1].body
		for _, part := range []string{`"id":"call_1"`, `"tool_call_id":"call_1"`, "it rains", `"tool_call_id":"call_2"`} {
			if !strings.Contains(sent, part) {
				t.Errorf("without %s the model is told %s", part, sent)
			}
		}
	})
}

// TestOwnToolsGiveWayToThoseOfTheRequest: a model that is offered two of one name could mean either.
func TestOwnToolsGiveWayToThoseOfTheRequest(t *testing.T) {
	r := open(t, withHostTools)
	r.vendor.answers(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", mediaJSON)
		io.WriteString(w, `{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[{"type":"text","text":"Hello."}],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":1,"output_tokens":1}}`)
	})
	r.agent("a").do("/claude/v1/messages", `{"model":"m","max_tokens":10,"messages":[{"role":"user","content":"Hi."}],"tools":[`+hostedSearch+`]}`).wants(200)
	r.agent("b").do("/claude/v1/messages", `{"model":"m","max_tokens":10,"messages":[{"role":"user","content":"Hi."}]}`).wants(200)
	for i, got := range r.vendor.asked() {
		if strings.Count(got.body, `"name":"web_search"`) != 1 || !strings.Contains(got.body, `"name":"weather"`) {
			t.Errorf("request %d: the model is offered %s", i, got.body)
		}
	}
}

// TestRefusedOwnToolIsToldToTheModel: what Argus runs is judged like everything else.
func TestRefusedOwnToolIsToldToTheModel(t *testing.T) {
	both(t, withHostTools, func(t *testing.T, r *rig, a *agent, talk func(string) (message, string)) {
		a.meets(kernel.Sensitive, kernel.Verified)
		r.vendor.answers(inTurn(say("", `call_1 post {}`), say("I could not.")))
		if m, _ := talk(user("Post it.")); m.Content != "I could not." {
			t.Errorf("got %+v", m)
		}
		if sent := r.vendor.asked(); len(sent) != 2 || !strings.Contains(sent[1].body, "Argus refused this call (rule ") || len(r.servers.made()) != 0 {
			t.Errorf("the vendor got %v", sent)
		}
	})
}

// TestRoundsAreBounded: a model that never stops calling is stopped.
func TestRoundsAreBounded(t *testing.T) {
	both(t, withHostTools, func(t *testing.T, r *rig, _ *agent, talk func(string) (message, string)) {
		var n atomic.Int64
		r.vendor.answers(func(w http.ResponseWriter, q *http.Request) {
			say("", fmt.Sprintf("call_%d weather {}", n.Add(1)))(w, q)
		})
		m, finish := talk(user("Go."))
		if len(m.Calls) != 0 || finish != "stop" || !strings.Contains(m.Content, "Rule limit") {
			t.Errorf("got %+v %s", m, finish)
		}
		if len(r.vendor.asked()) != 4 || len(r.servers.made()) != 3 {
			t.Errorf("%d rounds, %d calls", len(r.vendor.asked()), len(r.servers.made()))
		}
	})
}

// TestWhatARoundMetIsCheckedBeforeTheNext: the result of a tool of Argus's own may not reach a vendor that it may not flow to.
func TestWhatARoundMetIsCheckedBeforeTheNext(t *testing.T) {
	both(t, withHostTools, func(t *testing.T, r *rig, a *agent, talk func(string) (message, string)) {
		r.vendor.answers(inTurn(say("", `call_1 secrets {}`), say("leaked")))
		g := a.do(chats, talkOf(user("Go."), false))
		if message := g.failure(403, "egress"); strings.Contains(message, "it rains") {
			t.Errorf("told %s", message)
		}
		if len(r.vendor.asked()) != 1 || a.view().Exposure.Level != kernel.Restricted {
			t.Errorf("the vendor was asked %d times", len(r.vendor.asked()))
		}
	})
}

// TestRefusedCallIsTriedAgainUnseen: with retry the model is told before the client sees anything.
func TestRefusedCallIsTriedAgainUnseen(t *testing.T) {
	both(t, func(o *Options) { o.Retry = true }, func(t *testing.T, r *rig, a *agent, talk func(string) (message, string)) {
		a.meets(kernel.Sensitive, kernel.Verified)
		r.vendor.answers(inTurn(say("I send. ", `call_1 send_mail {}`), say("I read. ", `call_2 read_db {}`)))
		m, finish := talk(user("Go."))
		if m.Content != "I send. I read. " || len(m.Calls) != 1 || m.Calls[0].ID != "call_2" || finish != "tool_calls" {
			t.Errorf("got %+v %s", m, finish)
		}
		if sent := r.vendor.asked(); len(sent) != 2 || !strings.Contains(sent[1].body, "Argus refused this call (rule ") {
			t.Errorf("the vendor got %v", sent)
		}
		var n atomic.Int64
		r.vendor.answers(func(w http.ResponseWriter, q *http.Request) {
			say("", fmt.Sprintf("again_%d send_mail {}", n.Add(1)))(w, q)
		})
		m, _ = talk(user("Once more."))
		if len(m.Calls) != 0 || !strings.Contains(m.Content, "[Argus refused the call of send_mail: ") || n.Load() != 4 {
			t.Errorf("after %d rounds: %+v", n.Load(), m)
		}
	})
}
