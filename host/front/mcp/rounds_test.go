package mcp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"argus/host/mediate"
	"argus/host/upstream"
	"argus/internal/ijson"
	"argus/plugin/sdk/registry"
)

// elicit is an elicitation with this key.
func elicit(key string) mediate.Question {
	return mediate.Question{Server: "notes", Channel: registry.Elicitation, Key: key, Params: ijson.MustParse([]byte(`{"message":"` + key + `?"}`))}
}

// interview is a tool that asks one round after another and tells how it ended.
type interview struct {
	rounds [][]mediate.Question
	ended  chan string
}

func newInterview(rounds ...[]mediate.Question) *interview {
	return &interview{rounds: rounds, ended: make(chan string, 10)}
}

func (i *interview) talk(ctx context.Context, client mediate.Client) (mediate.Reply, error) {
	var said []string
	for _, qs := range i.rounds {
		answers, err := client.Ask(ctx, qs)
		if err != nil {
			i.ended <- err.Error()
			return mediate.Reply{}, err
		}
		for _, a := range answers {
			said = append(said, a.Result.Raw())
		}
	}
	i.ended <- "done"
	out, _ := json.Marshal(strings.Join(said, " "))
	return mediate.Reply{Result: ijson.MustParse(`{"content":[{"type":"text","text":` + string(out) + `}]}`)}, nil
}

// end waits for the end of a call.
func (i *interview) end(t testing.TB) string {
	t.Helper()
	select {
	case how := <-i.ended:
		return how
	case <-time.After(10 * time.Second):
		t.Fatal("the call does not end")
		return ""
	}
}

// open reports whether no call has ended.
func (i *interview) open() bool { return len(i.ended) == 0 }

const echo = `"name":"notes__echo","arguments":{"x":1}`

// retryOf is the params of a request that goes on with a call.
func retryOf(members, state, answers string) string {
	return with(fmt.Sprintf(`%s,"requestState":%q,"inputResponses":%s`, members, state, answers))
}

// asked is the state of an answer that asks, which must ask for exactly these keys.
func (g got) asked(t testing.TB, keys ...string) (state string) {
	t.Helper()
	result := g.result(t)
	state, _ = result["requestState"].(string)
	requests, _ := result["inputRequests"].(map[string]any)
	if result["resultType"] != "input_required" || len(state) < 26 || len(requests) != len(keys) {
		t.Fatalf("it does not ask for %q: %s", keys, g.body)
	}
	for _, key := range keys {
		if requests[key] == nil {
			t.Fatalf("it does not ask for %q: %s", keys, g.body)
		}
	}
	return state
}

func (g got) text(t testing.TB) string {
	t.Helper()
	content, _ := g.result(t)["content"].([]any)
	if len(content) != 1 || g.result(t)["resultType"] != "complete" {
		t.Fatalf("it is not complete: %s", g.body)
	}
	text, _ := content[0].(map[string]any)["text"].(string)
	return text
}

func TestQuestionEndsTheRequestAndNotTheCall(t *testing.T) {
	d := open(t)
	i := newInterview([]mediate.Question{elicit("name"), elicit("age")}, []mediate.Question{elicit("name")})
	d.m.talk = i.talk
	g := d.modern(d.alice, "tools/call", with(echo))
	want := `"inputRequests":{"name":{"method":"elicitation/create","params":{"message":"name?"}},"age":{"method":"elicitation/create","params":{"message":"age?"}}},"requestState":"`
	if !strings.HasPrefix(g.body, `{"jsonrpc":"2.0","id":1,"result":{"resultType":"input_required",`+want) || strings.Contains(g.body, "cacheScope") {
		t.Errorf("%s", g.body)
	}
	first := g.asked(t, "name", "age")
	second := d.modern(d.alice, "tools/call", retryOf(echo, first, `{"name":{"n":1.0},"age":{},"other":{}}`)).asked(t, "name")
	if first == second {
		t.Error("the state of two rounds is the same")
	}
	if !i.open() {
		t.Error("the call has ended with its request")
	}
	if text := d.modern(d.alice, "tools/call", retryOf(echo, second, `{"name":{"last":true}}`)).text(t); text != `{"n":1.0} {} {"last":true}` {
		t.Errorf("the server was answered %s", text)
	}
	if asked := d.m.heard(); len(asked) != 1 || asked[0] != `alice/alice-1 call notes__echo {"x":1}` {
		t.Errorf("not one call: %q", asked)
	}
	if d.f.suspended.waiting() > 0 {
		t.Errorf("something is kept of a call that has ended")
	}
}

func TestQuestionWithoutParametersIsAskedWithNone(t *testing.T) {
	d := open(t)
	d.m.talk = newInterview([]mediate.Question{{Server: "notes", Channel: registry.Roots, Key: "where"}}).talk
	g := d.modern(d.alice, "tools/call", with(echo))
	if want := `"inputRequests":{"where":{"method":"roots/list","params":{}}},`; !strings.Contains(g.body, want) {
		t.Errorf("%s", g.body)
	}
	d.modern(d.alice, "tools/call", retryOf(echo, g.asked(t, "where"), `{"where":{"roots":[]}}`))
}

func TestQuestionsAreAskedOnWhateverMayBeAnsweredWithOne(t *testing.T) {
	d := open(t)
	for method, params := range map[string]string{"prompts/get": `"name":"notes__p"`, "resources/read": `"uri":"argus://notes/a"`} {
		i := newInterview([]mediate.Question{elicit("q")})
		d.m.talk = i.talk
		state := d.modern(d.alice, method, with(params)).asked(t, "q")
		if g := d.modern(d.alice, method, retryOf(params, state, `{"q":{}}`)); g.result(t)["resultType"] != "complete" {
			t.Errorf("%s: %s", method, g.body)
		}
	}
	for _, method := range []string{"resources/list", "prompts/list"} {
		i := newInterview([]mediate.Question{elicit("q")})
		d.m.talk = i.talk
		if g := d.modern(d.alice, method, with("")); g.result(t)["resultType"] != "complete" {
			t.Errorf("%s: %s", method, g.body)
		}
	}
}

// Each of these is an attack on a call that waits: none may reach it, none may be told that there is one, and none may take from its owner the
// way back.
func TestStateLeadsNobodyElseToTheCall(t *testing.T) {
	d := open(t)
	d.m.child(t, "bob", "ctx_two")
	i := newInterview([]mediate.Question{elicit("q")})
	d.m.talk = i.talk
	own := []string{"Argus-Context", "ctx_one"}
	state := d.modern(d.bob, "tools/call", with(echo), own...).asked(t, "q")
	d.m.heard()

	unknown := d.modern(d.alice, "tools/call", retryOf(echo, strings.Repeat("A", len(state)), `{"q":{}}`))
	if unknown.status != 200 || unknown.code(t) != codeParams {
		t.Fatalf("%d %s", unknown.status, unknown.body)
	}
	abler := strings.Replace(retryOf(echo, state, `{"q":{}}`), `clientCapabilities":{}`, `clientCapabilities":{"sampling":{}}`, 1)
	for name, g := range map[string]got{
		"another principal":    d.modern(d.alice, "tools/call", retryOf(echo, state, `{"q":{}}`)),
		"the parent's context": d.modern(d.bob, "tools/call", retryOf(echo, state, `{"q":{}}`)),
		"a sibling's context":  d.modern(d.bob, "tools/call", retryOf(echo, state, `{"q":{}}`), "Argus-Context", "ctx_two"),
		"another tool":         d.modern(d.bob, "tools/call", retryOf(`"name":"notes__x","arguments":{"x":1}`, state, `{"q":{}}`), own...),
		"another method":       d.modern(d.bob, "prompts/get", retryOf(`"name":"notes__echo","arguments":{"x":"1"}`, state, `{"q":{}}`), own...),
		"other arguments":      d.modern(d.bob, "tools/call", retryOf(`"name":"notes__echo","arguments":{"x":2}`, state, `{"q":{}}`), own...),
		"no arguments":         d.modern(d.bob, "tools/call", retryOf(`"name":"notes__echo"`, state, `{"q":{}}`), own...),
		"more params":          d.modern(d.bob, "tools/call", retryOf(echo+`,"task":{}`, state, `{"q":{}}`), own...),
		"other abilities":      d.modern(d.bob, "tools/call", abler, own...),
		"a longer state":       d.modern(d.bob, "tools/call", retryOf(echo, state+"-TAMPERED", `{"q":{}}`), own...),
		"a shorter state":      d.modern(d.bob, "tools/call", retryOf(echo, state[1:], `{"q":{}}`), own...),
		"small letters":        d.modern(d.bob, "tools/call", retryOf(echo, strings.ToLower(state), `{"q":{}}`), own...),
	} {
		if g.status != unknown.status || g.body != unknown.body {
			t.Errorf("%s is told %d %s, where an unknown state is told %s", name, g.status, g.body, unknown.body)
		}
	}
	if asked := d.m.heard(); len(asked) > 0 || !i.open() {
		t.Errorf("something came of it: %q", asked)
	}
	// The same value in another spelling is the same request.
	again := retryOf(`"arguments":{"x":1.0}, "name":"notes__ech\u006f"`, state, `{"q":{"owner":1}}`)
	if text := d.modern(d.bob, "tools/call", again, append(own, "Mcp-Name", "notes__echo")...).text(t); text != `{"owner":1}` {
		t.Errorf("the owner got %s", text)
	}
}

func TestStateIsGoodOnce(t *testing.T) {
	d := open(t)
	i := newInterview([]mediate.Question{elicit("q")}, []mediate.Question{elicit("r")})
	d.m.talk = i.talk
	first := d.modern(d.alice, "tools/call", with(echo)).asked(t, "q")
	second := d.modern(d.alice, "tools/call", retryOf(echo, first, `{"q":{}}`)).asked(t, "r")
	for range 2 {
		if code := d.modern(d.alice, "tools/call", retryOf(echo, first, `{"q":{},"r":{}}`)).code(t); code != codeParams {
			t.Errorf("a state that was used: %d", code)
		}
	}
	d.modern(d.alice, "tools/call", retryOf(echo, second, `{"r":{}}`)).text(t)
	if code := d.modern(d.alice, "tools/call", retryOf(echo, second, `{"r":{}}`)).code(t); code != codeParams {
		t.Errorf("the state of a call that has ended: %d", code)
	}
}

func TestOfRetriesThatRaceOneIsHeard(t *testing.T) {
	d := open(t)
	i := newInterview([]mediate.Question{elicit("q")})
	d.m.talk = i.talk
	for range 20 {
		state := d.modern(d.alice, "tools/call", with(echo)).asked(t, "q")
		answers := make(chan got)
		for n := range 4 {
			r := d.modernRequest(t.Context(), d.alice, n, "tools/call", retryOf(echo, state, fmt.Sprintf(`{"q":{"n":%d}}`, n)))
			go func() { answers <- d.send(r) }()
		}
		won := 0
		for range 4 {
			if g := <-answers; strings.Contains(g.body, `"result"`) {
				won++
			} else if g.code(t) != codeParams {
				t.Errorf("%s", g.body)
			}
		}
		if won != 1 || i.end(t) != "done" || !i.open() {
			t.Fatalf("%d of 4 retries were heard", won)
		}
	}
}

func TestMissingAnswerIsAskedForAgain(t *testing.T) {
	d := open(t)
	i := newInterview([]mediate.Question{elicit("a"), elicit("b")})
	d.m.talk = i.talk
	state := d.modern(d.alice, "tools/call", with(echo)).asked(t, "a", "b")
	state = d.modern(d.alice, "tools/call", retryOf(echo, state, `{"A":{},"c":{}}`)).asked(t, "a", "b")
	state = d.modern(d.alice, "tools/call", with(echo+`,"requestState":"`+state+`"`)).asked(t, "a", "b")
	state = d.modern(d.alice, "tools/call", retryOf(echo, state, `{"b":{"first":1}}`)).asked(t, "a", "b")
	if !i.open() {
		t.Fatal("the call has ended without its answers")
	}
	if text := d.modern(d.alice, "tools/call", retryOf(echo, state, `{"a":{},"b":{"second":2}}`)).text(t); text != `{} {"second":2}` {
		t.Errorf("%s", text)
	}
}

func TestAnswerOfTheWrongShapeIsRefusedAndCostsNothing(t *testing.T) {
	d := open(t)
	i := newInterview([]mediate.Question{elicit("q")})
	d.m.talk = i.talk
	state := d.modern(d.alice, "tools/call", with(echo)).asked(t, "q")
	d.m.heard()
	for _, params := range []string{
		retryOf(echo, state, `null`), retryOf(echo, state, `[]`), retryOf(echo, state, `{"q":12345}`), retryOf(echo, state, `{"q":null}`),
		retryOf(echo, state, `{"q":{},"other":"x"}`), retryOf(echo, "", `{"q":{}}`), with(echo + `,"requestState":1`), with(echo + `,"requestState":null`),
		with(echo + `,"inputResponses":{"q":1}`), with(echo + `,"inputresponses":{}`), with(echo + `,"RequestState":"` + state + `"`),
	} {
		if g := d.modern(d.alice, "tools/call", params); g.code(t) != codeParams || strings.Contains(g.body, state) {
			t.Errorf("%s: %s", params, g.body)
		}
	}
	if asked := d.m.heard(); len(asked) > 0 || !i.open() {
		t.Errorf("something came of it: %q", asked)
	}
	d.modern(d.alice, "tools/call", retryOf(echo, state, `{"q":{}}`)).text(t)
}

func TestAnswerThatNobodyAskedForReachesNobody(t *testing.T) {
	d := open(t)
	i := newInterview([]mediate.Question{elicit("q")})
	d.m.talk = i.talk
	d.modern(d.alice, "tools/call", with(echo+`,"inputResponses":{"q":{}}`)).asked(t, "q")
	if asked := d.m.heard(); len(asked) != 1 || asked[0] != `alice/alice-1 call notes__echo {"x":1}` {
		t.Errorf("%q", asked)
	}
}

// What mediate does when nobody answers in time is to end the question's context, and then the call's.
func TestStateOfAnExpiredQuestionIsNone(t *testing.T) {
	d := open(t)
	i := newInterview([]mediate.Question{elicit("q")})
	d.m.talk = func(ctx context.Context, client mediate.Client) (mediate.Reply, error) {
		ctx, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
		defer cancel()
		return i.talk(ctx, client)
	}
	state := d.modern(d.alice, "tools/call", with(echo)).asked(t, "q")
	if how := i.end(t); how != context.DeadlineExceeded.Error() {
		t.Errorf("the call ends: %s", how)
	}
	for d.f.suspended.waiting() > 0 { // its answer is being thrown away
		time.Sleep(time.Millisecond)
	}
	if code := d.modern(d.alice, "tools/call", retryOf(echo, state, `{"q":{}}`)).code(t); code != codeParams {
		t.Errorf("%d", code)
	}
}

// waiting counts what is kept of calls that wait.
func (s *suspended) waiting() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.calls) + len(s.places)
}

// A server may take its question back and go on: the client that comes with the answer gets what became of the call.
func TestQuestionTakenBackLeavesTheCallItsWayBack(t *testing.T) {
	d := open(t)
	back, came := make(chan struct{}), make(chan struct{})
	d.m.talk = func(ctx context.Context, client mediate.Client) (mediate.Reply, error) {
		asking, cancel := context.WithCancel(ctx)
		cancel()
		if _, err := client.Ask(asking, []mediate.Question{elicit("q")}); !errors.Is(err, context.Canceled) {
			t.Errorf("%v", err)
		}
		close(back)
		<-came
		return mediate.Reply{Result: ijson.MustParse(`{"content":[{"type":"text","text":"without"}]}`)}, nil
	}
	state := d.modern(d.alice, "tools/call", with(echo)).asked(t, "q")
	within(t, "the question is taken back", back)
	r := d.modernRequest(t.Context(), d.alice, 2, "tools/call", retryOf(echo, state, `{"q":{}}`))
	answer := make(chan got, 1)
	go func() { answer <- d.send(r) }()
	for until := time.Now().Add(10 * time.Second); d.f.Turns.Taken("alice") == 0 && time.Now().Before(until); {
		time.Sleep(time.Millisecond)
	}
	time.Sleep(10 * time.Millisecond)
	close(came)
	if text := (<-answer).text(t); text != "without" {
		t.Errorf("%s", text)
	}
}

// A server that takes its question back and asks another has no answer yet, though both have one key: what a person said to the first question was
// not said to the second, whose channel may be another.
func TestAnswerToAQuestionTakenBackAnswersNoOther(t *testing.T) {
	d := open(t)
	first, second := mediate.Question{Server: "notes", Channel: registry.Elicitation}, mediate.Question{Server: "notes", Channel: registry.Sampling}
	given := make(chan string, 1)
	asked := make(chan struct{})
	d.m.talk = func(ctx context.Context, client mediate.Client) (mediate.Reply, error) {
		asking, cancel := context.WithCancel(ctx)
		cancel()
		_, _ = client.Ask(asking, []mediate.Question{first})
		go func() {
			defer close(asked)
			for until := time.Now().Add(10 * time.Second); !client.(*talk).asksFor(second) && time.Now().Before(until); {
				time.Sleep(time.Millisecond)
			}
		}()
		answers, err := client.Ask(ctx, []mediate.Question{second})
		if err != nil {
			return mediate.Reply{}, err
		}
		given <- answers[0].Result.Raw()
		return mediate.Reply{Result: ijson.MustParse(`{"content":[{"type":"text","text":"done"}]}`)}, nil
	}
	state := d.modern(d.alice, "tools/call", with(echo)).asked(t, "question-1")
	within(t, "the other question is asked", asked)
	again := d.modern(d.alice, "tools/call", retryOf(echo, state, `{"question-1":{"to":"the first"}}`))
	state = again.asked(t, "question-1")
	if !strings.Contains(string(again.body), second.Method()) {
		t.Errorf("%s", again.body)
	}
	if text := d.modern(d.alice, "tools/call", retryOf(echo, state, `{"question-1":{"to":"the second"}}`)).text(t); text != "done" {
		t.Errorf("%s", text)
	}
	if answer := <-given; answer != `{"to":"the second"}` {
		t.Errorf("the second question was answered with %s", answer)
	}
}

func (c *talk) asksFor(q mediate.Question) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.open != nil && c.open.questions[0] == q
}

func TestWaitingCallsOfOnePrincipalAreBounded(t *testing.T) {
	d := open(t, func(o *Options) { o.Suspended = 2 })
	i := newInterview([]mediate.Question{elicit("q")}, []mediate.Question{elicit("r")})
	d.m.talk = i.talk
	first := d.modern(d.alice, "tools/call", with(echo)).asked(t, "q")
	d.modern(d.alice, "tools/call", with(echo)).asked(t, "q")
	d.modern(d.alice, "tools/call", with(echo)).code(t)
	if how := i.end(t); how != errNoPlace.Error() {
		t.Errorf("a third call ends: %s", how)
	}
	d.modern(d.bob, "tools/call", with(echo)).asked(t, "q") // another principal's place is its own

	second := d.modern(d.alice, "tools/call", retryOf(echo, first, `{"q":{}}`)).asked(t, "r") // it has its place
	d.modern(d.alice, "tools/call", retryOf(echo, second, `{"r":{}}`)).text(t)
	d.modern(d.alice, "tools/call", with(echo)).asked(t, "q")
}

func TestClientThatGoesAwayDuringARoundCancelsTheCall(t *testing.T) {
	d := open(t)
	asked, ended := make(chan struct{}), make(chan struct{})
	d.m.talk = func(ctx context.Context, client mediate.Client) (mediate.Reply, error) {
		if _, err := client.Ask(ctx, []mediate.Question{elicit("q")}); err != nil {
			return mediate.Reply{}, err
		}
		close(asked)
		<-ctx.Done()
		close(ended)
		return mediate.Reply{}, ctx.Err()
	}
	state := d.modern(d.alice, "tools/call", with(echo)).asked(t, "q")
	d.http.CloseIdleConnections() // the connection of the first round has nothing to do with the call
	ctx, leave := context.WithCancel(t.Context())
	r := d.modernRequest(ctx, d.alice, 2, "tools/call", retryOf(echo, state, `{"q":{}}`))
	go func() {
		if response, err := d.http.Do(r); err == nil {
			response.Body.Close()
		}
	}()
	within(t, "the call goes on", asked)
	leave()
	within(t, "the call is cancelled", ended)
}

func TestClosingDoorEndsWaitingCalls(t *testing.T) {
	d := open(t)
	i := newInterview([]mediate.Question{elicit("q")})
	d.m.talk = i.talk
	d.modern(d.alice, "tools/call", with(echo)).asked(t, "q")
	d.f.Close()
	if i.open() {
		t.Error("the door is closed before the call is settled")
	}
	if how := i.end(t); how == "done" {
		t.Error("a call that nobody answered was answered")
	}
}

func TestNoticesGoOverTheirOwnRequestBeforeItsAnswer(t *testing.T) {
	d := open(t)
	d.m.talk = func(ctx context.Context, client mediate.Client) (mediate.Reply, error) {
		say := func(n string) {
			client.Tell(upstream.Notice{Channel: registry.Progress, Params: ijson.MustParse([]byte(`{"progress":` + n + `}`))})
			client.Tell(upstream.Notice{Channel: registry.Log, Params: ijson.MustParse([]byte(`{"level":"info","data":` + n + `}`))})
			client.Tell(upstream.Notice{Channel: registry.Log, Params: ijson.MustParse([]byte(`{"level":"error","data":` + n + `}`))})
		}
		say("1")
		if _, err := client.Ask(ctx, []mediate.Question{elicit("q")}); err != nil {
			return mediate.Reply{}, err
		}
		say("2")
		return mediate.Reply{Result: ijson.MustParse(`{"content":[]}`)}, nil
	}
	events := func(g got) []string {
		var lines []string
		for line := range strings.Lines(g.body) {
			if data, ok := strings.CutPrefix(line, "data: "); ok {
				lines = append(lines, strings.TrimSpace(data))
			}
		}
		return lines
	}
	first := events(d.modern(d.alice, "tools/call", `{`+echo+`,`+said(`,"progressToken":"a","io.modelcontextprotocol/logLevel":"error"`)+`}`))
	if len(first) != 3 || first[0] != `{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":"a","progress":1}}` ||
		first[1] != `{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"error","data":1}}` {
		t.Fatalf("%q", first)
	}
	state := got{status: 200, body: first[2]}.asked(t, "q")
	retry := fmt.Sprintf(`{%s,"requestState":%q,"inputResponses":{"q":{}},%s}`, echo, state, said(`,"progressToken":7`))
	second := events(d.modern(d.alice, "tools/call", retry))
	if len(second) != 2 || second[0] != `{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":7,"progress":2}}` ||
		!strings.Contains(second[1], `"resultType":"complete"`) {
		t.Errorf("%q", second)
	}
	// Who wants nothing gets the answer alone.
	if g := d.modern(d.alice, "tools/call", with(echo)); g.header.Get("Content-Type") != mediaJSON {
		t.Errorf("%s", g.body)
	}
}

func TestKeysOfQuestionsAreTakenOverAsFarAsTheyTellThemApart(t *testing.T) {
	long := strings.Repeat("k", maxKey+1)
	for name, c := range map[string]struct{ keys, want []string }{
		"distinct":         {[]string{"a", "b"}, []string{"a", "b"}},
		"none":             {[]string{"", ""}, []string{"question-1", "question-2"}},
		"twice":            {[]string{"a", "a"}, []string{"a", "question-1"}},
		"taken by a later": {[]string{"", "question-1", "a", "a"}, []string{"question-2", "question-1", "a", "question-3"}},
		"too long":         {[]string{long, "a"}, []string{"question-1", "a"}},
	} {
		var qs []mediate.Question
		for _, key := range c.keys {
			qs = append(qs, elicit(key))
		}
		if got := newAsking(qs).keys; !slices.Equal(got, c.want) {
			t.Errorf("%s: %q", name, got)
		}
	}
}
