package mcp

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"argus/host/identity"
	"argus/host/mediate"
	"argus/host/upstream"
	"argus/internal/ijson"
	"argus/plugin/sdk/registry"
)

func TestSessionOfAnotherPrincipalIsNone(t *testing.T) {
	d := open(t)
	session := d.session(d.alice)
	unknown := d.ask(d.bob, strings.Repeat("A", len(session)), "ping", "")
	unknown.want(t, 404)
	for _, method := range []string{"POST", "GET", "DELETE"} {
		body := ""
		if method == "POST" {
			body = call(1, "tools/call", `{"name":"notes__echo"}`)
		}
		g := d.do(method, d.bob, body, "Mcp-Session-Id", session)
		if g.status != 404 || g.body != unknown.body {
			t.Errorf("%s: %d %s, an unknown session %s", method, g.status, g.body, unknown.body)
		}
	}
	if asked := d.m.heard(); len(asked) > 0 {
		t.Errorf("the mediator was asked %v", asked)
	}
	d.ask(d.alice, session, "ping", "").result(t)
	d.listen(d.alice, session)
	d.do("DELETE", d.alice, "", "Mcp-Session-Id", session).want(t, 204)
}

func TestEndedSessionIsNone(t *testing.T) {
	d := open(t)
	session, other := d.session(d.alice), d.session(d.alice)
	stream := d.listen(d.alice, session)
	begun := make(chan struct{})
	d.m.tool = func(ctx context.Context, _ string, _ ijson.Value) (mediate.Reply, error) {
		close(begun)
		<-ctx.Done()
		return mediate.Reply{}, ctx.Err()
	}
	open := make(chan got, 1)
	r := d.request(t.Context(), "POST", d.alice, call(1, "tools/call", `{"name":"x"}`), "Mcp-Session-Id", session)
	go func() { open <- d.send(r) }()
	within(t, "the call begins", begun)

	d.do("DELETE", d.alice, "", "Mcp-Session-Id", session).want(t, 204)
	if event := stream.next(); event != "" {
		t.Errorf("the stream of an ended session is told %s", event)
	}
	if code := (<-open).code(t); code != codeTimeout {
		t.Errorf("a call of an ended session ends with %d", code)
	}
	for _, method := range []string{"POST", "GET", "DELETE"} {
		body := ""
		if method == "POST" {
			body = call(1, "ping", "")
		}
		d.do(method, d.alice, body, "Mcp-Session-Id", session).want(t, 404)
	}
	d.ask(d.alice, other, "ping", "").result(t)
}

func TestRequestNeedsASession(t *testing.T) {
	d := open(t)
	for _, body := range []string{call(1, "ping", ""), call(1, "tools/list", ""), `{"jsonrpc":"2.0","method":"notifications/initialized"}`} {
		d.do("POST", d.alice, body).want(t, 400)
	}
	d.do("GET", d.alice, "").want(t, 400)
	d.do("DELETE", d.alice, "").want(t, 400)
	d.do("POST", d.alice, hello, "Mcp-Session-Id", d.session(d.alice)).want(t, 400)
}

func TestNewSessionIsNoNewContext(t *testing.T) {
	d := open(t)
	for range 3 {
		d.ask(d.alice, d.session(d.alice), "tools/call", `{"name":"notes__echo"}`).result(t)
	}
	want := "alice/alice-1 call notes__echo "
	if asked := d.m.heard(); !slices.Equal(asked, []string{want, want, want}) {
		t.Errorf("%q", asked)
	}
}

func TestSessionIDsAreDrawn(t *testing.T) {
	d := open(t)
	seen := map[string]bool{}
	for range 10 {
		id := d.session(d.alice)
		if seen[id] {
			t.Fatal("an id was drawn twice")
		}
		seen[id] = true
		for _, c := range id {
			if c < 0x21 || c > 0x7e {
				t.Fatalf("id %q is not visible ASCII", id)
			}
		}
	}
}

func TestVersionIsNegotiated(t *testing.T) {
	d := open(t)
	for asked, want := range map[string]string{
		"2025-11-25": "2025-11-25", "2025-06-18": "2025-06-18",
		"2025-03-26": "2025-11-25", "2024-11-05": "2025-11-25", "2026-07-28": "2025-11-25", "x": "2025-11-25",
	} {
		g := d.do("POST", d.alice, strings.Replace(hello, "2025-11-25", asked, 1))
		if got := g.result(t)["protocolVersion"]; got != want {
			t.Errorf("%s is answered with %v", asked, got)
		}
	}
	result := d.do("POST", d.alice, hello).body
	for _, part := range []string{
		`"tools":{"listChanged":true}`, `"prompts":{"listChanged":true}`, `"resources":{"subscribe":true,"listChanged":true}`,
		`"serverInfo":{"name":"argus","version":"9.9"}`,
	} {
		if !strings.Contains(result, part) {
			t.Errorf("%s lacks %s", result, part)
		}
	}
	for _, params := range []string{
		`{}`, `{"protocolVersion":1}`, `{"protocolVersion":"2025-11-25"}`, `{"protocolVersion":"2025-11-25","capabilities":[]}`,
		`{"protocolVersion":"2025-11-25","capabilities":{},"ProtocolVersion":"x"}`,
	} {
		g := d.do("POST", d.alice, call(1, "initialize", params))
		if g.code(t) != codeParams || g.header.Get("Mcp-Session-Id") != "" {
			t.Errorf("%s: %s", params, g.body)
		}
	}
}

func TestOnlyDeclaredChannelsAreAnnounced(t *testing.T) {
	d := open(t)
	one := server{name: "notes"}
	announced := func(s server) string {
		d.m.replace(stockOf(t, s))
		return d.do("POST", d.alice, hello).body
	}
	for _, part := range []string{"logging", "completions", "tasks", "subscribe", "instructions"} {
		if body := announced(one); strings.Contains(body, part) {
			t.Errorf("%s announces %s, which is closed", body, part)
		}
	}
	one.resources, one.channels = true, []registry.Channel{registry.Completion, registry.Log}
	for _, part := range []string{`"logging":{}`, `"completions":{}`, `"subscribe":true`} {
		if body := announced(one); !strings.Contains(body, part) {
			t.Errorf("%s lacks %s", body, part)
		}
	}
}

func TestUnsupportedVersionIsRefused(t *testing.T) {
	d := open(t)
	session := d.session(d.alice)
	for _, version := range []string{"2025-03-26", "2026-07-28", "x", "2025-11-25,2025-06-18", ""} {
		for _, method := range []string{"POST", "GET", "DELETE"} {
			body := ""
			if method == "POST" {
				body = call(1, "ping", "")
			}
			r := d.request(t.Context(), method, d.alice, body, "Mcp-Session-Id", session)
			r.Header["Mcp-Protocol-Version"] = []string{version}
			d.send(r).want(t, 400)
		}
	}
	for _, version := range []string{"2025-11-25", "2025-06-18"} {
		d.ask(d.alice, session, "ping", "", "MCP-Protocol-Version", version).result(t)
	}
	d.ask(d.alice, session, "ping", "").result(t)
}

func TestOldestIdleSessionMakesRoom(t *testing.T) {
	d := open(t, func(o *Options) { o.Sessions = 3 })
	bob := d.session(d.bob)
	first, second, third := d.session(d.alice), d.session(d.alice), d.session(d.alice)
	d.listen(d.alice, first) // in use
	d.ask(d.alice, second, "ping", "").result(t)
	fourth := d.session(d.alice) // third is idle the longest now
	d.ask(d.alice, third, "ping", "").want(t, 404)
	for _, id := range []string{first, second, fourth} {
		d.ask(d.alice, id, "ping", "").result(t)
	}
	d.ask(d.bob, bob, "ping", "").result(t)

	d.listen(d.alice, second)
	d.listen(d.alice, fourth)
	d.do("POST", d.alice, hello).want(t, 429)
	d.session(d.bob)
}

func TestIdleSessionExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		alice := identity.Grant{Principal: identity.Principal{Name: "alice"}, Credential: "c_a"}
		table := newSessions(Options{SessionIdle: time.Hour, Sessions: 10})
		idle, _ := table.open(alice, revision, upstream.Abilities{})
		used, _ := table.open(alice, revision, upstream.Abilities{})
		busy, _ := table.open(alice, revision, upstream.Abilities{})
		table.use(alice, busy.id)
		time.Sleep(59 * time.Minute)
		if s, ok := table.use(alice, used.id); ok {
			table.done(s)
		} else {
			t.Fatal("a session ended before its time")
		}
		time.Sleep(2 * time.Minute)
		if _, ok := table.use(alice, idle.id); ok {
			t.Error("an idle session is alive")
		}
		for _, s := range []*session{used, busy} {
			if _, ok := table.use(alice, s.id); !ok {
				t.Error("a session in use ended")
			}
		}
		if !idle.over {
			t.Error("an expired session was not ended")
		}
	})
}

func TestIDThatIsOpenIsNotTakenTwice(t *testing.T) {
	d := open(t)
	session, other := d.session(d.alice), d.session(d.alice)
	begun, release := make(chan struct{}), make(chan struct{})
	d.m.tool = func(context.Context, string, ijson.Value) (mediate.Reply, error) {
		close(begun)
		<-release
		return mediate.Reply{Result: ijson.MustParse(`{"content":[]}`)}, nil
	}
	first := make(chan got, 1)
	r := d.request(t.Context(), "POST", d.alice, call(100, "tools/call", `{"name":"x"}`), "Mcp-Session-Id", session)
	go func() { first <- d.send(r) }()
	within(t, "the call begins", begun)
	again := `{"jsonrpc":"2.0","id":1e2,"method":"ping"}`
	d.do("POST", d.alice, again, "Mcp-Session-Id", session).want(t, 400)
	d.do("POST", d.alice, call("100", "ping", ""), "Mcp-Session-Id", session).result(t)
	d.do("POST", d.alice, again, "Mcp-Session-Id", other).result(t)
	close(release)
	(<-first).result(t)
	d.do("POST", d.alice, again, "Mcp-Session-Id", session).result(t)
}

func TestCancelledRequestIsStopped(t *testing.T) {
	d := open(t)
	session, other := d.session(d.alice), d.session(d.alice)
	begun, ended := make(chan struct{}), make(chan struct{})
	d.m.tool = func(ctx context.Context, _ string, _ ijson.Value) (mediate.Reply, error) {
		close(begun)
		<-ctx.Done()
		close(ended)
		return mediate.Reply{}, ctx.Err()
	}
	answer := make(chan got, 1)
	r := d.request(t.Context(), "POST", d.alice, call(7, "tools/call", `{"name":"x"}`), "Mcp-Session-Id", session)
	go func() { answer <- d.send(r) }()
	within(t, "the call begins", begun)
	cancel := func(id string) string {
		return `{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":` + id + `,"reason":"r"}}`
	}
	d.do("POST", d.alice, cancel(`8`), "Mcp-Session-Id", session).want(t, 202)
	d.do("POST", d.alice, cancel(`"7"`), "Mcp-Session-Id", session).want(t, 202)
	d.do("POST", d.alice, cancel(`7`), "Mcp-Session-Id", other).want(t, 202)
	d.do("POST", d.bob, cancel(`7`), "Mcp-Session-Id", session).want(t, 404)
	select {
	case <-ended:
		t.Fatal("the call was cancelled by another id, session or principal")
	default:
	}
	d.do("POST", d.alice, cancel(`7`), "Mcp-Session-Id", session).want(t, 202)
	within(t, "the call is cancelled", ended)
	if code := (<-answer).code(t); code != codeTimeout {
		t.Errorf("answered with %d", code)
	}
}

func TestClientThatGoesAwayCancelsItsCall(t *testing.T) {
	for _, accept := range []string{"application/json", "text/event-stream"} {
		d := open(t)
		session := d.session(d.alice)
		begun, ended := make(chan struct{}), make(chan struct{})
		d.m.tool = func(ctx context.Context, _ string, _ ijson.Value) (mediate.Reply, error) {
			close(begun)
			<-ctx.Done()
			close(ended)
			return mediate.Reply{}, ctx.Err()
		}
		ctx, leave := context.WithCancel(t.Context())
		r := d.request(ctx, "POST", d.alice, call(1, "tools/call", `{"name":"x"}`), "Mcp-Session-Id", session, "Accept", accept)
		go func() {
			if response, err := d.http.Do(r); err == nil {
				response.Body.Close()
			}
		}()
		within(t, "the call begins", begun)
		leave()
		within(t, "the call is cancelled", ended)
	}
}
