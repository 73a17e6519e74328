package mcp

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"argus/host/identity"
	"argus/host/ledger"
	"argus/host/mediate"
	"argus/host/upstream"
	"argus/internal/ijson"
	"argus/kernel"
	"argus/plugin/sdk/registry"
)

func updated(uri string) upstream.News {
	return upstream.News{Kind: upstream.Updated, Channel: registry.Resources, URI: uri}
}

func toldUpdated(address string) string {
	return `{"jsonrpc":"2.0","method":"notifications/resources/updated","params":{"uri":"` + address + `"}}`
}

// afterNews lets the streams hear one more thing that all are told, so that what was to come before has come.
func (d *door) afterNews() {
	d.m.Hear("notes", upstream.News{Kind: upstream.ListChanged, Channel: registry.Prompts})
}

const toldPrompts = `{"jsonrpc":"2.0","method":"notifications/prompts/list_changed"}`

// withhold lets nothing of these channels be delivered.
func (m *fake) withhold(channels ...registry.Channel) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.withheld = map[registry.Channel]bool{}
	for _, channel := range channels {
		m.withheld[channel] = true
	}
}

// Hear tells the door what a server said outside any call.
func (m *fake) Hear(server string, n upstream.News) { m.air.Hear(server, n) }

func (d *door) subscribe(session, address string) got {
	d.t.Helper()
	return d.ask(d.alice, session, "resources/subscribe", `{"uri":"`+address+`"}`)
}

func TestNewsOfAResourceGoesToWhoSubscribed(t *testing.T) {
	d, session := channelDoor(t)
	other := d.session(d.alice)
	stream, elsewhere := d.listen(d.alice, session), d.listen(d.alice, other)
	for _, address := range []string{"argus://notes/file:///a", "mem://b/"} {
		if body := d.subscribe(session, address).body; body != `{"jsonrpc":"2.0","id":1,"result":{}}` {
			t.Errorf("%s: %s", address, body)
		}
	}
	want := []string{`alice/alice-1 resources of notes: resources/subscribe {"uri":"file:///a"}`, `alice/alice-1 resources of plain: resources/subscribe {"uri":"mem://b/"}`}
	if asked := d.m.heard(); !slices.Equal(asked, want) {
		t.Errorf("asked %q", asked)
	}
	for _, n := range []struct{ server, uri, told string }{
		{"notes", "file:///a", "argus://notes/file:///a"},
		{"notes", "file:///a#part", "argus://notes/file:///a#part"},
		{"plain", "mem://b/", "mem://b/"},
		{"plain", "mem://b/below", "mem://b/below"},
		{"notes", "file:///b", ""}, {"notes", "file:///ab", ""}, {"notes", "file:///", ""}, {"notes", "mem://b/", ""}, {"plain", "file:///a", ""},
		{"shut", "file:///a", ""},
	} {
		d.m.Hear(n.server, updated(n.uri))
		d.afterNews()
		event := stream.next()
		if n.told != "" {
			if event != toldUpdated(n.told) {
				t.Errorf("%s of %s: told %s", n.uri, n.server, event)
			}
			event = stream.next()
		}
		if event != toldPrompts {
			t.Errorf("%s of %s: told %s", n.uri, n.server, event)
		}
		if event := elsewhere.next(); event != toldPrompts {
			t.Errorf("a session that has not subscribed is told %s", event)
		}
	}
}

// Exposure may rise for what the agent subscribed to. A changed list is told to those only who have its label already.
func TestNewsIsToldAfterItIsAdmitted(t *testing.T) {
	d, session := channelDoor(t)
	stream := d.listen(d.alice, session)
	d.subscribe(session, "mem://b").result(t)
	d.ask(d.alice, session, "logging/setLevel", `{"level":"warning"}`).result(t)
	d.m.heard()
	logged := upstream.News{Kind: upstream.Logged, Channel: registry.Log, Params: ijson.MustParse([]byte(`{"level":"error","data":"é"}`))}
	news := []struct {
		n        upstream.News
		admitted string
		told     string
	}{
		{updated("mem://b"), "admit resources of plain, raise true", toldUpdated("mem://b")},
		{logged, "admit log of plain, raise true", `{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"error","data":"é"}}`},
		{upstream.News{Kind: upstream.ListChanged, Channel: registry.Prompts}, "admit prompts of plain, raise false", toldPrompts},
		{upstream.News{Kind: upstream.ListChanged, Channel: registry.Resources}, "admit resources of plain, raise false", `{"jsonrpc":"2.0","method":"notifications/resources/list_changed"}`},
	}
	for _, c := range news {
		d.m.Hear("plain", c.n)
		if event := stream.next(); event != c.told {
			t.Errorf("told %s", event)
		}
		if asked := d.m.heard(); !slices.Equal(asked, []string{"alice/alice-1 " + c.admitted}) {
			t.Errorf("the mediator was asked %q", asked)
		}
		d.m.withhold(c.n.Channel)
		d.m.Hear("plain", c.n)
		after := news[2]
		if c.n.Channel == after.n.Channel {
			after = news[0]
		}
		d.m.Hear("plain", after.n)
		if event := stream.next(); event != after.told {
			t.Errorf("what was not admitted is told: %s", event)
		}
		if asked := d.m.heard(); !slices.Equal(asked, []string{"alice/alice-1 " + c.admitted, "alice/alice-1 " + after.admitted}) {
			t.Errorf("the mediator was asked %q", asked)
		}
		d.m.withhold()
	}
	for name, n := range map[string]upstream.News{
		"too little":    {Kind: upstream.Logged, Channel: registry.Log, Params: ijson.MustParse([]byte(`{"level":"notice","data":1}`))},
		"no level":      {Kind: upstream.Logged, Channel: registry.Log, Params: ijson.MustParse([]byte(`{"data":1}`))},
		"no kind":       {Channel: registry.Prompts},
		"no list":       {Kind: upstream.ListChanged, Channel: registry.Log},
		"not asked for": updated("mem://c"),
	} {
		d.m.Hear("plain", n)
		d.m.Hear("plain", updated("mem://b"))
		if event := stream.next(); event != toldUpdated("mem://b") {
			t.Errorf("%s: told %s", name, event)
		}
	}
}

// A context that takes the place of another has not subscribed to anything, so its exposure does not rise for it.
func TestSubscriptionIsOfItsContext(t *testing.T) {
	d, session := channelDoor(t)
	stream := d.listen(d.alice, session)
	d.subscribe(session, "mem://b").result(t)
	d.m.Hear("plain", updated("mem://b"))
	if event := stream.next(); event != toldUpdated("mem://b") {
		t.Errorf("told %s", event)
	}
	d.m.observe(t, ledger.Record{Event: kernel.Revoked{Parent: kernel.Root, Child: "alice-1"}})
	d.m.observe(t, ledger.Record{Event: kernel.Delegated{By: kernel.Root, Child: "alice-2"}, Note: ledger.Note{Principal: "alice"}})
	d.m.heard()
	d.m.Hear("plain", updated("mem://b"))
	d.afterNews()
	if event := stream.next(); event != toldPrompts {
		t.Errorf("a context that has not subscribed is told %s", event)
	}
	if asked := d.m.heard(); !slices.Equal(asked, []string{"alice/alice-2 admit prompts of notes, raise false"}) {
		t.Errorf("the mediator was asked %q", asked)
	}
}

func TestSubscriptionsAreBounded(t *testing.T) {
	d, session := channelDoor(t)
	for i := range maxSubscriptions {
		d.subscribe(session, fmt.Sprintf("mem://%d", i)).result(t)
	}
	d.m.heard()
	if code := d.subscribe(session, "mem://more").code(t); code != codeParams {
		t.Errorf("one too many: %d", code)
	}
	long := "mem://" + strings.Repeat("x", maxAddress)
	if code := d.subscribe(session, long).code(t); code != codeNoResource {
		t.Errorf("a long address: %d", code)
	}
	for _, params := range []string{`{}`, `{"uri":1}`, `{"uri":"mem://0","URI":"mem://1"}`} {
		if code := d.ask(d.alice, session, "resources/subscribe", params).code(t); code != codeParams {
			t.Errorf("%s: %d", params, code)
		}
	}
	if asked := d.m.heard(); len(asked) > 0 {
		t.Errorf("the mediator was asked %q", asked)
	}
	d.ask(d.alice, session, "resources/read", `{"uri":"`+long+`"}`).result(t)
	d.subscribe(session, "mem://0").result(t) // again
	d.subscribe(d.session(d.alice), "mem://more").result(t)
	d.ask(d.alice, session, "resources/unsubscribe", `{"uri":"mem://0"}`).result(t)
	d.subscribe(session, "mem://more").result(t)
}

func TestSubscriptionThatIsRefusedIsNone(t *testing.T) {
	d, session := channelDoor(t)
	stream := d.listen(d.alice, session)
	d.m.channel = func(context.Context, string, string, ijson.Value) (mediate.Reply, error) {
		return mediate.Reply{Refusal: &mediate.Refusal{Rule: "2a", Sentence: "S.", Reference: "R"}}, nil
	}
	if code := d.subscribe(session, "mem://b").code(t); code != codeRefused {
		t.Errorf("%d", code)
	}
	d.m.Hear("plain", updated("mem://b"))
	d.afterNews()
	if event := stream.next(); event != toldPrompts {
		t.Errorf("told %s", event)
	}
	d.m.channel = nil
	d.subscribe(session, "mem://b").result(t)
	d.m.Hear("plain", updated("mem://b"))
	if event := stream.next(); event != toldUpdated("mem://b") {
		t.Errorf("told %s", event)
	}
}

// leave ends a subscription and gives what the mediator was asked.
func (d *door) leave(token identity.Token, session string) []string {
	d.t.Helper()
	d.m.heard()
	if body := d.ask(token, session, "resources/unsubscribe", `{"uri":"mem://b"}`).body; body != `{"jsonrpc":"2.0","id":1,"result":{}}` {
		d.t.Errorf("%s", body)
	}
	return d.m.heard()
}

func TestServerIsToldWhenTheLastSessionOfItsSubscriberLeaves(t *testing.T) {
	d, first := channelDoor(t)
	second, third := d.session(d.alice), d.session(d.alice)
	for range 2 {
		for _, session := range []string{first, second, third} {
			d.subscribe(session, "mem://b").result(t)
		}
		for range 2 {
			if asked := d.leave(d.alice, first); len(asked) > 0 {
				t.Errorf("a server was told %q while others wait", asked)
			}
		}
		d.do("DELETE", d.alice, "", "Mcp-Session-Id", second).want(t, 204)
		second = d.session(d.alice)
		if asked := d.leave(d.alice, third); !slices.Equal(asked, []string{`alice/alice-1 resources of plain: resources/unsubscribe {"uri":"mem://b"}`}) {
			t.Errorf("asked %q", asked)
		}
	}
}

// Whether another agent has left shows in nothing that a server is told.
func TestLeavingTellsNothingOfAnotherAgent(t *testing.T) {
	for _, aliceLeaves := range []bool{false, true} {
		d, alice := channelDoor(t)
		bob := d.session(d.bob)
		d.subscribe(alice, "mem://b").result(t)
		d.ask(d.bob, bob, "resources/subscribe", `{"uri":"mem://b"}`).result(t)
		if aliceLeaves {
			if asked := d.leave(d.alice, alice); len(asked) > 0 {
				t.Errorf("asked %q", asked)
			}
		}
		if asked := d.leave(d.bob, bob); len(asked) > 0 {
			t.Errorf("alice has left: %v, and asked %q", aliceLeaves, asked)
		}
	}
}
