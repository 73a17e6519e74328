package mcp

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/go-hclog"

	"argus/host/fault"
	"argus/host/mediate"
	"argus/internal/ijson"
	"argus/kernel"
)

// names are the names in a list of a result.
func namesOf(result map[string]any, list, key string) []string {
	var names []string
	for _, item := range result[list].([]any) {
		names = append(names, item.(map[string]any)[key].(string))
	}
	return names
}

func TestToolsThatAnAgentCannotCallAreNotListed(t *testing.T) {
	d := open(t)
	session := d.session(d.alice)
	if names := namesOf(d.ask(d.alice, session, "tools/list", "").result(t), "tools", "name"); !slices.Equal(names, []string{"notes__echo"}) {
		t.Errorf("without the capability: %v", names)
	}
	d.m.caps["alice-1"] = []kernel.Capability{"system_modify"}
	g := d.ask(d.alice, session, "tools/list", "")
	if names := namesOf(g.result(t), "tools", "name"); !slices.Equal(names, []string{"notes__echo", "notes__admin"}) {
		t.Errorf("with it: %v", names)
	}
	if !strings.Contains(g.body, `{"name":"notes__echo","description":"does echo","inputSchema":{"type":"object"}}`) {
		t.Errorf("a definition was changed: %s", g.body)
	}
	d.m.replace(nil)
	if body := d.ask(d.alice, session, "tools/list", "").body; body != `{"jsonrpc":"2.0","id":1,"result":{"tools":[]}}` {
		t.Errorf("nothing in force: %s", body)
	}
	if code := d.ask(d.alice, session, "tools/list", `{"cursor":"x"}`).code(t); code != codeParams {
		t.Errorf("a cursor that nobody gave: %d", code)
	}
}

func TestCallIsPassedAndItsResultIsNotTouched(t *testing.T) {
	d := open(t)
	session := d.session(d.alice)
	raw := `{"content":[{"type":"text","text":"é \u0000 9007199254740993"}],"n":1.0e0,"_meta":{"x":1}}`
	d.m.tool = func(context.Context, string, ijson.Value) (mediate.Reply, error) {
		return mediate.Reply{Result: ijson.MustParse(raw)}, nil
	}
	g := d.ask(d.alice, session, "tools/call", `{"name":"notes__echo","arguments":{"n":9007199254740993,"N":1},"_meta":{"progressToken":1},"task":{"ttl":1}}`)
	if g.body != `{"jsonrpc":"2.0","id":1,"result":`+raw+`}` {
		t.Errorf("%s", g.body)
	}
	if asked := d.m.heard(); !slices.Equal(asked, []string{`alice/alice-1 call notes__echo {"n":9007199254740993,"N":1}`}) {
		t.Errorf("%q", asked)
	}
	for _, params := range []string{`{}`, `{"name":1}`, `{"name":null}`, `{"name":"a","arguments":[]}`, `{"name":"a","arguments":null}`, `{"name":"a","Arguments":{}}`, `{"name":"a","NAME":"b"}`} {
		if code := d.ask(d.alice, session, "tools/call", params).code(t); code != codeParams {
			t.Errorf("%s: %d", params, code)
		}
	}
	if asked := d.m.heard(); len(asked) > 0 {
		t.Errorf("the mediator was asked %q", asked)
	}
}

func TestRefusalTellsRuleSentenceAndReferenceOnly(t *testing.T) {
	d := open(t)
	session := d.session(d.alice)
	refusal := &mediate.Refusal{Rule: "2a", Sentence: "What the agent has met may not go where this call goes.", Reference: "R-ABCDEFGH"}
	d.m.tool = func(context.Context, string, ijson.Value) (mediate.Reply, error) {
		return mediate.Reply{Refusal: refusal}, nil
	}
	const said = `Argus refused this call (rule 2a): What the agent has met may not go where this call goes. Reference R-ABCDEFGH.`
	want := `{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"` + said + `"}],"isError":true}}`
	if g := d.ask(d.alice, session, "tools/call", `{"name":"x"}`); g.status != 200 || g.body != want {
		t.Errorf("%d %s", g.status, g.body)
	}
	refusal.Detail = "at /to: type"
	if g := d.ask(d.alice, session, "tools/call", `{"name":"x"}`); !strings.Contains(g.body, said+` at /to: type"`) {
		t.Errorf("%s", g.body)
	}
}

func TestServersErrorKeepsItsCodeOnlyInTheServersRange(t *testing.T) {
	d := open(t)
	session := d.session(d.alice)
	for code, want := range map[int64]int64{
		-32000: -32000, -32042: -32042, -32099: -32099, -32100: -32000, -32603: -32000, 0: -32000, 5: -32000,
		codeHalted: -32000, codeRefused: -32000, codeSession: -32000, codeParams: codeParams,
	} {
		d.m.tool = func(context.Context, string, ijson.Value) (mediate.Reply, error) {
			return mediate.Reply{Failure: &mediate.Failure{Code: code, Message: "the server's \"words\"\n", Data: []byte(`{"n":1.0}`)}}, nil
		}
		g := d.ask(d.alice, session, "tools/call", `{"name":"x"}`)
		if g.code(t) != want || !strings.Contains(g.body, `"message":"the server's \"words\"\n","data":{"n":1.0}}`) {
			t.Errorf("%d: %s", code, g.body)
		}
	}
}

func TestFailureTellsNothingOfItsInside(t *testing.T) {
	var log bytes.Buffer
	d := open(t, func(o *Options) { o.Logger = hclog.New(&hclog.LoggerOptions{Output: &log, Level: hclog.Error}) })
	session := d.session(d.alice)
	inside := errors.New("canary: policy 7 of /var/argus/policies")
	for err, want := range map[error]int64{
		fault.New(fault.Unavailable, "op", inside): codeUnavailable,
		fault.New(fault.Timeout, "op", inside):     codeTimeout,
		fault.New(fault.Stale, "op", inside):       codeStale,
		fault.New(fault.Halted, "op", inside):      codeHalted,
		fault.New(fault.Invalid, "op", inside):     codeParams,
		fault.New(fault.Bug, "op", inside):         codeInternal,
		inside:                                     codeInternal,
		fmt.Errorf("x: %w", context.Canceled):      codeTimeout,
	} {
		d.m.tool = func(context.Context, string, ijson.Value) (mediate.Reply, error) { return mediate.Reply{}, err }
		g := d.ask(d.alice, session, "tools/call", `{"name":"x"}`)
		if g.status != 200 || g.code(t) != want || strings.Contains(g.body, mark) || strings.Contains(g.body, "op:") {
			t.Errorf("%v: %d %s", err, g.status, g.body)
		}
	}
	if !strings.Contains(log.String(), "canary") {
		t.Error("the operator is not told of a bug")
	}
}

func TestPartsWithoutAGateAreClosed(t *testing.T) {
	d := open(t)
	session := d.session(d.alice)
	for _, method := range []string{
		"sampling/createMessage", "elicitation/create", "roots/list", "tasks/get", "tasks/list", "tasks/result", "tasks/cancel",
	} {
		g := d.ask(d.alice, session, method, `{}`)
		if g.status != 200 || g.code(t) != codeMethod || !strings.Contains(g.body, "closed by Argus") {
			t.Errorf("%s: %d %s", method, g.status, g.body)
		}
	}
	for _, method := range []string{"", "canary", "tools/Call", "server/discover", "initialize2", "notifications/initialized"} {
		g := d.ask(d.alice, session, method, `{}`)
		if g.code(t) != codeMethod || strings.Contains(g.body, mark) || strings.Contains(g.body, "closed by Argus") {
			t.Errorf("%s: %s", method, g.body)
		}
	}
	if asked := d.m.heard(); len(asked) > 0 {
		t.Errorf("the mediator was asked %q", asked)
	}
	d.ask(d.alice, session, "ping", "").result(t)
}
