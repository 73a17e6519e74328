package mcp

import (
	"context"
	"slices"
	"strings"
	"testing"

	"argus/host/fault"
	"argus/host/mediate"
	"argus/internal/ijson"
	"argus/plugin/sdk/registry"
)

func logDoor(t *testing.T) *door {
	d := open(t)
	logs := []registry.Channel{registry.Log}
	d.m.replace(stockOf(t, server{name: "one", prefix: "one", channels: logs}, server{name: "two", prefix: "two", channels: logs}, server{name: "shut", prefix: "shut"}))
	return d
}

func TestServerKeepsTheLeastLevelThatWasAskedFor(t *testing.T) {
	d := logDoor(t)
	alice, bob := d.session(d.alice), d.session(d.bob)
	for _, step := range []struct {
		level string
		ofBob bool
		sent  bool
	}{
		{"warning", false, true}, {"warning", true, true}, {"error", true, false}, {"emergency", false, false}, {"debug", true, true}, {"info", false, false},
	} {
		token, session, who := d.alice, alice, "alice/alice-1"
		if step.ofBob {
			token, session, who = d.bob, bob, "bob/bob-1"
		}
		if body := d.ask(token, session, "logging/setLevel", `{"level":"`+step.level+`"}`).body; body != `{"jsonrpc":"2.0","id":1,"result":{}}` {
			t.Errorf("%s: %s", step.level, body)
		}
		var want []string
		for _, name := range []string{"one", "two"} {
			if step.sent {
				want = append(want, who+" log of "+name+`: logging/setLevel {"level":"`+step.level+`"}`)
			}
		}
		if asked := d.m.heard(); !slices.Equal(asked, want) {
			t.Errorf("%s: asked %q", step.level, asked)
		}
	}
	for _, params := range []string{`{}`, `{"level":"Info"}`, `{"level":"all"}`, `{"level":6}`, `{"level":"info","LEVEL":"debug"}`} {
		if code := d.ask(d.alice, alice, "logging/setLevel", params).code(t); code != codeParams {
			t.Errorf("%s: %d", params, code)
		}
	}
}

func TestLevelThatAServerIsNotToldIsCountedAndTriedAgain(t *testing.T) {
	d := logDoor(t)
	session := d.session(d.alice)
	set := func() string { return d.ask(d.alice, session, "logging/setLevel", `{"level":"info"}`).body }
	for name, reply := range map[string]func() (mediate.Reply, error){
		"refused": func() (mediate.Reply, error) { return mediate.Reply{Refusal: &mediate.Refusal{Rule: "2a"}}, nil },
		"failed":  func() (mediate.Reply, error) { return mediate.Reply{Failure: &mediate.Failure{Message: mark}}, nil },
		"down": func() (mediate.Reply, error) {
			return mediate.Reply{}, fault.New(fault.Unavailable, "op", context.Canceled)
		},
	} {
		d.m.channel = func(_ context.Context, server, _ string, _ ijson.Value) (mediate.Reply, error) {
			if server == "two" {
				return reply()
			}
			return mediate.Reply{Result: emptyObject}, nil
		}
		d.m.heard()
		if body := set(); body != `{"jsonrpc":"2.0","id":1,"result":{"_meta":{"argus/withheld":1}}}` {
			t.Errorf("%s: %s", name, body)
		}
		if asked := d.m.heard(); len(asked) != 2 {
			t.Errorf("%s: asked %q", name, asked)
		}
	}
	d.m.channel = func(context.Context, string, string, ijson.Value) (mediate.Reply, error) {
		return mediate.Reply{}, fault.New(fault.Halted, "op", context.Canceled)
	}
	if body := set(); !strings.Contains(body, `"error"`) {
		t.Errorf("halted: %s", body)
	}
}
