//go:build linux

package upstream

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"argus/host/fault"
	"argus/internal/ijson"
	"argus/plugin/sdk/registry"
)

func TestEraOfAServerIsFoundOut(t *testing.T) {
	for mode, protocol := range map[string]string{
		"modern":           "2026-07-28",
		"modern-second":    "2026-07-28",
		"modern-slow":      "2026-07-28",
		"":                 "2025-11-25",
		"old-in-new-words": "2025-11-25",
		"old-result":       "2025-11-25",
		"old-exits":        "2025-11-25",
		"old-ignores":      "2025-11-25",
		"old-hangs":        "2025-11-25",
	} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			o := quick()
			switch mode {
			case "old-hangs":
				o.StartTimeout = 500 * time.Millisecond
				fallthrough
			case "old-ignores", "modern-slow":
				o.DiscoverTimeout = 50 * time.Millisecond
			}
			s, w := ready(t, o, rogue(t, mode))
			d := w.definitions("rogue", 1)[0]
			if d.Protocol != protocol || d.ServerName != "rogue" || d.ServerVersion != "1" || len(d.Tools) != 1 {
				t.Errorf("the server offers %+v", d)
			}
			if strings.HasPrefix(mode, "modern") && (!d.Prompts || !d.Resources || d.Instructions != "be kind") {
				t.Errorf("the server offers %+v", d)
			}
			if _, err := call(t, s, "rogue", `{"name":"echo","arguments":{"script":["reply"]}}`); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestServerThatRefusesItsOwnVersionDoesNotStart(t *testing.T) {
	_, w := start(t, quick(), launcher{}, rogue(t, "modern-never"))
	mustContain(t, w.awaitDown(t, "rogue"), "refuses it")
}

// What a silent server cost once it does not cost again; one that refuses to be asked the old way is asked the new way again.
func TestSilenceIsWaitedForOnce(t *testing.T) {
	o := quick()
	o.DiscoverTimeout = 300 * time.Millisecond
	s, _ := ready(t, o, rogue(t, "old-ignores"))
	one := s.servers["rogue"]
	if !one.initializeFirst || one.live.Load().calls.waits() {
		t.Error("the silence is forgotten, or still waited for")
	}
	s, _ = ready(t, quick(), rogue(t, ""))
	if s.servers["rogue"].initializeFirst {
		t.Error("a server that answers is taken for a silent one")
	}
}

// modernRogue plays scripts in the modern era. Its lists are listened to under the id 3, after discover and the list of tools.
func modernRogue(t *testing.T, o Options) (*Set, *witness) {
	t.Helper()
	s, w := ready(t, o, rogue(t, "modern"))
	n := s.servers["rogue"].live.Load().listening.Load()
	for open := 0; open == 0; time.Sleep(time.Millisecond) {
		n.mu.Lock()
		open = len(n.open)
		n.mu.Unlock()
	}
	return s, w
}

// result answers a request of the modern era.
func result(members string) string {
	return `{"jsonrpc":"2.0","id":$id,"result":{` + members + `}}`
}

const (
	inputForm  = `"who":{"method":"elicitation/create","params":{"message":"who?","requestedSchema":{"type":"object"}}}`
	inputRoots = `"where":{"method":"roots/list"}`
)

func required(requests, state string) string {
	members := `"resultType":"input_required","inputRequests":{` + requests + `}`
	if state != "" {
		members += `,"requestState":` + state
	}
	return result(members)
}

func TestEachRequestSaysWhoAsksAndWhatItsClientCan(t *testing.T) {
	s, _ := modernRogue(t, talking())
	c := newClient(nil)
	q := play("a", c, "params", "reply")
	q.Abilities = Abilities{Roots: true, Sampling: true}
	if got := played(t, s, q); !strings.HasSuffix(got, `{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",`+
		`"io.modelcontextprotocol/clientInfo":{"name":"argus","version":"0"},"io.modelcontextprotocol/clientCapabilities":{"sampling":{},"roots":{}},`+
		`"io.modelcontextprotocol/logLevel":"info","progressToken":4},"name":"echo"}`) {
		t.Errorf("the server was told %s", got)
	}
	q = play("a", nil, "params", "reply")
	if got := played(t, s, q); !strings.Contains(got, `clientCapabilities":{}}`) {
		t.Errorf("without a listener the server was told %s", got)
	}
}

// What the client can do and the registry does not declare is not told to the server.
func TestUndeclaredAbilitiesAreNotTold(t *testing.T) {
	s, _ := ready(t, quick(), rogue(t, "modern"))
	c := newClient(func(q Question) { q.Answer([]byte(`{}`)) })
	if got := played(t, s, play("a", c, "params", "reply")); !strings.Contains(got, `clientCapabilities":{}`) {
		t.Errorf("the server was told %s", got)
	}
	_, err := s.Call(t.Context(), play("a", c, required(inputRoots, "")))
	if fault.KindOf(err) != fault.Unavailable || c.all() != "" {
		t.Errorf("asked all the same: %v, %s", err, c.all())
	}
}

func TestRoundsAreOneCall(t *testing.T) {
	s, _ := modernRogue(t, talking())
	c := newClient(func(q Question) { q.Answer([]byte("{\"to\":\n\"" + q.Key + "\"}")) })
	got := played(t, s, play("a", c,
		required(inputForm+","+inputRoots, `"sta\u0074e \"1\""`), "round", "params",
		required(inputRoots, ""), "round", "params",
		result(`"resultType":"input_required","requestState":"2"`), "round", "params", progress, "reply"))
	const id = 4
	var want []string
	for i, members := range []string{
		`"inputResponses":{"who":{"to":"who"},"where":{"to":"where"}},"name":"echo","requestState":"sta\u0074e \"1\""`,
		`"inputResponses":{"where":{"to":"where"}},"name":"echo"`,
		`"name":"echo","requestState":"2"`,
	} {
		want = append(want, fmt.Sprintf(`%d {"_meta":%s,%s}`, id+i+1, metaOf(id+i+1), members))
	}
	if got != strings.Join(want, "\n") {
		t.Errorf("the server was told\n%s\nwant\n%s", got, strings.Join(want, "\n"))
	}
	heard := `asked elicitation {"message":"who?","requestedSchema":{"type":"object"}}
asked roots ` + `
asked roots ` + `
progress {"progress":1,"total":2,"message":"half"}`
	if c.all() != heard {
		t.Errorf("the client heard\n%s", c.all())
	}
}

func metaOf(id int) string {
	return fmt.Sprintf(`{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"argus","version":"0"},`+
		`"io.modelcontextprotocol/clientCapabilities":{"sampling":{"tools":{}},"elicitation":{"form":{},"url":{}},"roots":{}},`+
		`"io.modelcontextprotocol/logLevel":"info","progressToken":%d}`, id)
}

func TestBrokenRoundsEndTheCallAlone(t *testing.T) {
	s, w := modernRogue(t, talking())
	many := inputRoots
	for i := range maxAsked {
		many += fmt.Sprintf(`,"%d":{"method":"roots/list"}`, i)
	}
	for name, line := range map[string]string{
		"unknown kind":       result(`"resultType":"task"`),
		"kind no text":       result(`"resultType":1`),
		"state no text":      required(inputRoots, `{"a":1}`),
		"state too long":     required(inputRoots, `"`+strings.Repeat("s", maxState)+`"`),
		"requests no object": result(`"resultType":"input_required","inputRequests":[]`),
		"too many":           required(many, ""),
		"key too long":       required(`"`+strings.Repeat("k", maxKey+1)+`":{"method":"roots/list"}`, ""),
		"unknown question":   required(`"k":{"method":"tools/call","params":{}}`, ""),
		"no method":          required(`"k":{"params":{}}`, ""),
		"no question":        required(`"k":"roots/list"`, ""),
		"malformed":          required(`"k":{"method":"elicitation/create","params":{"message":"m"}}`, ""),
	} {
		c := newClient(func(q Question) { q.Answer([]byte(`{}`)) })
		_, err := s.Call(t.Context(), play("a", c, line))
		if fault.KindOf(err) != fault.Unavailable || c.all() != "" {
			t.Errorf("%s: the call ended with %v, the client heard %q", name, err, c.all())
		}
	}
	c := newClient(func(q Question) { q.Answer([]byte(`{}`)) })
	played(t, s, play("a", c, required(inputRoots, `"`+strings.Repeat("s", maxState-2)+`"`), "round", "reply"))
	if w.reasons("rogue", 1) != nil || only(t, s).Counts.Broken != 11 {
		t.Errorf("the server was ended, or the calls are not counted: %+v", only(t, s))
	}
}

func TestAnswersOfARoundAreBounded(t *testing.T) {
	o := talking()
	o.FrameBytes = 10_000
	s, _ := modernRogue(t, o)
	c := newClient(func(q Question) { q.Answer([]byte(`{"a":"` + strings.Repeat("a", 6_000) + `"}`)) })
	q := play("a", c, required(inputForm+","+inputRoots, ""))
	if r, err := s.Call(t.Context(), q); err != nil || r.Error == nil || r.Error.Code != tooLongCode {
		t.Errorf("got %+v %v", r, err)
	}
	if got := played(t, s, play("a", c, required(inputRoots, ""), "round", "params", "reply")); !strings.Contains(got, "inputResponses") {
		t.Errorf("one answer of 6 kB: the server was told %.100s", got)
	}
}

func TestRoundsAreBounded(t *testing.T) {
	s, _ := modernRogue(t, talking())
	endless := func(line string, rounds int) Request {
		var lines []string
		for range rounds {
			lines = append(lines, line, "round")
		}
		return play("a", newClient(func(q Question) { q.Answer([]byte(`{}`)) }), append(lines, "reply")...)
	}
	for name, q := range map[string]Request{
		"questions": endless(required(inputRoots, `"s"`), maxRounds), "nothing": endless(required("", `"s"`), maxEmpty+1),
	} {
		if _, err := s.Call(t.Context(), q); fault.KindOf(err) != fault.Unavailable {
			t.Errorf("endless %s ended with %v", name, err)
		}
		played(t, s, play("a", nil, "reply")) // what is left of the script
	}
	played(t, s, endless(required(inputRoots, `"s"`), maxRounds-1))
}

// Only the answer to a call may ask.
func TestListsAskNothing(t *testing.T) {
	s, _ := modernRogue(t, talking())
	q := play("a", newClient(nil), "reply")
	q.Method = "prompts/list"
	reply := Reply{Result: ijson.MustParse(`{"resultType":"input_required","inputRequests":{}}`)}
	if _, err := s.servers["rogue"].live.Load().readAsked(q, reply.Result); err == nil {
		t.Error("a list asked something")
	}
	q.Method = "prompts/get"
	if _, err := s.servers["rogue"].live.Load().readAsked(q, reply.Result); err != nil {
		t.Errorf("a prompt asked something: %v", err)
	}
}

func TestDeclinedQuestionEndsTheCall(t *testing.T) {
	s, _ := modernRogue(t, talking())
	c := newClient(nil)
	done := make(chan Reply)
	go func() {
		r, err := s.Call(t.Context(), play("a", c, required(inputForm+","+inputRoots, `"secret"`)))
		if err != nil {
			t.Error(err)
		}
		done <- r
	}()
	first, second := <-c.asked, <-c.asked
	if !first.Decline(-5, "no") || second.Answer([]byte(`{}`)) {
		t.Error("a question was taken after another of its round was declined")
	}
	r := <-done
	if r.Error == nil || *r.Error != (RPCError{Code: -5, Message: "no"}) {
		t.Errorf("the call ended with %+v", r)
	}
	<-second.Withdrawn
}

func TestCancelledRoundIsWithdrawn(t *testing.T) {
	s, _ := modernRogue(t, talking())
	c := newClient(nil)
	ctx, cancel := context.WithCancel(t.Context())
	failed := make(chan error)
	go func() {
		_, err := s.Call(ctx, play("a", c, required(inputRoots, "")))
		failed <- err
	}()
	q := <-c.asked
	cancel()
	if err := <-failed; fault.KindOf(err) != fault.Timeout {
		t.Error(err)
	}
	<-q.Withdrawn
	if q.Answer([]byte(`{}`)) {
		t.Error("the answer was taken after its call was cancelled")
	}
}

func TestCancellingReachesAModernServer(t *testing.T) {
	s, _ := modernRogue(t, talking())
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := s.Call(ctx, play("a", newClient(nil), "cancelled")); fault.KindOf(err) != fault.Timeout {
		t.Error(err)
	}
	played(t, s, play("a", nil, "reply")) // the server goes on when it was told
}

// A modern server makes no requests, not even a ping, and says nothing that it was not asked for.
func TestModernServerMayNotSpeakTheOldWay(t *testing.T) {
	s, w := modernRogue(t, talking())
	c := newClient(func(q Question) { q.Answer([]byte(`{}`)) })
	got := played(t, s, play("a", c, asksRoots, "read", strings.Replace(asksRoots, "roots/list", "ping", 1), "read", "reply",
		logs, `{"jsonrpc":"2.0","method":"notifications/resources/list_changed"}`, `{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}`,
		`{"jsonrpc":"2.0","method":"notifications/prompts/list_changed","params":{"_meta":{"io.modelcontextprotocol/subscriptionId":4}}}`))
	if strings.Count(got, closedAnswer) != 2 {
		t.Errorf("the server was told\n%s", got)
	}
	for only(t, s).Counts.Dropped != 4 {
		time.Sleep(time.Millisecond)
	}
	if c.all() != "" || len(w.news("rogue", 0)) != 0 || len(w.definitions("rogue", 1)) != 1 {
		t.Errorf("heard %q and %v", c.all(), w.news("rogue", 0))
	}
}

// Log messages do not say to which request they belong: calls that want them wait for those of other agents, and no others do.
func TestOnlyCallsThatWantTheLogTakeTurns(t *testing.T) {
	s, _ := modernRogue(t, talking())
	ctx, cancel := context.WithCancel(t.Context())
	hung := make(chan error)
	first, second := newClient(nil), newClient(nil)
	go func() {
		_, err := s.Call(ctx, play("a", first, progress))
		hung <- err
	}()
	for first.all() == "" {
		time.Sleep(time.Millisecond)
	}
	quiet := play("b", second, logs, "reply")
	quiet.LogLevel = ""
	played(t, s, quiet)
	if second.all() != "" || !strings.Contains(first.all(), "log") {
		t.Errorf("the first heard %s, the second %s", first.all(), second.all())
	}
	short, stop := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer stop()
	if _, err := s.Call(short, play("b", second, logs, "reply")); fault.KindOf(err) != fault.Timeout || second.all() != "" {
		t.Errorf("a call that wants the log did not wait: %v", err)
	}
	cancel()
	<-hung
	played(t, s, play("b", second, logs, "reply"))
	if !strings.Contains(second.all(), "log") {
		t.Error("in its turn the second heard nothing")
	}
}

func subscribe(method, uri string) Request {
	return Request{Server: "rogue", Agent: "a", Method: "resources/" + method, Params: fmt.Appendf(nil, `{"uri":%q}`, uri)}
}

// tells is a notification of what is listened for.
func tells(method, members string) string {
	return fmt.Sprintf(`{"jsonrpc":"2.0","method":"notifications/%s","params":{"_meta":{"io.modelcontextprotocol/subscriptionId":$listen}%s}}`, method, members)
}

func TestModernServerIsListenedTo(t *testing.T) {
	s, w := modernRogue(t, talking())
	wish := func(q Request) Reply {
		t.Helper()
		r, err := s.Call(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	for range 2 {
		if r := wish(subscribe("subscribe", "test://a")); r.Error != nil || r.Result.Raw() != "{}" {
			t.Fatalf("got %+v", r)
		}
	}
	wish(subscribe("unsubscribe", "test://other"))
	updated := func(uri string) string { return tells("resources/updated", `,"uri":"`+uri+`"`) }
	said := func(lines ...string) { played(t, s, play("a", nil, append(lines, "reply")...)) }
	said(updated("test://a"), updated("test://other"), tells("prompts/list_changed", ""), tells("resources/list_changed", ""), tells("tools/list_changed", ""))
	want := []News{{Kind: Updated, Channel: registry.Resources, URI: "test://a"}, {Kind: ListChanged, Channel: registry.Prompts}}
	got := w.news("rogue", 0)
	if len(got) != 2 || got[0] != want[0] || got[1] != want[1] {
		t.Errorf("the news are %+v", got)
	}
	await(t, w, func() []Definitions { return w.definitions("rogue", 2) }) // tools were listed again
	if r := wish(subscribe("subscribe", "test://refused")); r.Error == nil {
		t.Error("a refused subscription came about")
	}
	said(updated("test://a"))
	if got := w.news("rogue", 0); len(got) != 3 {
		t.Errorf("after a refused subscription the news are %+v", got)
	}
	wish(subscribe("unsubscribe", "test://a"))
	said(updated("test://a"))
	if got := w.news("rogue", 0); len(got) != 3 {
		t.Errorf("after the unsubscription the news are %+v", got)
	}
	if r := wish(Request{Server: "rogue", Method: "logging/setLevel", Params: []byte(`{"level":"info"}`)}); r.Result.Raw() != "{}" {
		t.Errorf("the level of the log: %+v", r)
	}
	for _, bad := range []string{`{}`, `{"uri":1}`, `{"uri":"` + strings.Repeat("u", maxURI+1) + `"}`} {
		if _, err := s.Call(t.Context(), Request{Server: "rogue", Method: "resources/subscribe", Params: []byte(bad)}); fault.KindOf(err) != fault.Invalid {
			t.Errorf("%.20s: %v", bad, err)
		}
	}
}

// A server that ends what is listened for is asked again, later.
func TestListeningBeginsAgain(t *testing.T) {
	for name, end := range map[string]string{
		"answered":  `{"jsonrpc":"2.0","id":$listen,"result":{"resultType":"complete"}}`,
		"cancelled": `{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":$listen}}`,
	} {
		t.Run(name, func(t *testing.T) {
			s, w := modernRogue(t, talking())
			played(t, s, play("a", nil, end, tells("prompts/list_changed", ""), "reply"))
			if got := w.news("rogue", 0); len(got) != 0 {
				t.Errorf("what was ended brought %v", got)
			}
			for w.news("rogue", 1) == nil {
				played(t, s, play("a", nil, tells("prompts/list_changed", ""), "reply"))
			}
		})
	}
}

// A server that does not agree at first, nor when it is asked again, is asked on.
func TestListeningIsTriedUntilItIsAgreedTo(t *testing.T) {
	s, w := ready(t, talking(), rogue(t, "modern-listens"))
	for until := time.Now().Add(10 * time.Second); len(w.news("rogue", 0)) == 0; time.Sleep(time.Millisecond) {
		if time.Now().After(until) {
			t.Fatal("the server is not listened to")
		}
		played(t, s, play("a", nil, tells("prompts/list_changed", ""), "reply"))
	}
}

func TestSilentServerDoesNotHoldUpSubscribersForEver(t *testing.T) {
	o := talking()
	o.ListTimeout = 50 * time.Millisecond
	s, w := modernRogue(t, o)
	r, err := s.Call(t.Context(), subscribe("subscribe", "test://silent"))
	if err != nil || r.Error == nil {
		t.Fatalf("got %+v %v", r, err)
	}
	played(t, s, play("a", nil, tells("prompts/list_changed", ""), "reply"))
	if len(w.news("rogue", 0)) != 1 {
		t.Error("what was listened for before is lost")
	}
}

func TestSubscriptionsAreBounded(t *testing.T) {
	n := &listening{wanted: map[string]bool{}}
	for i := range maxWanted {
		n.wanted[fmt.Sprint(i)] = true
	}
	if r := n.change(change{uri: "more", add: true}); r.Error == nil || len(n.wanted) != maxWanted {
		t.Errorf("got %+v", r)
	}
	if r := n.change(change{uri: "1", add: true}); r.Error != nil {
		t.Errorf("of a resource that is told of already: %+v", r.Error)
	}
}

func TestResultsAreWithoutTheirWire(t *testing.T) {
	for given, want := range map[string]string{
		`{"content":[], "isError":false}`:                                                                  `{"content":[], "isError":false}`,
		`{"resultType":"complete","ttlMs":5,"tools":[],"cacheScope":"public"}`:                             `{"tools":[]}`,
		`{"a":{"resultType":"x"},"_meta":{"io.modelcontextprotocol/serverInfo":{}}}`:                       `{"a":{"resultType":"x"}}`,
		`{"resultType":"complete","_meta":{"a/b":1,"io.modelcontextprotocol/serverInfo":{},"c":"\u00e9"}}`: `{"_meta":{"a/b":1,"c":"\u00e9"}}`,
		`{"_meta":{"a":1},"ttlMs":0}`:                                                                      `{"_meta":{"a":1}}`,
		`{}`:                                                                                               `{}`,
	} {
		if got := bare(ijson.MustParse(given)).Raw(); got != want {
			t.Errorf("%s became %s", given, got)
		}
	}
}
