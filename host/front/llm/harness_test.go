package llm

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"
	"go.uber.org/goleak"

	"argus/host/doorway/doorwaytest"
	"argus/host/fault"
	"argus/host/identity"
	"argus/host/ledger"
	"argus/host/mediate"
	"argus/host/mediate/mediatetest"
	"argus/host/turns"
	"argus/host/upstream"
	"argus/internal/ijson"
	"argus/kernel"
	"argus/plugin/sdk/oracle"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// gatekeeper authorizes all and vouches for nothing, while it is up.
type gatekeeper struct {
	mu    sync.Mutex
	down  bool
	until <-chan struct{} // no question is answered before; nil waits for nothing
}

func (g *gatekeeper) Ask(ctx context.Context, q oracle.Question) (oracle.Answer, error) {
	g.mu.Lock()
	down, until := g.down, g.until
	g.mu.Unlock()
	if until != nil {
		select {
		case <-until:
		case <-ctx.Done():
			return oracle.Answer{}, ctx.Err()
		}
	}
	if down {
		return oracle.Answer{}, fault.New(fault.Unavailable, "ask", fmt.Errorf("canary of the oracle"))
	}
	return oracle.Answer{PolicyDigest: q.PolicyDigest, Authorized: true}, nil
}

func (g *gatekeeper) fall() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.down = true
}

// wait has the next questions wait until a channel is closed.
func (g *gatekeeper) wait(until <-chan struct{}) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.until = until
}

// servers answer every call of Argus's own tools with one text.
type servers struct {
	mu    sync.Mutex
	calls []string
}

func (s *servers) Ready(string) error { return nil }

func (s *servers) Call(_ context.Context, q upstream.Request) (upstream.Reply, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = append(s.calls, string(q.Params))
	result, err := ijson.ParseString(`{"content":[{"type":"text","text":"it rains"}]}`, ijson.AtMost(100))
	return upstream.Reply{Result: result}, err
}

func (s *servers) made() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.calls...)
}

// vendor is the far end: it keeps what it is sent and answers as the test says.
type vendor struct {
	*httptest.Server
	mu     sync.Mutex
	got    []asked
	answer http.HandlerFunc
}

// asked is one request as the vendor got it.
type asked struct {
	method, path string
	header       http.Header
	body         string
}

func (v *vendor) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	v.mu.Lock()
	v.got = append(v.got, asked{r.Method, r.URL.RequestURI(), r.Header.Clone(), string(body)})
	answer := v.answer
	v.mu.Unlock()
	r.Body = io.NopCloser(bytes.NewReader(body))
	answer(w, r)
}

func (v *vendor) asked() []asked {
	v.mu.Lock()
	defer v.mu.Unlock()
	return append([]asked(nil), v.got...)
}

func (v *vendor) answers(h http.HandlerFunc) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.answer = h
}

// rig is a door on a real mediator and ledger, before a vendor of the test's.
type rig struct {
	t        *testing.T
	mediator *mediate.Mediator
	ledger   *ledger.Ledger
	oracle   *gatekeeper
	servers  *servers
	vendor   *vendor
	front    *Front
	url      string
	http     *http.Client
	log      *safeBuffer
}

// safeBuffer keeps what is logged.
type safeBuffer struct {
	mu  sync.Mutex
	all []byte
}

func (b *safeBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.all = append(b.all, p...)
	return len(p), nil
}

func (b *safeBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return string(b.all)
}

const vendorKey = "sk-vendor-key-canary"

func open(t *testing.T, set ...func(*Options)) *rig { return openFor(t, usual, set...) }

func openFor(t *testing.T, p patience, set ...func(*Options)) *rig {
	return openWith(t, stockOf(t, false), p, set...)
}

func openWith(t *testing.T, stock mediatetest.Stock, p patience, set ...func(*Options)) *rig {
	t.Helper()
	r := &rig{t: t, oracle: &gatekeeper{}, servers: &servers{}, vendor: &vendor{}, log: &safeBuffer{}}
	logger := hclog.New(&hclog.LoggerOptions{Output: r.log, Level: hclog.Trace})
	r.mediator = mediatetest.New(t, mediate.Parts{
		Oracle: r.oracle, Servers: r.servers, Stock: stock, Logger: logger, Clients: clients(),
		Upstreams: map[string]kernel.Sink{"vendor": kernel.LLMProvider, "own": kernel.LLMProvider, "claude": kernel.LLMProvider},
	})
	r.ledger = r.mediator.Ledger
	mediatetest.Adopt(t, r.mediator, stock.Now)
	mediatetest.Register(t, r.mediator, stock.Now)
	r.vendor.Server = httptest.NewServer(r.vendor)
	at, err := url.Parse(r.vendor.URL)
	if err != nil {
		t.Fatal(err)
	}
	openai, _ := VendorOf("openai", nil)
	anthropic, _ := VendorOf("anthropic", nil)
	o := Options{
		Mediator: r.mediator, Turns: turns.New(64), Logger: logger, MaxRequestBytes: 1 << 20,
		Upstreams: []Upstream{
			{Name: "vendor", URL: at, Vendor: openai, Key: KeyFile(keyFile(t, vendorKey))},
			{Name: "own", URL: at, Vendor: openai},
			{Name: "claude", URL: at, Vendor: anthropic, Key: KeyFile(keyFile(t, vendorKey))},
		},
		UserLabel:    kernel.Exposure{Level: kernel.Internal, Integrity: kernel.Observed},
		UnknownLabel: kernel.Exposure{Level: kernel.Restricted, Integrity: kernel.Untrusted},
		Rounds:       4, ResultTimeout: time.Minute,
	}
	for _, change := range set {
		change(&o)
	}
	r.front = newFront(o, p)
	t.Cleanup(r.vendor.Close)
	var address string
	address, r.http = doorwaytest.Serve(t, r.front.Serve)
	r.url = "http://" + address
	return r
}

// names are those of the agents that the program runs.
var names = []string{"a", "b", "c", "clean", "known", "other", "unknown"}

func clients() map[string]string {
	of := map[string]string{}
	for _, name := range names {
		of[name] = "program"
	}
	return of
}

// agent is a client that acts for one principal.
type agent struct {
	r     *rig
	name  string
	token identity.Token
	id    kernel.AgentID
}

func (r *rig) agent(name string) *agent {
	r.t.Helper()
	token, id, err := r.mediator.NewAgent(r.t.Context(), identity.Principal{Name: name, Mode: identity.Sticky, Bits: 20})
	if err != nil {
		r.t.Fatal(err)
	}
	return &agent{r, name, token, id}
}

// view is what the ledger says of the agent now.
func (a *agent) view() kernel.View {
	a.r.t.Helper()
	s := a.r.ledger.Current()
	v, ok := s.State.View(s.Theory, a.id)
	if !ok {
		a.r.t.Fatal("no such agent")
	}
	return v
}

func (a *agent) caller() mediate.Caller {
	g, err := a.r.mediator.Authenticate(identity.Proof{Token: a.token})
	if err != nil {
		a.r.t.Fatal(err)
	}
	who, err := a.r.mediator.Bind(g, "")
	if err != nil {
		a.r.t.Fatal(err)
	}
	return who
}

// meets raises what the agent has met.
func (a *agent) meets(level kernel.Level, integrity kernel.Integrity) {
	a.r.t.Helper()
	step, err := a.r.mediator.TakeIn(a.r.t.Context(), a.caller(), "a test", kernel.Exposure{Level: level, Integrity: integrity})
	if err != nil || step.Refusal != nil {
		a.r.t.Fatal(step.Refusal, err)
	}
}

const chats = "/vendor/v1/chat/completions"

func (a *agent) request(ctx context.Context, path, body string, headers ...string) *http.Request {
	a.r.t.Helper()
	method := http.MethodPost
	if body == "" {
		method = http.MethodGet
	}
	q, err := http.NewRequestWithContext(ctx, method, a.r.url+path, strings.NewReader(body))
	if err != nil {
		a.r.t.Fatal(err)
	}
	q.Header.Set("Authorization", "Bearer "+string(a.token))
	if body != "" {
		q.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		if headers[i] == "Host" {
			q.Host = headers[i+1]
		}
		if headers[i+1] == "" {
			q.Header.Del(headers[i])
		} else {
			q.Header.Set(headers[i], headers[i+1])
		}
	}
	return q
}

// got is an answer over HTTP.
type got struct {
	t      *testing.T
	status int
	header http.Header
	body   string
}

func (r *rig) send(q *http.Request) got {
	r.t.Helper()
	response, err := r.http.Do(q)
	if err != nil {
		r.t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return got{r.t, response.StatusCode, response.Header, string(body)}
}

func (a *agent) do(path, body string, headers ...string) got {
	a.r.t.Helper()
	return a.r.send(a.request(context.Background(), path, body, headers...))
}

// says sends a conversation, whose messages the test writes.
func (a *agent) says(messages string) got {
	a.r.t.Helper()
	return a.do(chats, talkOf(messages, false))
}

// talkOf is a request with the tools of the rig.
func talkOf(messages string, stream bool) string {
	var tools []string
	for _, d := range clientTools {
		tools = append(tools, fmt.Sprintf(`{"type":"function","function":{"name":%q,"description":%s,"parameters":%s}}`, d.name, about(d.name), d.schema))
	}
	return fmt.Sprintf(`{"model":"m","stream":%v,"tools":[%s],"messages":[%s]}`, stream, strings.Join(tools, ","), messages)
}

// wants fails the test unless the answer has this status.
func (g got) wants(status int) got {
	g.t.Helper()
	if g.status != status {
		g.t.Fatalf("status %d instead of %d: %s", g.status, status, g.body)
	}
	return g
}

// failure is the error in the vendor's shape, which the answer must be.
func (g got) failure(status int, code string) string {
	g.t.Helper()
	g.wants(status)
	var e struct {
		Error struct{ Message, Type, Code string }
	}
	if err := json.Unmarshal([]byte(g.body), &e); err != nil || e.Error.Message == "" || e.Error.Type == "" || g.header.Get("Content-Type") != mediaJSON {
		g.t.Fatalf("no error of the vendor's shape: %s", g.body)
	}
	if e.Error.Code != code {
		g.t.Fatalf("code %q instead of %q: %s", e.Error.Code, code, g.body)
	}
	return e.Error.Message
}

// message is what the model said, in an answer that is not streamed.
type message struct {
	Content string
	Calls   []struct {
		ID       string
		Function struct{ Name, Arguments string }
	} `json:"tool_calls"`
}

func (g got) message() (m message, finish string) {
	g.t.Helper()
	g.wants(200)
	var answer struct {
		Choices []struct {
			Message message
			Finish  string `json:"finish_reason"`
		}
	}
	if err := json.Unmarshal([]byte(g.body), &answer); err != nil || len(answer.Choices) != 1 {
		g.t.Fatalf("no answer: %v %s", err, g.body)
	}
	return answer.Choices[0].Message, answer.Choices[0].Finish
}

// say is a vendor that answers with a text and calls, streamed if it was asked to. A call is "id name arguments".
func say(text string, calls ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Request-Id", "req_1")
		w.Header().Set("Set-Cookie", "session=canary")
		if r.Header.Get("Accept") == mediaSSE {
			w.Header().Set("Content-Type", mediaSSE)
			for _, chunk := range chunksOf(text, calls...) {
				io.WriteString(w, chunk)
			}
			return
		}
		w.Header().Set("Content-Type", mediaJSON)
		io.WriteString(w, wholeOf(text, calls...))
	}
}

func wholeOf(text string, calls ...string) string {
	var list []string
	for _, c := range calls {
		id, name, arguments := split(c)
		list = append(list, fmt.Sprintf(`{"id":%q,"type":"function","function":{"name":%q,"arguments":%q}}`, id, name, arguments))
	}
	more, finish := "", "stop"
	if len(list) > 0 {
		more, finish = `,"tool_calls":[`+strings.Join(list, ",")+`]`, "tool_calls"
	}
	return fmt.Sprintf(`{"id":"c1","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":%q%s},"finish_reason":%q}]}`, text, more, finish)
}

func split(call string) (id, name, arguments string) {
	parts := strings.SplitN(call, " ", 3)
	return parts[0], parts[1], parts[2]
}

const head = `data: {"id":"c1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":`

func chunksOf(text string, calls ...string) []string {
	chunks := []string{
		head + `{"role":"assistant","content":""},"finish_reason":null}]}` + "\n\n",
		head + fmt.Sprintf(`{"content":%q},"finish_reason":null}]}`, text) + "\n\n",
	}
	finish := "stop"
	for i, c := range calls {
		id, name, arguments := split(c)
		half := len(arguments) / 2
		chunks = append(chunks,
			head+fmt.Sprintf(`{"tool_calls":[{"index":%d,"id":%q,"type":"function","function":{"name":%q,"arguments":""}}]},"finish_reason":null}]}`, i, id, name)+"\n\n",
			head+fmt.Sprintf(`{"tool_calls":[{"index":%d,"function":{"arguments":%q}}]},"finish_reason":null}]}`, i, arguments[:half])+"\n\n",
			head+fmt.Sprintf(`{"tool_calls":[{"index":%d,"function":{"arguments":%q}}]},"finish_reason":null}]}`, i, arguments[half:])+"\n\n")
		finish = "tool_calls"
	}
	return append(chunks, head+fmt.Sprintf(`{},"finish_reason":%q}]}`, finish)+"\n\n", "data: [DONE]\n\n")
}

// streamed is an answer as it comes.
type streamed struct {
	t      *testing.T
	lines  *bufio.Scanner
	cancel func()
	end    func()
}

func (a *agent) streams(messages string) *streamed {
	a.r.t.Helper()
	return a.streamsFrom(chats, talkOf(messages, true))
}

func (a *agent) streamsFrom(path, body string) *streamed {
	a.r.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	response, err := a.r.http.Transport.RoundTrip(a.request(ctx, path, body))
	if err != nil {
		cancel()
		a.r.t.Fatal(err)
	}
	if response.StatusCode != 200 {
		body, _ := io.ReadAll(response.Body)
		cancel()
		a.r.t.Fatalf("no stream: %d %s", response.StatusCode, body)
	}
	s := &streamed{t: a.r.t, lines: bufio.NewScanner(response.Body), cancel: cancel, end: func() { cancel(); response.Body.Close() }}
	s.lines.Buffer(nil, 1<<20)
	a.r.t.Cleanup(s.end)
	return s
}

// next is the data of the next event; empty at the end.
func (s *streamed) next() string {
	s.t.Helper()
	for s.lines.Scan() {
		if data, ok := strings.CutPrefix(s.lines.Text(), "data: "); ok {
			return data
		}
	}
	return ""
}

// rest is what is left of the stream.
func (s *streamed) rest() string {
	s.t.Helper()
	var all strings.Builder
	for data := s.next(); data != ""; data = s.next() {
		all.WriteString(data + "\n")
	}
	return all.String()
}

func user(text string) string { return fmt.Sprintf(`{"role":"user","content":%q}`, text) }

func assistant(text string, calls ...string) string {
	var m struct {
		Choices []struct{ Message json.RawMessage }
	}
	if err := json.Unmarshal([]byte(wholeOf(text, calls...)), &m); err != nil {
		panic(err)
	}
	return string(m.Choices[0].Message)
}

func result(call, text string) string {
	return fmt.Sprintf(`{"role":"tool","tool_call_id":%q,"content":%q}`, call, text)
}

func join(messages ...string) string { return strings.Join(messages, ",") }
