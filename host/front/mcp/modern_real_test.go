package mcp

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"argus/host/identity"
	"argus/host/upstream"
	"argus/internal/ijson"
	"argus/kernel"
	"argus/plugin/sdk/registry"
)

// newAskingHouse is a house with tools that ask.
func newAskingHouse(t testing.TB) *house {
	h := newHouse(t)
	h.enforce(t, append(slices.Clone(houseTools), [4]string{"ask", "sensitive", "", ""}, [4]string{"sample", "public", "", ""})...)
	return h
}

// askBack is a tool of the house that asks its client and answers with what the client said.
func askBack(ctx context.Context, q upstream.Request, channel registry.Channel) (upstream.Reply, error) {
	said := make(chan string, 1)
	answer := func(result []byte, declined *upstream.RPCError) bool {
		if declined != nil {
			result = []byte(declined.Message)
		}
		said <- string(result)
		return true
	}
	q.Listener.Asked([]upstream.Question{upstream.NewQuestion("q", channel, ijson.MustParse([]byte(`{"message":"m"}`)), nil, answer)})
	select {
	case text := <-said:
		return upstream.Reply{Result: ijson.MustParse(fmt.Appendf(nil, `{"content":[{"type":"text","text":%q}]}`, text))}, nil
	case <-ctx.Done():
		return upstream.Reply{}, context.Cause(ctx)
	}
}

// able is params of a client that can be asked to fill in a form.
func able(params string) string {
	return strings.Replace(params, `clientCapabilities":{}`, `clientCapabilities":{"elicitation":{}}`, 1)
}

const ask = `"name":"s__ask","arguments":{}`

// settled waits until nothing of an agent is open.
func (h *house) settled(t testing.TB, name string) {
	t.Helper()
	for deadline := time.Now().Add(5 * time.Second); h.view(t, name).Flights.Len() > 0; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the call stays open")
		}
	}
}

func TestFlightStaysOpenBetweenTwoRounds(t *testing.T) {
	h := newAskingHouse(t)
	state := h.modern(h.alice, "tools/call", able(with(ask))).asked(t, "q")
	if v := h.view(t, "alice"); v.Flights.Len() != 1 || v.Exposure.Level != kernel.Public {
		t.Errorf("%d calls are open, and the agent has met %s", v.Flights.Len(), v.Exposure.Level)
	}
	if text := h.modern(h.alice, "tools/call", able(retryOf(ask, state, `{"q":{"action":"decline"}}`))).text(t); text != `{"action":"decline"}` {
		t.Errorf("the server heard %s", text)
	}
	if v := h.view(t, "alice"); v.Flights.Len() != 0 || v.Exposure.Level != kernel.Sensitive {
		t.Errorf("%d calls are open, and the agent has met %s", v.Flights.Len(), v.Exposure.Level)
	}
	if n := len(h.made); n != 1 {
		t.Errorf("the server was called %d times", n)
	}
}

func TestQuestionThatNobodyAnswersInTimeLeavesTheCallUnknown(t *testing.T) {
	h := newAskingHouse(t)
	h.Limits.QuestionTimeout = 50 * time.Millisecond
	state := h.modern(h.alice, "tools/call", able(with(ask))).asked(t, "q")
	h.settled(t, "alice")
	if level := h.view(t, "alice").Exposure.Level; level != kernel.Sensitive {
		t.Errorf("what the call may have brought is not recorded: %s", level)
	}
	if code := h.modern(h.alice, "tools/call", able(retryOf(ask, state, `{"q":{}}`))).code(t); code != codeParams {
		t.Errorf("%d", code)
	}
	if n := len(h.made); n != 1 {
		t.Errorf("the server was called %d times", n)
	}
}

func TestEndOfAContextEndsItsWaitingCalls(t *testing.T) {
	h := newAskingHouse(t)
	state := h.modern(h.alice, "tools/call", able(with(ask))).asked(t, "q")
	if _, err := h.Fresh(t.Context(), "alice"); err != nil {
		t.Fatal(err)
	}
	if code := h.modern(h.alice, "tools/call", able(retryOf(ask, state, `{"q":{}}`))).code(t); code != codeParams {
		t.Errorf("the context that took its place goes on with the call: %d", code)
	}
	for deadline := time.Now().Add(5 * time.Second); h.f.suspended.waiting() > 0; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the call of an ended context still waits")
		}
	}
}

func TestClientThatCannotBeAskedIsNotAsked(t *testing.T) {
	h := newAskingHouse(t)
	if text := h.modern(h.alice, "tools/call", with(ask)).text(t); !strings.Contains(text, "closed by Argus") {
		t.Errorf("the server heard %s", text)
	}
}

// What an agent met in one era has not gone in the other.
func TestErasShareTheContext(t *testing.T) {
	h := newHouse(t)
	session := h.session(h.alice)
	h.wantDone(t, h.modern(h.alice, "tools/call", with(`"name":"s__send","arguments":{}`)))
	h.wantDone(t, h.tool(h.alice, session, "s__read-db", `{}`))
	if g := h.modern(h.alice, "tools/call", with(`"name":"s__send","arguments":{}`)); !refusedBy2a.MatchString(g.body) || g.result(t)["resultType"] != "complete" {
		t.Errorf("%s", g.body)
	}
	fresh := h.agent(t, "carol", identity.Sticky, kernel.CapNetworkEgress)
	h.wantDone(t, h.modern(fresh, "tools/call", with(`"name":"s__read-db","arguments":{}`)))
	if g := h.tool(fresh, h.session(fresh), "s__send", `{}`); !refusedBy2a.MatchString(g.body) {
		t.Errorf("%s", g.body)
	}
	if names := namesOf(h.modern(h.alice, "tools/list", with("")).result(t), "tools", "name"); !slices.Contains(names, "s__send") {
		t.Errorf("%q", names)
	}
}

// Who subscribes takes the label at once; who never read a list has no news in its change.
func TestSubscriptionsBringTheirLabel(t *testing.T) {
	h := newHouse(t)
	const address = "argus://s/file:///a"
	stream := h.hear(h.alice, 1, `"resourceSubscriptions":["`+address+`"]`)
	if event := stream.next(); !strings.Contains(event, address) {
		t.Fatalf("%s", event)
	}
	if level := h.view(t, "alice").Exposure.Level; level != kernel.Sensitive {
		t.Errorf("a subscription to sensitive resources brought %s", level)
	}
	if g := h.modern(h.alice, "tools/call", with(`"name":"s__send","arguments":{}`)); !refusedBy2a.MatchString(g.body) {
		t.Errorf("%s", g.body)
	}
	h.Hear("s", updated("file:///a"))
	if event := stream.next(); event != toldOf("1", "resources/updated", `,"uri":"`+address+`"`) {
		t.Errorf("%s", event)
	}

	listener := h.hear(h.bob, 2, `"resourcesListChanged":true,"promptsListChanged":true`)
	listener.next()
	h.modern(h.bob, "prompts/list", with("")).result(t)
	h.Hear("s", changedList(registry.Resources))
	h.Hear("s", changedList(registry.Prompts))
	if event := listener.next(); event != toldOf("2", "prompts/list_changed", "") {
		t.Errorf("%s", event)
	}
	if level := h.view(t, "bob").Exposure.Level; level != kernel.Public {
		t.Errorf("news that was withheld brought %s", level)
	}
	h.modern(h.bob, "resources/list", with("")).result(t)
	h.Hear("s", changedList(registry.Resources))
	if event := listener.next(); event != toldOf("2", "resources/list_changed", "") {
		t.Errorf("%s", event)
	}
}
