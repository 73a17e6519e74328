//go:build linux

package upstream

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"argus/host/fault"
	"argus/internal/ijson"
	"argus/plugin/sdk/registry"
)

// client is a Listener that keeps what it hears and answers questions as the test says.
type client struct {
	mu     sync.Mutex
	heard  []string
	asked  chan Question
	answer func(Question) // nil leaves the question open
}

func newClient(answer func(Question)) *client {
	return &client{asked: make(chan Question, 100), answer: answer}
}

func (c *client) Told(n Notice) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.heard = append(c.heard, n.Channel.String()+" "+n.Params.Raw())
}

func (c *client) Asked(qs []Question) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, q := range qs {
		c.heard = append(c.heard, "asked "+q.Channel.String()+" "+q.Params.Raw())
		c.asked <- q
		if c.answer != nil {
			c.answer(q)
		}
	}
}

func (c *client) all() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return strings.Join(c.heard, "\n")
}

var everyAbility = Abilities{Sampling: true, SamplingTools: true, Elicitation: true, ElicitationURL: true, Roots: true}

// talking are options under which every channel is declared.
func talking() Options {
	o := quick()
	o.Channels = func(string) Channels { return Channels{Abilities: everyAbility, Log: true} }
	return o
}

// play is a call of the rogue that plays a script; see examples/servers/rogue/script.go.
func play(agent string, l Listener, script ...string) Request {
	quoted, err := json.Marshal(script)
	if err != nil {
		panic(err)
	}
	return Request{
		Server: "rogue", Agent: agent, Method: "tools/call", Params: fmt.Appendf(nil, `{"name":"echo","arguments":{"script":%s}}`, quoted),
		Listener: l, Abilities: everyAbility, LogLevel: "info", Progress: true,
	}
}

func played(t testing.TB, s *Set, q Request) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	r, err := s.Call(ctx, q)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(text(t, r))
}

const (
	asksRoots    = `{"jsonrpc":"2.0","id":"q1","method":"roots/list"}`
	asksSampling = `{"jsonrpc":"2.0","id":"q2","method":"sampling/createMessage","params":{"_meta":{"progressToken":1},"messages":[],"maxTokens":5}}`
	asksForm     = `{"jsonrpc":"2.0","id":3,"method":"elicitation/create","params":{"message":"who?","requestedSchema":{"type":"object"}}}`
	asksURL      = `{"jsonrpc":"2.0","id":4,"method":"elicitation/create","params":{"mode":"url","message":"go","url":"https://example.com","elicitationId":"e"}}`
	progress     = `{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":$token,"progress":1,"total":2,"message":"half","x":1}}`
	logs         = `{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","logger":"l","data":{"a":1},"_meta":{}}}`
)

const closedAnswer = `result= error={"code":-32601,"message":"closed by Argus"}`

func TestQuestionsOfACallAreAnsweredByItsClient(t *testing.T) {
	s, _ := ready(t, talking(), rogue(t, "script"))
	c := newClient(func(q Question) {
		if q.Channel == registry.Roots {
			q.Decline(-1, "no \"roots\"")
			return
		}
		if !q.Answer([]byte("{\"of\":\n\"" + q.Channel.String() + "\"}")) {
			t.Error("an answer was not taken")
		}
		if q.Answer([]byte(`{}`)) || q.Decline(1, "again") {
			t.Error("a second answer was taken")
		}
	})
	got := played(t, s, play("a", c, asksSampling, "read", asksForm, "read", asksURL, "read", asksRoots, "read", "reply"))
	want := `"q2" result={"of": "sampling"} error=
3 result={"of": "elicitation"} error=
4 result={"of": "elicitation"} error=
"q1" result= error={"code":-1,"message":"no \"roots\""}`
	if got != want {
		t.Errorf("the server was told\n%s", got)
	}
	heard := `asked sampling {"messages":[],"maxTokens":5}
asked elicitation {"message":"who?","requestedSchema":{"type":"object"}}
asked elicitation {"mode":"url","message":"go","url":"https://example.com","elicitationId":"e"}
asked roots `
	if c.all() != heard {
		t.Errorf("the client heard\n%s", c.all())
	}
}

func TestNoticesOfACallComeInOrderBeforeItsReply(t *testing.T) {
	s, _ := ready(t, talking(), rogue(t, "script"))
	c := newClient(nil)
	played(t, s, play("a", c, progress, logs, progress, "reply"))
	notice := `progress {"progress":1,"total":2,"message":"half"}`
	if want := notice + "\n" + `log {"level":"info","logger":"l","data":{"a":1}}` + "\n" + notice; c.all() != want {
		t.Errorf("the client heard\n%s", c.all())
	}
}

// Each line is something that must not reach the client. The progress before and after it does: the control.
func TestNoticesThatBelongToNobodyAreDropped(t *testing.T) {
	one := `progress {"progress":1,"total":2,"message":"half"}`
	for name, line := range map[string]string{
		"foreign token":     strings.Replace(progress, "$token", "1000", 1),
		"token as text":     strings.Replace(progress, "$token", `"$token"`, 1),
		"token of a list":   strings.Replace(progress, "$token", "1", 1),
		"no number":         strings.Replace(progress, `"progress":1`, `"progress":"1"`, 1),
		"message no text":   strings.Replace(progress, `"half"`, `{"a":1}`, 1),
		"too long":          strings.Replace(progress, "half", strings.Repeat("x", maxNotice), 1),
		"unwanted level":    strings.Replace(logs, "info", "debug", 1),
		"unknown level":     strings.Replace(logs, "info", "INFO", 1),
		"log without data":  strings.Replace(logs, `"data"`, `"date"`, 1),
		"unknown":           `{"jsonrpc":"2.0","method":"notifications/unknown","params":{}}`,
		"cancels no asking": `{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}`,
	} {
		t.Run(name, func(t *testing.T) {
			s, _ := ready(t, talking(), rogue(t, "script"))
			c := newClient(nil)
			played(t, s, play("a", c, progress, line, progress, "reply"))
			if c.all() != one+"\n"+one {
				t.Errorf("the client heard\n%s", c.all())
			}
			if n := only(t, s).Counts.Dropped; n != 1 {
				t.Errorf("%d dropped", n)
			}
		})
	}
}

func TestUnwantedNoticesAreDropped(t *testing.T) {
	s, w := ready(t, talking(), rogue(t, "script"))
	c := newClient(nil)
	q := play("a", c, strings.Replace(progress, "$token", "$id", 1), logs, "reply")
	q.Progress, q.LogLevel = false, ""
	played(t, s, q)
	if c.all() != "" || len(w.news("rogue", 0)) != 0 {
		t.Errorf("heard %q", c.all())
	}
	quiet := play("a", nil, logs, asksRoots, "read", "reply")
	if got := played(t, s, quiet); !strings.HasSuffix(got, closedAnswer) {
		t.Errorf("without a listener the server was told %s", got)
	}
}

func TestWhatIsNotDeclaredIsClosed(t *testing.T) {
	s, w := ready(t, quick(), rogue(t, "script"))
	c := newClient(func(q Question) { q.Answer([]byte(`{}`)) })
	got := played(t, s, play("a", c, logs, asksSampling, "read", asksForm, "read", asksURL, "read", asksRoots, "read", "reply"))
	if strings.Count(got, closedAnswer) != 4 || c.all() != "" || len(w.news("rogue", 0)) != 0 {
		t.Errorf("the server was told\n%s\nand the client heard\n%s", got, c.all())
	}
}

func TestQuestionsThatTheClientCannotAnswerAreClosed(t *testing.T) {
	s, _ := ready(t, talking(), rogue(t, "script"))
	for name, q := range map[string]struct {
		asks string
		able Abilities
	}{
		"no sampling":    {asksSampling, Abilities{Elicitation: true, ElicitationURL: true, Roots: true, SamplingTools: true}},
		"no form":        {asksForm, Abilities{Sampling: true, ElicitationURL: true, Roots: true}},
		"no url":         {asksURL, Abilities{Sampling: true, Elicitation: true, Roots: true}},
		"no roots":       {asksRoots, Abilities{Sampling: true, Elicitation: true}},
		"sampling tools": {strings.Replace(asksSampling, `"maxTokens"`, `"tools":[],"maxTokens"`, 1), Abilities{Sampling: true}},
	} {
		c := newClient(func(q Question) { q.Answer([]byte(`{}`)) })
		request := play("a", c, q.asks, "read", "reply")
		request.Abilities = q.able
		if got := played(t, s, request); !strings.HasSuffix(got, closedAnswer) || c.all() != "" {
			t.Errorf("%s: the server was told %s", name, got)
		}
		request.Abilities = everyAbility
		if got := played(t, s, request); !strings.Contains(got, "result={}") {
			t.Errorf("control of %s: the server was told %s", name, got)
		}
	}
}

func TestMalformedQuestionsAreRefused(t *testing.T) {
	s, _ := ready(t, talking(), rogue(t, "script"))
	ask := func(method, params string) string {
		return fmt.Sprintf(`{"jsonrpc":"2.0","id":9,"method":%q,"params":%s}`, method, params)
	}
	for _, line := range []string{
		ask("sampling/createMessage", `{"messages":{},"maxTokens":5}`), ask("sampling/createMessage", `[]`), ask("sampling/createMessage", `{"messages":[]}`),
		ask("elicitation/create", `{"message":"m","requestedSchema":true}`), ask("elicitation/create", `{"mode":"voice","message":"m","requestedSchema":{}}`),
		ask("elicitation/create", `{"mode":1,"message":"m","requestedSchema":{}}`), ask("elicitation/create", `{"mode":"url","message":"m"}`),
		ask("roots/list", `[]`), ask("roots/list", `null`),
	} {
		c := newClient(nil)
		if got := played(t, s, play("a", c, line, "read", "reply")); !strings.Contains(got, "-32602") || c.all() != "" {
			t.Errorf("%s was told %s", line, got)
		}
	}
}

func TestQuestionOutsideAnyCallIsClosed(t *testing.T) {
	s, _ := ready(t, talking(), rogue(t, "script"))
	c := newClient(func(q Question) { q.Answer([]byte(`{}`)) })
	played(t, s, play("a", c, "reply", asksRoots, "read"))
	for only(t, s).Counts.Closed != 1 {
		time.Sleep(time.Millisecond)
	}
	if c.all() != "" {
		t.Errorf("after its call the client heard %q", c.all())
	}
	if got := played(t, s, play("a", c, asksRoots, "read", "reply")); got != `"q1" result={} error=` {
		t.Errorf("within a call the server was told %s", got)
	}
}

func TestReplyWithdrawsTheQuestionsOfItsCall(t *testing.T) {
	s, _ := ready(t, talking(), rogue(t, "script"))
	c := newClient(nil)
	played(t, s, play("a", c, asksRoots, "reply", "read"))
	q := <-c.asked
	<-q.Withdrawn
	if q.Answer([]byte(`{}`)) {
		t.Error("the answer was taken after the reply")
	}
	// "read" ended, so the server was told something; it is ready for the next call.
	played(t, s, play("a", newClient(nil), "reply"))
}

func TestServerMayTakeBackItsQuestion(t *testing.T) {
	s, _ := ready(t, talking(), rogue(t, "script"))
	c := newClient(nil)
	back := `{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"q1"}}`
	if got := played(t, s, play("a", c, asksRoots, back, strings.Replace(asksRoots, "q1", "other", 1), back, "reply")); got != "" {
		t.Errorf("the server was told %s", got)
	}
	q := <-c.asked
	<-q.Withdrawn
	if q.Decline(1, "late") {
		t.Error("a question that was taken back was answered")
	}
}

func TestQuestionsOfACancelledCallAreClosed(t *testing.T) {
	s, _ := ready(t, talking(), rogue(t, "script"))
	c := newClient(nil)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-c.asked
		cancel()
	}()
	// One question is open when the call is cancelled, another comes after it.
	_, err := s.Call(ctx, play("a", c, asksRoots, "read", "cancelled", strings.Replace(asksRoots, "q1", "late", 1), "read"))
	if fault.KindOf(err) != fault.Timeout {
		t.Fatal(err)
	}
	// The server plays the next call only when it has read both answers.
	if got := played(t, s, play("a", nil, "reply")); got != "" || c.all() != "asked roots " {
		t.Errorf("the server was told %s, the client heard %s", got, c.all())
	}
	if n := only(t, s).Counts.Closed; n != 2 {
		t.Errorf("%d closed", n)
	}
}

func TestSecondQuestionUnderOneIDIsAViolation(t *testing.T) {
	s, w := ready(t, talking(), rogue(t, "script"))
	if _, err := s.Call(t.Context(), play("a", newClient(nil), asksRoots, asksRoots)); fault.KindOf(err) != fault.Unavailable {
		t.Fatal(err)
	}
	mustContain(t, w.awaitDown(t, "rogue"), "twice")
}

func TestOpenQuestionsAreBounded(t *testing.T) {
	s, _ := ready(t, talking(), rogue(t, "script"))
	var lines []string
	for i := range maxQuestions + 1 {
		lines = append(lines, strings.Replace(asksRoots, "q1", fmt.Sprint(i), 1))
	}
	c := newClient(nil)
	got := played(t, s, play("a", c, append(lines, "read", "reply")...))
	if got != fmt.Sprintf(`"%d" `, maxQuestions)+closedAnswer || len(c.asked) != maxQuestions {
		t.Errorf("the server was told %s, the client was asked %d times", got, len(c.asked))
	}
}

func TestLongQuestionIsClosed(t *testing.T) {
	s, _ := ready(t, talking(), rogue(t, "script"))
	c := newClient(func(q Question) { q.Answer([]byte(`{}`)) })
	long := func(n int) string { return strings.Replace(asksForm, "who?", strings.Repeat("w", n), 1) }
	if got := played(t, s, play("a", c, long(maxQuestion), "read", "reply")); got != "3 "+closedAnswer || c.all() != "" {
		t.Errorf("the server was told %s", got)
	}
	if got := played(t, s, play("a", c, long(maxQuestion/2), "read", "reply")); got != "3 result={} error=" {
		t.Errorf("of half the length the server was told %s", got)
	}
}

// A client that answers at length cannot have the server ended whose queue it filled.
func TestAnswerThatFindsTheQueueFullIsNotSent(t *testing.T) {
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	defer write.Close()
	s := newServer(Spec{Name: "s"}, nil, nil, Options{}.withDefaults())
	life := &session{server: s, out: newOutbox(write, 1<<20), calls: newCalls(1), ended: make(chan struct{})}
	life.questions = newQuestions(life)
	for life.out.request(1, "tools/call", []byte(`{"name":"`+strings.Repeat("n", 100<<10)+`"}`), nil) == nil {
	}
	c := newClient(nil)
	if err := life.questions.ask(&flight{listener: c, questions: life.questions}, registry.Roots, ijson.MustParse(`1`), ijson.Value{}); err != nil {
		t.Fatal(err)
	}
	if q := <-c.asked; q.Answer([]byte(`{"roots":"` + strings.Repeat("r", 2<<20) + `"}`)) {
		t.Error("an answer was taken that does not fit")
	}
	select {
	case <-life.ended:
		t.Errorf("the server was ended: %v", life.why)
	default:
	}
}

func TestAnswersAreBounded(t *testing.T) {
	o := talking()
	o.FrameBytes = 10_000
	s, _ := ready(t, o, rogue(t, "script"))
	c := newClient(func(q Question) {
		if q.Answer([]byte(`{"a":"` + strings.Repeat("a", 10_000) + `"}`)) {
			t.Error("an answer of 10 kB was taken")
		}
	})
	if got := played(t, s, play("a", c, asksRoots, "read", "reply")); !strings.Contains(got, "-32603") {
		t.Errorf("the server was told %.100s", got)
	}
}

func TestFloodOfNoticesIsCutAndTheCallGoesOn(t *testing.T) {
	o := talking()
	o.NoticeBytes = 1000
	s, _ := ready(t, o, rogue(t, "script"))
	var lines []string
	for range 100 {
		lines = append(lines, progress)
	}
	c := newClient(nil)
	played(t, s, play("a", c, append(lines, "reply")...))
	if got := strings.Count(c.all(), "progress {"); got == 0 || got > 20 {
		t.Errorf("%d notices came", got)
	}
	if only(t, s).Counts.Dropped == 0 {
		t.Error("nothing was counted")
	}
}

// Two agents call a server that may ask. The second's call reaches the server only when the first is done, and each is asked only its own.
func TestAgentsAreNotAskedEachOthersQuestions(t *testing.T) {
	s, _ := ready(t, talking(), rogue(t, "script"))
	first, second := newClient(nil), newClient(func(q Question) { q.Answer([]byte(`{"of":"second"}`)) })
	done := make(chan string)
	go func() { done <- played(t, s, play("a", first, asksRoots, "pause", asksForm, "read", "read", "reply")) }()
	open := []Question{<-first.asked}
	go func() { done <- played(t, s, play("b", second, asksSampling, "read", "reply")) }()
	open = append(open, <-first.asked)
	for _, q := range open {
		q.Answer([]byte(`{"of":"first"}`))
	}
	if got := <-done; strings.Count(got, "first") != 2 || strings.Contains(got, "second") {
		t.Errorf("in the first call the server was told\n%s", got)
	}
	if got := <-done; got != `"q2" result={"of":"second"} error=` {
		t.Errorf("in the second call the server was told\n%s", got)
	}
	if second.all() != `asked sampling {"messages":[],"maxTokens":5}` {
		t.Errorf("the second heard\n%s", second.all())
	}
}

// A server that says after the cancelling of a call what belongs to it does not say it to the next agent.
func TestCancelledCallIsNotContinuedInTheNextAgents(t *testing.T) {
	o := talking()
	o.Linger = 200 * time.Millisecond
	s, w := ready(t, o, rogue(t, "script"))
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	_, err := s.Call(ctx, play("a", newClient(nil), "cancelled", logs, asksRoots, "read"))
	if fault.KindOf(err) != fault.Timeout {
		t.Fatal(err)
	}
	c := newClient(nil)
	played(t, s, play("b", c, "reply"))
	if c.all() != "" || only(t, s).Counts.Closed != 1 {
		t.Errorf("the next agent heard %q", c.all())
	}
	if n := w.news("rogue", 0); len(n) != 1 || n[0].Kind != Logged {
		t.Errorf("the news are %v", n)
	}
}

// Without channels by which it may speak, a server's calls do not wait for each other: the control of the turns.
func TestAgentsOfASilentServerDoNotWait(t *testing.T) {
	s, _ := ready(t, quick(), rogue(t, "script"))
	ctx, cancel := context.WithCancel(t.Context())
	hung := make(chan error)
	go func() {
		_, err := s.Call(ctx, play("a", nil))
		hung <- err
	}()
	played(t, s, play("b", nil, "reply"))
	cancel()
	<-hung
}

func TestNewsAreToldOutsideCalls(t *testing.T) {
	s, w := ready(t, talking(), rogue(t, "script"))
	c := newClient(nil)
	played(t, s, play("a", c, "reply",
		`{"jsonrpc":"2.0","method":"notifications/resources/updated","params":{"uri":"test://a"}}`,
		`{"jsonrpc":"2.0","method":"notifications/resources/updated","params":{"uri":7}}`,
		`{"jsonrpc":"2.0","method":"notifications/resources/updated","params":{"uri":"`+strings.Repeat("u", maxURI+1)+`"}}`,
		`{"jsonrpc":"2.0","method":"notifications/resources/list_changed"}`,
		`{"jsonrpc":"2.0","method":"notifications/prompts/list_changed"}`, logs))
	got := await(t, w, func() []News { return w.news("rogue", 4) })
	want := []News{
		{Kind: Updated, Channel: registry.Resources, URI: "test://a"}, {Kind: ListChanged, Channel: registry.Resources},
		{Kind: ListChanged, Channel: registry.Prompts}, {Kind: Logged, Channel: registry.Log, Params: got[3].Params},
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("news %d are %+v", i, got[i])
		}
	}
	if got[3].Params.Raw() != `{"level":"info","logger":"l","data":{"a":1}}` || c.all() != "" {
		t.Errorf("the message is %s, the client heard %q", got[3].Params.Raw(), c.all())
	}
}

func TestNewsAreBounded(t *testing.T) {
	o := talking()
	o.News = 3
	s, w := ready(t, o, rogue(t, "script"))
	var lines []string
	for range 10 {
		lines = append(lines, `{"jsonrpc":"2.0","method":"notifications/prompts/list_changed"}`)
	}
	played(t, s, play("a", nil, append(lines, "reply")...))
	if n := len(w.news("rogue", 0)); n != 3 || only(t, s).Counts.Dropped != 7 {
		t.Errorf("%d news", n)
	}
}

// An answer may need another call; that one must not wait behind an agent who waits for the answer.
func TestAgentThatIsAskedMayCallMeanwhile(t *testing.T) {
	l := &turns{most: 10}
	ctx := t.Context()
	enter := func(agent string, asked bool) chan error {
		entered := make(chan error, 1)
		go func() { entered <- l.enter(ctx, nil, agent, asked) }()
		return entered
	}
	<-enter("a", false)
	b := enter("b", false)
	l.awaitQueue(1)
	<-enter("a", true)
	a := enter("a", false)
	l.awaitQueue(2)
	l.leave()
	select {
	case <-b:
		t.Fatal("b came while a had a call")
	default:
	}
	l.leave()
	<-b
	select {
	case <-a:
		t.Fatal("a overtook b")
	default:
	}
	l.leave()
	<-a
}

// awaitQueue waits until so many wait.
func (t *turns) awaitQueue(n int) {
	for queued := -1; queued != n; time.Sleep(time.Millisecond) {
		t.mu.Lock()
		queued = len(t.queue)
		t.mu.Unlock()
	}
}

func TestTurnsAreBoundedAndGivenUp(t *testing.T) {
	l := &turns{most: 1}
	if err := l.enter(t.Context(), nil, "a", false); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	b := make(chan error)
	go func() { b <- l.enter(ctx, nil, "b", false) }()
	l.awaitQueue(1)
	if err := l.enter(t.Context(), nil, "c", false); err != errTooManyCalls {
		t.Errorf("c ended with %v", err)
	}
	cancel()
	if err := <-b; err != context.Canceled {
		t.Errorf("b ended with %v", err)
	}
	if err := l.enter(t.Context(), nil, "a", false); err != nil {
		t.Errorf("a waits for nobody: %v", err)
	}
	l.leave()
	l.leave()
	if l.open != 0 || len(l.queue) != 0 {
		t.Errorf("%+v is left", l)
	}
}

func TestAbilitiesAreAnnounced(t *testing.T) {
	for want, a := range map[string]Abilities{
		`{}`:           {},
		`{"roots":{}}`: {Roots: true},
		`{"sampling":{},"elicitation":{"url":{}}}`:                                {Sampling: true, ElicitationURL: true},
		`{"sampling":{"tools":{}},"elicitation":{"form":{},"url":{}},"roots":{}}`: everyAbility,
	} {
		if got := string(a.appendCapabilities(nil)); got != want {
			t.Errorf("%+v is announced as %s", a, got)
		}
	}
}

func TestOurMembersArePutBesideTheParameters(t *testing.T) {
	for params, want := range map[string]string{
		"":               `{"m":1}`,
		"{}":             `{"m":1}`,
		" {\n } ":        `{"m":1} `,
		` { "a" : 1 }`:   `{"m":1,"a" : 1 }`,
		"{\n\"a\":\n{}}": `{"m":1,"a": {}}`,
	} {
		got := appendParams(nil, []byte(params), []byte(`"m":1`))
		if string(got) != want {
			t.Errorf("%q became %q", params, got)
		}
		if _, err := ijson.Parse(got, ijson.AtMost(100)); err != nil {
			t.Errorf("%q: %v", got, err)
		}
	}
}

// TestQuestionIsNotTakenForOneOfACallThatIsAskedAlready has one agent with a call that waits for an answer and another that cannot be asked.
func TestQuestionIsNotTakenForOneOfACallThatIsAskedAlready(t *testing.T) {
	life := &session{calls: newCalls(10)}
	life.questions = newQuestions(life)
	in := inbox{session: life}
	fly := func(a Abilities) *flight {
		f := &flight{listener: newClient(nil), abilities: a, questions: life.questions}
		if _, _, err := life.calls.begin(f); err != nil {
			t.Fatal(err)
		}
		return f
	}
	waiting := fly(everyAbility)
	form := Abilities{Elicitation: true}
	if in.whose(form) != waiting {
		t.Error("the control: the only call is not asked")
	}
	id, err := ijson.ParseString(`"q"`, ijson.AtMost(10))
	if err != nil {
		t.Fatal(err)
	}
	if err := life.questions.ask(waiting, registry.Elicitation, id, ijson.Value{}); err != nil {
		t.Fatal(err)
	}
	if in.whose(form) != waiting {
		t.Error("a call that is asked twice is not asked the second time")
	}
	fly(Abilities{Sampling: true})
	if f := in.whose(form); f != nil {
		t.Error("a question of a call that cannot be asked went to another")
	}
	able := fly(everyAbility)
	fly(Abilities{})
	if in.whose(form) != able {
		t.Error("the newest call that can answer is not asked")
	}
}
