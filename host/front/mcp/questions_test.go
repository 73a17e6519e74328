package mcp

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"argus/host/mediate"
	"argus/host/turns"
	"argus/host/upstream"
	"argus/internal/ijson"
	"argus/plugin/sdk/registry"
)

const canAll = `{"sampling":{"tools":{}},"elicitation":{"form":{},"url":{}},"roots":{"listChanged":true}}`

// sampling is a question of a server's.
func sampling(params string) mediate.Question {
	return mediate.Question{Server: "notes", Channel: registry.Sampling, Params: ijson.MustParse([]byte(params))}
}

// asking makes each call put questions to its client and answer with what the client said.
func (m *fake) asking(qs ...mediate.Question) {
	m.talk = func(ctx context.Context, client mediate.Client) (mediate.Reply, error) {
		answers, err := client.Ask(ctx, qs)
		if err != nil {
			return mediate.Reply{}, err
		}
		var said []string
		for _, a := range answers {
			if a.Error != nil {
				said = append(said, fmt.Sprintf("%d %s", a.Error.Code, a.Error.Message))
			} else {
				said = append(said, string(ijson.AppendLine(nil, a.Result)))
			}
		}
		return mediate.Reply{Result: ijson.MustParse(ijson.AppendString(nil, strings.Join(said, " | ")))}, nil
	}
}

// asked reads the next event, which must be a question, and gives its id.
func (l *listening) asked() string {
	l.t.Helper()
	event := l.news()
	var q struct{ ID, Method string }
	if err := json.Unmarshal([]byte(event), &q); err != nil || q.ID == "" || q.Method == "" {
		l.t.Fatalf("no question: %s", event)
	}
	return q.ID
}

func reply(id, rest string) string {
	return fmt.Sprintf(`{"jsonrpc":"2.0","id":%q,%s}`, id, rest)
}

func answered(result string) string { return `{"jsonrpc":"2.0","id":1,"result":"` + result + `"}` }

// openQuestions counts what the client of a session has not answered.
func (d *door) openQuestions(session string) int {
	d.t.Helper()
	s, known := d.f.sessions.use(d.m.grant(d.t, d.alice), session)
	if !known {
		d.t.Fatal("no such session")
	}
	defer d.f.sessions.done(s)
	s.questions.mu.Lock()
	defer s.questions.mu.Unlock()
	return len(s.questions.open)
}

func TestQuestionIsPutAsItWasWrittenAndItsAnswerTaken(t *testing.T) {
	d := open(t)
	session := d.sessionOf(d.alice, canAll)
	d.m.asking(
		sampling(`{"messages":[],"maxTokens":1.0e2,"_meta":{"x":"é"}}`),
		mediate.Question{Server: "notes", Channel: registry.Elicitation, Params: ijson.MustParse([]byte("{\"message\":\"m\",\n\"score\":95.5}\n"))},
		mediate.Question{Server: "notes", Channel: registry.Roots},
	)
	stream := d.ring(d.alice, session, call(1, "tools/call", `{"name":"x"}`))
	var ids []string
	for _, want := range []string{
		`"method":"sampling/createMessage","params":{"messages":[],"maxTokens":1.0e2,"_meta":{"x":"é"}}}`,
		`"method":"elicitation/create","params":{"message":"m","score":95.5}}`,
		`"method":"roots/list"}`,
	} {
		event := stream.next()
		head, rest, _ := strings.Cut(event, `,"method"`)
		id, is := strings.CutPrefix(head, `{"jsonrpc":"2.0","id":"`)
		if !is || `"method"`+rest != want || len(id) < 27 {
			t.Fatalf("%s instead of %s", event, want)
		}
		ids = append(ids, strings.TrimSuffix(id, `"`))
	}
	for i, said := range []string{`"result":{"roots":[]}`, `"error":{"code":-1,"message":"no","data":{"d":1}}`, `"result":{"n":1.0}`} {
		g := d.do("POST", d.alice, reply(ids[2-i], said), "Mcp-Session-Id", session)
		if g.status != 202 || g.body != "" {
			t.Errorf("%d %s", g.status, g.body)
		}
	}
	if event := stream.next(); event != answered(`{\"n\":1.0} | -1 no | {\"roots\":[]}`) {
		t.Errorf("the call is answered %s", event)
	}
	if event := stream.next(); event != "" {
		t.Errorf("after the answer: %s", event)
	}
}

func TestOnlyTheClientThatWasAskedCanAnswer(t *testing.T) {
	d := open(t)
	d.m.asking(sampling(`{}`))
	session, other := d.sessionOf(d.bob, canAll), d.sessionOf(d.bob, canAll)
	const inContext = "ctx_one"
	stream := d.ring(d.bob, session, call(1, "tools/call", `{"name":"x"}`), "Argus-Context", inContext)
	id := stream.asked()
	wrong := reply(id, `"result":{"from":"canary"}`)
	for name, attack := range map[string]struct {
		g    got
		want int
	}{
		"another principal":             {d.do("POST", d.alice, wrong, "Mcp-Session-Id", session), 404},
		"another principal's session":   {d.do("POST", d.alice, wrong, "Mcp-Session-Id", d.sessionOf(d.alice, canAll)), 202},
		"no token":                      {d.do("POST", "", wrong, "Mcp-Session-Id", session), 401},
		"no session":                    {d.do("POST", d.bob, wrong), 400},
		"another session":               {d.do("POST", d.bob, wrong, "Mcp-Session-Id", other, "Argus-Context", inContext), 202},
		"the context that gave birth":   {d.do("POST", d.bob, wrong, "Mcp-Session-Id", session), 202},
		"an id that was never asked":    {d.do("POST", d.bob, reply(id+"A", `"result":{"from":"canary"}`), "Mcp-Session-Id", session, "Argus-Context", inContext), 202},
		"an id in another case":         {d.do("POST", d.bob, reply(strings.ToLower(id), `"result":{"from":"canary"}`), "Mcp-Session-Id", session, "Argus-Context", inContext), 202},
		"the id of the call":            {d.do("POST", d.bob, `{"jsonrpc":"2.0","id":1,"result":{"from":"canary"}}`, "Mcp-Session-Id", session, "Argus-Context", inContext), 202},
		"a request in place of answers": {d.do("POST", d.bob, reply(id, `"method":"ping"`), "Mcp-Session-Id", session, "Argus-Context", inContext), 200},
	} {
		attack.g.want(t, attack.want)
		_ = name
	}
	d.do("POST", d.bob, reply(id, `"result":{"from":"client"}`), "Mcp-Session-Id", session, "Argus-Context", inContext).want(t, 202)
	if event := stream.next(); event != answered(`{\"from\":\"client\"}`) {
		t.Errorf("the call is answered %s", event)
	}
}

func TestSecondAnswerIsNobodys(t *testing.T) {
	d := open(t)
	session := d.sessionOf(d.alice, canAll)
	d.m.talk = func(ctx context.Context, client mediate.Client) (mediate.Reply, error) {
		first, err := client.Ask(ctx, []mediate.Question{sampling(`{}`)})
		if err != nil {
			return mediate.Reply{}, err
		}
		second, err := client.Ask(ctx, []mediate.Question{sampling(`{}`)})
		if err != nil {
			return mediate.Reply{}, err
		}
		return mediate.Reply{Result: ijson.MustParse(`{"first":` + first[0].Result.Raw() + `,"second":` + second[0].Result.Raw() + `}`)}, nil
	}
	stream := d.ring(d.alice, session, call(1, "tools/call", `{"name":"x"}`))
	first := stream.asked()
	d.do("POST", d.alice, reply(first, `"result":{"n":1}`), "Mcp-Session-Id", session).want(t, 202)
	second := stream.asked()
	d.do("POST", d.alice, reply(first, `"result":{"n":3}`), "Mcp-Session-Id", session).want(t, 202)
	d.do("POST", d.alice, reply(second, `"result":{"n":2}`), "Mcp-Session-Id", session).want(t, 202)
	if event := stream.next(); event != `{"jsonrpc":"2.0","id":1,"result":{"first":{"n":1},"second":{"n":2}}}` {
		t.Errorf("the call is answered %s", event)
	}
}

func TestAnswerThatIsNoneIsAnError(t *testing.T) {
	d := open(t, func(o *Options) { o.MaxRequestBytes = 4 << 10 })
	session := d.sessionOf(d.alice, canAll)
	const none = "-32603 the client's answer cannot be read"
	for said, want := range map[string]string{
		`"result":"canary"`: none, `"result":null`: none, `"result":[{}]`: none, `"error":null`: none, `"error":"canary"`: none,
		`"error":{"code":1.5,"message":"canary"}`: none, `"error":{"code":1}`: none, `"error":{"message":"canary"}`: none,
		`"error":{"code":7,"message":"m","MESSAGE":1}`: "7 m",
		`"result":{}`: "{}",
	} {
		d.m.asking(sampling(`{}`))
		stream := d.ring(d.alice, session, call(1, "tools/call", `{"name":"x"}`))
		id := stream.asked()
		d.do("POST", d.alice, reply(id, `"result":{"x":"`+strings.Repeat("x", 4<<10)+`"}`), "Mcp-Session-Id", session).want(t, 413)
		d.do("POST", d.alice, reply(id, `"result":{},"error":{}`), "Mcp-Session-Id", session).want(t, 400)
		d.do("POST", d.alice, reply(id, `"result":{"a":1,"a":2}`), "Mcp-Session-Id", session).want(t, 400)
		d.do("POST", d.alice, reply(id, said), "Mcp-Session-Id", session).want(t, 202)
		if event := stream.next(); event != answered(want) {
			t.Errorf("%s: the call is answered %s", said, event)
		}
	}
}

func TestClientCanBeAskedWhatItSaysItCan(t *testing.T) {
	d := open(t)
	var can upstream.Abilities
	d.m.talk = func(_ context.Context, client mediate.Client) (mediate.Reply, error) {
		can = client.Abilities()
		return mediate.Reply{Result: emptyObject}, nil
	}
	for capabilities, want := range map[string]upstream.Abilities{
		`{}`:                              {},
		`{"sampling":{}}`:                 {Sampling: true},
		`{"sampling":{"tools":{}}}`:       {Sampling: true, SamplingTools: true},
		`{"elicitation":{}}`:              {Elicitation: true},
		`{"elicitation":{"form":{}}}`:     {Elicitation: true},
		`{"elicitation":{"url":{}}}`:      {ElicitationURL: true},
		`{"roots":{"listChanged":false}}`: {Roots: true},
		canAll:                            {Sampling: true, SamplingTools: true, Elicitation: true, ElicitationURL: true, Roots: true},
		`{"sampling":true,"elicitation":null,"roots":[]}`:            {},
		`{"sampling":{"tools":1},"elicitation":{"form":true}}`:       {Sampling: true, Elicitation: true},
		`{"experimental":{"sampling":{}},"tasks":{"elicitation":1}}`: {},
	} {
		session := d.sessionOf(d.alice, capabilities)
		d.ask(d.alice, session, "tools/call", `{"name":"x"}`)
		if can != want {
			t.Errorf("%s: %+v", capabilities, can)
		}
		if d.ask(d.alice, session, "tools/call", `{"name":"x"}`, "Accept", "application/json"); can != (upstream.Abilities{}) {
			t.Errorf("%s, without a stream: %+v", capabilities, can)
		}
	}
	for _, capabilities := range []string{`{"Sampling":{}}`, `{"roots":{},"ROOTS":{}}`, `{"sampling":{"Tools":{}}}`, `{"elicitation":{"URL":{}}}`, `null`, `[]`} {
		if code := d.do("POST", d.alice, strings.Replace(hello, `"capabilities":{}`, `"capabilities":`+capabilities, 1)).code(t); code != codeParams {
			t.Errorf("%s: %d", capabilities, code)
		}
	}
}

func TestClientWithoutAStreamIsNotAsked(t *testing.T) {
	d := open(t)
	session := d.sessionOf(d.alice, canAll)
	d.m.talk = func(ctx context.Context, client mediate.Client) (mediate.Reply, error) {
		if _, err := client.Ask(ctx, []mediate.Question{sampling(`{}`)}); err == nil {
			t.Error("a client that takes no stream has answered")
		}
		return mediate.Reply{Result: emptyObject}, nil
	}
	if g := d.ask(d.alice, session, "tools/call", `{"name":"x"}`, "Accept", "application/json"); g.body != `{"jsonrpc":"2.0","id":1,"result":{}}` {
		t.Errorf("%s", g.body)
	}
	if n := d.openQuestions(session); n != 0 {
		t.Errorf("%d questions are open", n)
	}
}

// However a call ends, no question of it stays open, and a client that is still there is told.
func TestQuestionEndsWithItsCall(t *testing.T) {
	for name, end := range map[string]func(d *door, session string, stream *listening){
		"the call is cancelled": func(d *door, session string, _ *listening) {
			d.do("POST", d.alice, `{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}`, "Mcp-Session-Id", session).want(t, 202)
		},
		"the client goes away": func(_ *door, _ string, stream *listening) { stream.close() },
		"the session ends": func(d *door, session string, _ *listening) {
			d.do("DELETE", d.alice, "", "Mcp-Session-Id", session).want(t, 204)
		},
	} {
		d := open(t)
		session := d.sessionOf(d.alice, canAll)
		s, _ := d.f.sessions.use(d.m.grant(d.t, d.alice), session)
		ended := make(chan struct{})
		d.m.talk = func(ctx context.Context, client mediate.Client) (mediate.Reply, error) {
			defer close(ended)
			_, err := client.Ask(ctx, []mediate.Question{sampling(`{}`)})
			return mediate.Reply{}, err
		}
		stream := d.ring(d.alice, session, call(1, "tools/call", `{"name":"x"}`))
		id := stream.asked()
		end(d, session, stream)
		within(t, name, ended)
		if s.questions.mu.Lock(); len(s.questions.open) != 0 {
			t.Errorf("%s: a question stays open", name)
		}
		s.questions.mu.Unlock()
		if name == "the client goes away" {
			continue
		}
		if event := stream.next(); event != `{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"`+id+`"}}` {
			t.Errorf("%s: the client is told %s", name, event)
		}
		if event := stream.next(); !strings.Contains(event, `"id":1,"error"`) {
			t.Errorf("%s: the call is answered %s", name, event)
		}
	}
}

// The answers to questions get in although the calls that wait for them have taken every place of their principal.
func TestAnswerNeedsNoPlaceAmongTheCalls(t *testing.T) {
	d := open(t, func(o *Options) { o.Turns = turns.New(2) })
	d.m.asking(sampling(`{}`))
	session := d.sessionOf(d.alice, canAll)
	first := d.ring(d.alice, session, call(1, "tools/call", `{"name":"x"}`))
	second := d.ring(d.alice, session, call(2, "tools/call", `{"name":"x"}`))
	ids := []string{first.asked(), second.asked()}
	d.ask(d.alice, session, "ping", "").want(t, 429)
	for i, stream := range []*listening{first, second} {
		d.do("POST", d.alice, reply(ids[i], `"result":{}`), "Mcp-Session-Id", session).want(t, 202)
		if event := stream.next(); !strings.Contains(event, `"result":"{}"`) {
			t.Errorf("the call is answered %s", event)
		}
	}
}

func TestNoticesComeBeforeTheirAnswerOnItsStream(t *testing.T) {
	d := open(t)
	session := d.session(d.alice)
	listener := d.listen(d.alice, session)
	var kept mediate.Client
	d.m.talk = func(_ context.Context, client mediate.Client) (mediate.Reply, error) {
		kept = client
		if client.WantsProgress() {
			client.Tell(upstream.Notice{Channel: registry.Progress, Params: ijson.MustParse([]byte("{\"progress\":0.50,\n\"message\":\"é\\n\"}"))})
		}
		if client.LogLevel() != "" {
			client.Tell(upstream.Notice{Channel: registry.Log, Params: ijson.MustParse([]byte(`{"level":"info","data":{"a":1}}`))})
		}
		return mediate.Reply{Result: emptyObject}, nil
	}
	plain := `{"jsonrpc":"2.0","id":1,"result":{}}`
	last := "event: message\ndata: " + plain + "\n\n"
	progress := func(token string) string {
		return `event: message` + "\n" + `data: {"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":` + token + `,"progress":0.50,"message":"é\n"}}` + "\n\n"
	}
	logged := "event: message\ndata: " + `{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":{"a":1}}}` + "\n\n"
	ask := func(meta string, headers ...string) string {
		return d.ask(d.alice, session, "tools/call", `{"name":"x"`+meta+`}`, headers...).body
	}
	for meta, want := range map[string]string{
		``: plain, `,"_meta":{}`: plain, `,"_meta":{"progressToken":null}`: plain, `,"_meta":{"progressToken":{}}`: plain,
		`,"_meta":{"progressToken":1.5}`: plain, `,"_meta":{"progressToken":"` + strings.Repeat("x", maxID) + `"}`: plain,
		`,"_meta":{"progressToken":7}`:    progress(`7`) + last,
		`,"_meta":{"progressToken":"7é"}`: progress(`"7é"`) + last,
	} {
		if body := ask(meta); body != want {
			t.Errorf("%s: %q", meta, body)
		}
	}
	d.ask(d.alice, session, "logging/setLevel", `{"level":"info"}`).result(t)
	if body := ask(`,"_meta":{"progressToken":7}`); body != progress(`7`)+logged+last {
		t.Errorf("%q", body)
	}
	if body := ask(`,"_meta":{"progressToken":7}`, "Accept", "application/json"); body != plain {
		t.Errorf("without a stream: %q", body)
	}
	kept.Tell(upstream.Notice{Channel: registry.Log, Params: ijson.MustParse([]byte(`{"level":"info","data":"late"}`))})
	d.m.replace(nil)
	if event := listener.next(); event != toldTools {
		t.Errorf("the session's other stream is told %s", event)
	}
}

// A client that takes nothing of what its call says holds up its own call only, and that not for long.
func TestCallOfAClientThatTakesNothingEnds(t *testing.T) {
	d := open(t, func(o *Options) { o.WriteTimeout = 300 * time.Millisecond })
	slow, quick := d.sessionOf(d.alice, canAll), d.sessionOf(d.alice, canAll)
	ended := make(chan struct{})
	long := ijson.MustParse([]byte(`{"level":"info","data":"` + strings.Repeat("x", 64<<10) + `"}`))
	d.m.talk = func(ctx context.Context, client mediate.Client) (mediate.Reply, error) {
		defer close(ended)
		for ctx.Err() == nil {
			client.Tell(upstream.Notice{Channel: registry.Log, Params: long})
		}
		return mediate.Reply{}, ctx.Err()
	}
	c, err := net.Dial("tcp", d.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.(*net.TCPConn).SetReadBuffer(1); err != nil {
		t.Fatal(err)
	}
	r := d.request(t.Context(), http.MethodPost, d.alice, call(1, "tools/call", `{"name":"x"}`), "Mcp-Session-Id", slow)
	if err := r.Write(c); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	d.ask(d.alice, quick, "ping", "").result(t)
	if took := time.Since(began); took > 250*time.Millisecond {
		t.Errorf("another request waited %v", took)
	}
	within(t, "the call ends", ended)
	d.m.talk = nil
	d.do("POST", d.alice, call(2, "tools/call", `{"name":"x"}`), "Mcp-Session-Id", slow).result(t)
}
