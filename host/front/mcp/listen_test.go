package mcp

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"argus/host/fault"
	"argus/host/identity"
	"argus/host/ledger"
	"argus/host/mediate"
	"argus/host/upstream"
	"argus/internal/ijson"
	"argus/kernel"
	"argus/plugin/sdk/registry"
)

// hear opens a subscriptions/listen with this id as it is written, and these members of notifications.
func (d *door) hear(token identity.Token, id any, notifications string, headers ...string) *listening {
	d.t.Helper()
	return d.follow(func(ctx context.Context) *http.Request {
		return d.modernRequest(ctx, token, id, "subscriptions/listen", with(`"notifications":{`+notifications+`}`), headers...)
	})
}

// toldOf is a notification of a subscription.
func toldOf(id, method, more string) string {
	return `{"jsonrpc":"2.0","method":"notifications/` + method + `","params":{"_meta":{"io.modelcontextprotocol/subscriptionId":` + id + `}` + more + `}}`
}

func changedList(list registry.Channel) upstream.News {
	return upstream.News{Kind: upstream.ListChanged, Channel: list}
}

func TestSubscriberIsToldWhatItAskedForAndNothingElse(t *testing.T) {
	d := open(t)
	all := d.hear(d.alice, "s1", `"toolsListChanged":true,"promptsListChanged":true,"resourcesListChanged":true,"resourceSubscriptions":["argus://notes/a"]`)
	prompts := d.hear(d.alice, 7, `"promptsListChanged":true,"toolsListChanged":false`)
	session := d.listen(d.alice, d.session(d.alice))
	if event := all.next(); event != toldOf(`"s1"`, "subscriptions/acknowledged",
		`,"notifications":{"toolsListChanged":true,"resourcesListChanged":true,"promptsListChanged":true,"resourceSubscriptions":["argus://notes/a"]}`) {
		t.Errorf("%s", event)
	}
	if event := prompts.next(); event != toldOf("7", "subscriptions/acknowledged", `,"notifications":{"promptsListChanged":true}`) {
		t.Errorf("%s", event)
	}
	if asked := d.m.heard(); len(asked) != 1 || asked[0] != `alice/alice-1 resources of notes: resources/subscribe {"uri":"a"}` {
		t.Errorf("%q", asked)
	}

	d.m.Hear("notes", updated("b"))
	d.m.Hear("other", updated("a"))
	d.m.Hear("notes", upstream.News{Kind: upstream.Logged, Channel: registry.Log, Params: ijson.MustParse([]byte(`{"level":"emergency","data":1}`))})
	d.m.Hear("notes", updated("a"))
	if event := all.next(); event != toldOf(`"s1"`, "resources/updated", `,"uri":"argus://notes/a"`) {
		t.Errorf("%s", event)
	}
	d.m.Hear("notes", changedList(registry.Resources))
	if event := all.next(); event != toldOf(`"s1"`, "resources/list_changed", "") {
		t.Errorf("%s", event)
	}
	if event := session.next(); event != string(listChanged(registry.Resources)) {
		t.Errorf("the era of sessions is told %s", event)
	}
	d.m.replace(stockOf(t, server{name: "notes", prefix: "notes", tools: []string{"echo", "more"}, resources: true, prompts: true}))
	if event := all.next(); event != toldOf(`"s1"`, "tools/list_changed", "") {
		t.Errorf("%s", event)
	}
	d.m.Hear("notes", changedList(registry.Prompts))
	for stream, id := range map[*listening]string{all: `"s1"`, prompts: "7"} {
		if event := stream.next(); event != toldOf(id, "prompts/list_changed", "") {
			t.Errorf("%s", event)
		}
	}
}

func TestNewsThatIsNotAdmittedIsWithheldFromASubscriber(t *testing.T) {
	d := open(t)
	stream := d.hear(d.alice, 1, `"resourcesListChanged":true,"resourceSubscriptions":["argus://notes/a"]`)
	stream.next()
	d.m.heard()
	d.m.withhold(registry.Resources)
	d.m.Hear("notes", updated("a"))
	d.m.Hear("notes", changedList(registry.Resources))
	want := []string{"alice/alice-1 admit resources of notes, raise true", "alice/alice-1 admit resources of notes, raise false"}
	var asked []string
	for deadline := time.Now().Add(10 * time.Second); len(asked) < 2 && time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		asked = append(asked, d.m.heard()...)
	}
	if strings.Join(asked, "|") != strings.Join(want, "|") {
		t.Fatalf("%q", asked)
	}
	d.m.withhold()
	d.m.Hear("notes", changedList(registry.Resources))
	if event := stream.next(); event != toldOf("1", "resources/list_changed", "") {
		t.Errorf("%s", event)
	}
}

func TestResourceThatCannotBeSubscribedToIsNotAcknowledged(t *testing.T) {
	d := open(t)
	d.m.channel = func(_ context.Context, _, _ string, params ijson.Value) (mediate.Reply, error) {
		switch own, _ := text(params, "uri"); own {
		case "refused":
			return mediate.Reply{Refusal: &mediate.Refusal{Rule: "2a", Sentence: "S.", Reference: "R-1"}}, nil
		case "failed":
			return mediate.Reply{Failure: &mediate.Failure{Code: -32602, Message: mark}}, nil
		case "down":
			return mediate.Reply{}, fault.New(fault.Unavailable, "call", context.Canceled)
		}
		return mediate.Reply{Result: ijson.MustParse(`{}`)}, nil
	}
	stream := d.hear(d.alice, 1, `"resourceSubscriptions":["argus://notes/refused","argus://notes/failed","argus://notes/down","file:///nowhere",`+
		`"argus://notes/`+strings.Repeat("x", maxAddress+1)+`","argus://notes/ok","argus://notes/ok"]`)
	if event := stream.next(); event != toldOf("1", "subscriptions/acknowledged", `,"notifications":{"resourceSubscriptions":["argus://notes/ok","argus://notes/ok"]}`) {
		t.Errorf("%s", event)
	}
	for _, own := range []string{"refused", "failed", "down", "ok"} {
		d.m.Hear("notes", updated(own))
	}
	if event := stream.next(); event != toldOf("1", "resources/updated", `,"uri":"argus://notes/ok"`) {
		t.Errorf("%s", event)
	}
	if n := d.f.sessions.watched.waiting(); n != 1 {
		t.Errorf("%d wait", n)
	}
	stream.close()
	for d.f.subscribers.Taken("alice") > 0 {
		time.Sleep(time.Millisecond)
	}
	if n := d.f.sessions.watched.waiting(); n != 0 {
		t.Errorf("%d wait who have gone", n)
	}
}

// waiting counts who waits for news of a resource.
func (w *watched) waiting() (n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, of := range w.by {
		n += of.sessions
	}
	return n
}

// Whoever takes the place of the context that subscribed has not subscribed.
func TestFreshContextInheritsNoSubscription(t *testing.T) {
	d := open(t)
	stream := d.hear(d.alice, 1, `"toolsListChanged":true,"resourceSubscriptions":["argus://notes/a"]`)
	stream.next()
	d.m.observe(t, ledger.Record{Event: kernel.Revoked{Parent: kernel.Root, Child: "alice-1"}})
	d.m.observe(t, ledger.Record{Event: kernel.Delegated{By: kernel.Root, Child: "alice-2"}, Note: ledger.Note{Principal: "alice"}})
	d.m.heard()
	d.m.Hear("notes", updated("a"))
	d.m.replace(nil)
	if event := stream.next(); event != toldOf("1", "tools/list_changed", "") {
		t.Errorf("%s", event)
	}
	if asked := d.m.heard(); len(asked) > 0 {
		t.Errorf("%q", asked)
	}
}

func TestFilterOfTheWrongShapeIsRefused(t *testing.T) {
	d := open(t)
	for _, members := range []string{
		``, `"notifications":[]`, `"notifications":null`, `"notifications":{"toolsListChanged":1}`, `"notifications":{"ToolsListChanged":true}`,
		`"notifications":{"resourceSubscriptions":"a"}`, `"notifications":{"resourceSubscriptions":[1]}`, `"Notifications":{},"notifications":{}`,
		`"notifications":{"resourceSubscriptions":[` + strings.Repeat(`"a",`, maxSubscriptions) + `"a"]}`,
	} {
		if g := d.modern(d.alice, "subscriptions/listen", with(members)); g.code(t) != codeParams {
			t.Errorf("%s: %s", members, g.body)
		}
	}
	d.modern(d.alice, "subscriptions/listen", with(`"notifications":{"toolsListChanged":true}`), "Accept", "application/json").want(t, 406)
	if asked := d.m.heard(); len(asked) > 0 {
		t.Errorf("%q", asked)
	}
}

func TestSubscriptionsOfOnePrincipalAreBounded(t *testing.T) {
	d := open(t, func(o *Options) { o.Subscribers = 2 })
	const tools = `"toolsListChanged":true`
	first := d.hear(d.alice, 1, tools)
	first.next()
	d.hear(d.alice, 1, tools).next() // the same id is another request
	d.modern(d.alice, "subscriptions/listen", with(`"notifications":{`+tools+`}`)).want(t, 429)
	d.hear(d.bob, 1, tools).next()
	first.close()
	for d.f.subscribers.Taken("alice") > 1 {
		time.Sleep(time.Millisecond)
	}
	d.hear(d.alice, 1, tools).next()
}

func TestSubscriptionShowsLifeAndEndsWithItsAnswer(t *testing.T) {
	d := open(t, func(o *Options) { o.KeepAlive = 10 * time.Millisecond })
	stream := d.hear(d.alice, 1, `"toolsListChanged":true`)
	stream.news()
	if event := stream.next(); event != ": keep-alive" {
		t.Errorf("%s", event)
	}
	d.f.endStreams()
	want := `{"jsonrpc":"2.0","id":1,"result":{"resultType":"complete","_meta":{` + self + `,"io.modelcontextprotocol/subscriptionId":1}}}`
	if event := stream.news(); event != want {
		t.Errorf("%s", event)
	}
	if event := stream.news(); event != "" {
		t.Errorf("after its end it is told %s", event)
	}
}

func TestNothingAskedForIsAcknowledgedAndDone(t *testing.T) {
	d := open(t)
	g := d.modern(d.alice, "subscriptions/listen", with(`"notifications":{}`))
	if !strings.Contains(g.body, toldOf("1", "subscriptions/acknowledged", `,"notifications":{}`)) || !strings.Contains(g.body, `"resultType":"complete"`) {
		t.Errorf("%s", g.body)
	}
}
