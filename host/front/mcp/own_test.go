package mcp

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"argus/host/fault"
	"argus/host/identity"
	"argus/host/ledger"
	"argus/host/mediate"
	"argus/kernel"
)

func TestContextIsSelectedByItsHeader(t *testing.T) {
	d := open(t)
	session := d.session(d.bob)
	d.ask(d.bob, session, "tools/call", `{"name":"x"}`).result(t)
	d.ask(d.bob, session, "tools/call", `{"name":"x"}`, "Argus-Context", "ctx_one").result(t)
	want := []string{"bob/bob-1 call x ", "bob/bob-ctx_one call x "}
	if asked := d.m.heard(); !slices.Equal(asked, want) {
		t.Errorf("%q", asked)
	}
}

func TestWrongContextIsRefusedInOneWay(t *testing.T) {
	d := open(t)
	carol := d.m.principal(t, "carol", identity.Declared)
	d.m.child(t, "carol", "ctx_carol")
	d.m.child(t, "bob", "ctx_ended")
	d.m.observe(t, ledger.Record{Event: kernel.Revoked{Parent: "bob-1", Child: "bob-ctx_ended"}})
	alice, bob := d.session(d.alice), d.session(d.bob)
	said := map[string]bool{}
	for name, c := range map[string]struct {
		token   identity.Token
		session string
		id      string
	}{
		"unknown":           {d.bob, bob, "ctx_unknown"},
		"finished":          {d.bob, bob, "ctx_ended"},
		"foreign":           {d.bob, bob, "ctx_carol"},
		"an agent's id":     {d.bob, bob, "bob-ctx_one"},
		"empty":             {d.bob, bob, ""},
		"sticky, foreign":   {d.alice, alice, "ctx_one"},
		"sticky, unknown":   {d.alice, alice, "ctx_unknown"},
		"sticky, but empty": {d.alice, alice, ""},
	} {
		for _, method := range []string{"POST", "GET"} {
			body := ""
			if method == "POST" {
				body = call(1, "tools/call", `{"name":"x"}`)
			}
			r := d.request(t.Context(), method, c.token, body, "Mcp-Session-Id", c.session)
			r.Header["Argus-Context"] = []string{c.id}
			g := d.send(r)
			if g.status != 400 {
				t.Errorf("%s: %d %s", name, g.status, g.body)
			}
			said[g.body] = true
		}
	}
	if len(said) != 1 {
		t.Errorf("the refusals tell one from another: %v", said)
	}
	if asked := d.m.heard(); len(asked) > 0 {
		t.Errorf("the mediator was asked %q", asked)
	}
	d.ask(d.bob, bob, "ping", "", "Argus-Context", "ctx_one").result(t)
	d.do("POST", carol, hello, "Argus-Context", "ctx_carol").result(t)
}

func TestAgentWithoutAPresentContextIsTold(t *testing.T) {
	d := open(t)
	session := d.session(d.alice)
	d.m.observe(t, ledger.Record{Event: kernel.Revoked{Parent: kernel.Root, Child: "alice-1"}})
	g := d.ask(d.alice, session, "tools/call", `{"name":"x"}`)
	if g.status != 403 || !strings.Contains(g.body, "argus agent fresh") || len(d.m.heard()) > 0 {
		t.Errorf("%d %s", g.status, g.body)
	}
	d.m.observe(t, ledger.Record{Event: kernel.Delegated{By: kernel.Root, Child: "alice-2"}, Note: ledger.Note{Principal: "alice"}})
	d.ask(d.alice, session, "tools/call", `{"name":"x"}`).result(t)
	if asked := d.m.heard(); !slices.Equal(asked, []string{"alice/alice-2 call x "}) {
		t.Errorf("%q", asked)
	}
}

func TestStickyPrincipalHasNoContextTools(t *testing.T) {
	d := open(t)
	alice, bob := d.session(d.alice), d.session(d.bob)
	names := namesOf(d.ask(d.bob, bob, "tools/list", "").result(t), "tools", "name")
	if !slices.Equal(names, []string{"notes__echo", "argus__delegate", "argus__return", "argus__await", "argus__revoke"}) {
		t.Errorf("declared: %v", names)
	}
	if names := namesOf(d.ask(d.alice, alice, "tools/list", "").result(t), "tools", "name"); !slices.Equal(names, []string{"notes__echo"}) {
		t.Errorf("sticky: %v", names)
	}
	d.ask(d.alice, alice, "tools/call", `{"name":"argus__delegate","arguments":{"capabilities":[],"bits":0}}`).result(t)
	if asked := d.m.heard(); !slices.Equal(asked, []string{`alice/alice-1 call argus__delegate {"capabilities":[],"bits":0}`}) {
		t.Errorf("a sticky principal's call is not an ordinary unknown tool: %q", asked)
	}
}

func TestChildsIDIsInMetaOnly(t *testing.T) {
	d := open(t)
	session := d.session(d.bob)
	g := d.ask(d.bob, session, "tools/call",
		`{"name":"argus__delegate","arguments":{"capabilities":["network_egress","ipc"],"bits":7,"returns":{"enum":[1,2]}}}`)
	if want := `{"content":[{"type":"text","text":"A context was born."}],"_meta":{"argus/context":"ctx_child"}}`; !strings.Contains(g.body, `"result":`+want) {
		t.Errorf("%s", g.body)
	}
	if asked := d.m.heard(); !slices.Equal(asked, []string{`bob/bob-1 delegate [network_egress ipc] 7 {"enum":[1,2]}`}) {
		t.Errorf("%q", asked)
	}
}

func TestContextToolsDoWhatTheySay(t *testing.T) {
	d := open(t)
	session := d.session(d.bob)
	d.m.own = func(_ context.Context, what string) ([]byte, *mediate.Refusal, error) {
		return []byte(`{"a":"é\""}`), nil, nil
	}
	own := func(name, arguments string, headers ...string) got {
		return d.ask(d.bob, session, "tools/call", `{"name":"`+name+`","arguments":`+arguments+`}`, headers...)
	}
	own("argus__return", `{"value":[1,null]}`, "Argus-Context", "ctx_one").result(t)
	own("argus__return", `{"value":"x","unbounded":true}`, "Argus-Context", "ctx_one").result(t)
	own("argus__revoke", `{"context":"ctx_one"}`).result(t)
	g := own("argus__await", `{"context":"ctx_one"}`)
	want := `{"content":[{"type":"text","text":"{\"value\":{\"a\":\"é\\\"\"}}"}],"structuredContent":{"value":{"a":"é\""}}}`
	if !strings.Contains(g.body, `"result":`+want+`}`) {
		t.Errorf("%s instead of %s", g.body, want)
	}
	if asked, want := d.m.heard(), []string{
		"bob/bob-ctx_one return [1,null] false", `bob/bob-ctx_one return "x" true`, "bob/bob-1 revoke ctx_one", "bob/bob-1 await ctx_one",
	}; !slices.Equal(asked, want) {
		t.Errorf("%q", asked)
	}
}

func TestContextToolsCheckTheirArguments(t *testing.T) {
	d := open(t)
	session := d.session(d.bob)
	for _, c := range []struct{ name, arguments string }{
		{"argus__delegate", `{}`}, {"argus__delegate", `{"capabilities":["a"]}`}, {"argus__delegate", `{"capabilities":"canary","bits":1}`},
		{"argus__delegate", `{"capabilities":[],"bits":-1}`}, {"argus__delegate", `{"capabilities":[],"bits":1.5}`},
		{"argus__delegate", `{"capabilities":[],"bits":18446744073709551616}`}, {"argus__delegate", `{"capabilities":[1],"bits":1}`},
		{"argus__delegate", `{"capabilities":[],"bits":1,"canary":1}`}, {"argus__delegate", `{"capabilities":[],"bits":1,"returns":"canary"}`},
		{"argus__return", `{}`}, {"argus__return", `{"value":1,"unbounded":"canary"}`},
		{"argus__await", `{}`}, {"argus__await", `{"context":1}`}, {"argus__await", `{"context":"c","timeout_ms":0}`}, {"argus__await", `{"context":"c","timeout_ms":1e300}`},
		{"argus__revoke", `{}`}, {"argus__revoke", `{"context":["canary"]}`},
	} {
		g := d.ask(d.bob, session, "tools/call", `{"name":"`+c.name+`","arguments":`+c.arguments+`}`)
		if g.result(t)["isError"] != true || strings.Contains(g.body, mark) || !strings.Contains(g.body, c.name+" was not run") {
			t.Errorf("%s %s: %s", c.name, c.arguments, g.body)
		}
	}
	d.ask(d.bob, session, "tools/call", `{"name":"argus__delegate"}`).result(t)
	if asked := d.m.heard(); len(asked) > 0 {
		t.Errorf("the mediator was asked %q", asked)
	}
}

func TestContextToolsTellRefusalsAndFaults(t *testing.T) {
	d := open(t)
	session := d.session(d.bob)
	arguments := map[string]string{
		"argus__delegate": `{"capabilities":[],"bits":0}`, "argus__return": `{"value":1}`, "argus__await": `{"context":"c"}`, "argus__revoke": `{"context":"c"}`,
	}
	for name, arguments := range arguments {
		params := `{"name":"` + name + `","arguments":` + arguments + `}`
		d.m.own = func(context.Context, string) ([]byte, *mediate.Refusal, error) {
			return nil, &mediate.Refusal{Rule: "limit", Sentence: "S.", Reference: "R-1"}, nil
		}
		if g := d.ask(d.bob, session, "tools/call", params); g.result(t)["isError"] != true || strings.Contains(g.body, "ctx_child") {
			t.Errorf("%s", g.body)
		}
		for err, shown := range map[error]bool{
			fault.New(fault.Invalid, "op", errors.New("no such context")):                        true,
			fault.New(fault.Unavailable, "op", errors.New("no such context")):                    false,
			&fault.Error{Kind: fault.Invalid, Plugin: "p", Cause: errors.New("no such context")}: false,
		} {
			d.m.own = func(context.Context, string) ([]byte, *mediate.Refusal, error) { return nil, nil, err }
			g := d.ask(d.bob, session, "tools/call", params)
			if g.code(t); strings.Contains(g.body, "no such context") != shown || strings.Contains(g.body, "ctx_child") {
				t.Errorf("%s: %s", name, g.body)
			}
		}
	}
}

func TestAwaitWaitsNoLongerThanItMay(t *testing.T) {
	d := open(t, func(o *Options) { o.AwaitTimeout = 50 * time.Millisecond })
	session := d.session(d.bob)
	d.m.own = func(ctx context.Context, _ string) ([]byte, *mediate.Refusal, error) {
		<-ctx.Done()
		return nil, nil, fault.New(fault.Timeout, "await", ctx.Err())
	}
	for _, arguments := range []string{`{"context":"c"}`, `{"context":"c","timeout_ms":3600000}`, `{"context":"c","timeout_ms":10}`} {
		g := d.ask(d.bob, session, "tools/call", `{"name":"argus__await","arguments":`+arguments+`}`)
		if g.result(t)["isError"] != true || !strings.Contains(g.body, "argus__await again") {
			t.Errorf("%s", g.body)
		}
	}
}
