package mcp

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"argus/host/doorway/doorwaytest"
	"argus/host/identity"
	"argus/host/inventory"
	"argus/host/ledger"
	"argus/host/mediate"
	"argus/internal/ijson"
	"argus/kernel"
	"argus/plugin/sdk/registry"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fake records what it is asked and answers as it is told. Principals, contexts and the inventory are real.
type fake struct {
	*identity.Book
	mu      sync.Mutex
	asked   []string
	stock   *inventory.Inventory
	changed chan struct{}
	caps    map[kernel.AgentID][]kernel.Capability
	air     mediate.Mediator // of which only the news is used

	withheld map[registry.Channel]bool // whatever comes by it

	tool    func(ctx context.Context, name string, arguments ijson.Value) (mediate.Reply, error)
	channel func(ctx context.Context, server, method string, params ijson.Value) (mediate.Reply, error)
	talk    func(ctx context.Context, client mediate.Client) (mediate.Reply, error) // instead of tool and channel
	own     func(ctx context.Context, what string) ([]byte, *mediate.Refusal, error)
}

func newFake(stock *inventory.Inventory) *fake {
	return &fake{Book: identity.NewBook(), stock: stock, changed: make(chan struct{}), caps: map[kernel.AgentID][]kernel.Capability{}}
}

func (m *fake) note(who mediate.Caller, format string, args ...any) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.asked = append(m.asked, fmt.Sprintf("%s/%s ", who.Principal, who.Agent)+fmt.Sprintf(format, args...))
}

// heard is what was asked since the last time.
func (m *fake) heard() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	asked := m.asked
	m.asked = nil
	return asked
}

func (m *fake) Bind(g identity.Grant, id identity.ContextID) (mediate.Caller, error) {
	agent, err := m.Book.Bind(g, id)
	return mediate.Caller{Principal: g.Principal.Name, Agent: agent}, err
}

func (m *fake) Present(g identity.Grant) (mediate.Caller, bool) {
	agent, ok := m.Book.Present(g.Principal.Name)
	return mediate.Caller{Principal: g.Principal.Name, Agent: agent}, ok
}

func (m *fake) Hold(ctx context.Context, g identity.Grant) (context.Context, func()) {
	return m.Book.Hold(ctx, g.Credential)
}

// grant is what a token allows.
func (m *fake) grant(t testing.TB, token identity.Token) identity.Grant {
	t.Helper()
	g, err := m.Authenticate(identity.Proof{Token: token})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func (m *fake) Inventory() *inventory.Inventory {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.stock
}

func (m *fake) Changed() <-chan struct{} {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.changed
}

func (m *fake) replace(stock *inventory.Inventory) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.stock = stock
	close(m.changed)
	m.changed = make(chan struct{})
}

func (m *fake) Visible(who mediate.Caller) []*inventory.Item {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.stock == nil {
		return nil
	}
	var items []*inventory.Item
	for _, item := range m.stock.Tools() {
		if len(item.Needs) == 0 || len(m.caps[who.Agent]) > 0 {
			items = append(items, item)
		}
	}
	return items
}

func (m *fake) CallTool(ctx context.Context, who mediate.Caller, name string, arguments ijson.Value, client mediate.Client) (mediate.Reply, error) {
	m.note(who, "call %s %s", name, arguments.Raw())
	if m.talk != nil {
		return m.talk(ctx, client)
	}
	if m.tool != nil {
		return m.tool(ctx, name, arguments)
	}
	return mediate.Reply{Result: ijson.MustParse(`{"content":[]}`)}, nil
}

func (m *fake) UseChannel(ctx context.Context, who mediate.Caller, server string, channel registry.Channel, method string, params ijson.Value, client mediate.Client) (mediate.Reply, error) {
	m.note(who, "%s of %s: %s %s", channel, server, method, params.Raw())
	if m.talk != nil && client != nil {
		return m.talk(ctx, client)
	}
	if m.channel != nil {
		return m.channel(ctx, server, method, params)
	}
	return mediate.Reply{Result: ijson.MustParse(`{}`)}, nil
}

func (m *fake) Listen() *mediate.Listening { return m.air.Listen() }

func (m *fake) Admit(_ context.Context, who mediate.Caller, server string, channel registry.Channel, raise bool) bool {
	m.note(who, "admit %s of %s, raise %v", channel, server, raise)
	m.mu.Lock()
	defer m.mu.Unlock()
	return !m.withheld[channel]
}

func (m *fake) step(ctx context.Context, what string) ([]byte, *mediate.Refusal, error) {
	if m.own != nil {
		return m.own(ctx, what)
	}
	return nil, nil, nil
}

func (m *fake) Delegate(ctx context.Context, who mediate.Caller, b mediate.Birth) (identity.ContextID, mediate.Step, error) {
	m.note(who, "delegate %v %d %s", b.Capabilities, b.Bits, b.Returns.Raw())
	_, refused, err := m.step(ctx, "delegate")
	return "ctx_child", mediate.Step{Refusal: refused}, err
}

func (m *fake) Return(ctx context.Context, who mediate.Caller, value ijson.Value, free bool) (mediate.Step, error) {
	m.note(who, "return %s %v", value.Raw(), free)
	_, refused, err := m.step(ctx, "return")
	return mediate.Step{Refusal: refused}, err
}

func (m *fake) Await(ctx context.Context, who mediate.Caller, id identity.ContextID) ([]byte, *mediate.Refusal, error) {
	m.note(who, "await %s", id)
	return m.step(ctx, "await")
}

func (m *fake) Revoke(ctx context.Context, who mediate.Caller, id identity.ContextID) (mediate.Step, error) {
	m.note(who, "revoke %s", id)
	_, refused, err := m.step(ctx, "revoke")
	return mediate.Step{Refusal: refused}, err
}

// principal makes a principal with a present context, as the journal would tell of it.
func (m *fake) principal(t testing.TB, name string, mode identity.Mode) identity.Token {
	t.Helper()
	token := identity.NewToken()
	fact, err := identity.Principal{Name: name, Mode: mode, Token: token.Digest()}.Fact()
	if err != nil {
		t.Fatal(err)
	}
	m.observe(t, ledger.Record{Fact: &fact})
	m.observe(t, ledger.Record{
		Event: kernel.Delegated{By: kernel.Root, Child: kernel.AgentID(name + "-1")}, Note: ledger.Note{Principal: name},
	})
	return token
}

func (m *fake) observe(t testing.TB, r ledger.Record) {
	t.Helper()
	if err := m.Observe(r); err != nil {
		t.Fatal(err)
	}
}

// child makes a declared context.
func (m *fake) child(t testing.TB, principal, id string) {
	m.observe(t, ledger.Record{
		Event: kernel.Delegated{By: kernel.AgentID(principal + "-1"), Child: kernel.AgentID(principal + "-" + id)}, Note: ledger.Note{Context: id},
	})
}

// server is a part of an inventory: tool names that end in "!" require a capability.
type server struct {
	name, prefix string
	tools        []string
	resources    bool
	prompts      bool
	channels     []registry.Channel // declared besides
}

func stockOf(t testing.TB, servers ...server) *inventory.Inventory {
	t.Helper()
	source := inventory.Source{OraclePolicy: "policy-1", Content: registry.Content{Revision: "1"}}
	entry := func(s server, channel registry.Channel, tool, digest string, needs []string) {
		source.Content.Entries = append(source.Content.Entries, registry.Entry{
			Server: s.name, Channel: channel, Tool: tool, Digest: digest, Capabilities: needs,
			Level: "public", Integrity: "verified", Stores: &registry.Stores{}, Issuer: "person", Origin: registry.Origin{File: "f", Line: 1},
		})
	}
	for _, s := range servers {
		in := inventory.Server{Name: s.name, Prefix: s.prefix, Resources: true, Prompts: true, Completions: true, Logging: true}
		for _, name := range s.tools {
			bare := strings.TrimSuffix(name, "!")
			raw := ijson.MustParse([]byte(`{"name":"` + bare + `","description":"does ` + bare + `","inputSchema":{"type":"object"}}`))
			in.Tools = append(in.Tools, inventory.Definition{Name: bare, Digest: ijson.Digest(raw), Raw: raw})
			var needs []string
			if bare != name {
				needs = []string{"system_modify"}
			}
			entry(s, registry.Tool, bare, ijson.Digest(raw), needs)
		}
		if s.resources {
			entry(s, registry.Resources, "", "", nil)
		}
		if s.prompts {
			entry(s, registry.Prompts, "", "", nil)
		}
		for _, channel := range s.channels {
			entry(s, channel, "", "", nil)
		}
		source.Servers = append(source.Servers, in)
	}
	built, problems := inventory.Build(source)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return built
}

// door is a served Front and a client of it.
type door struct {
	t     testing.TB
	f     *Front
	m     *fake
	addr  string
	http  *http.Client
	alice identity.Token // sticky
	bob   identity.Token // declared, with the child ctx_one
}

func open(t testing.TB, set ...func(*Options)) *door {
	t.Helper()
	m := newFake(stockOf(t, server{name: "notes", prefix: "notes", tools: []string{"echo", "admin!"}, resources: true, prompts: true}))
	d := &door{t: t, m: m, alice: m.principal(t, "alice", identity.Sticky), bob: m.principal(t, "bob", identity.Declared)}
	m.child(t, "bob", "ctx_one")
	o := Options{Mediator: m, MaxRequestBytes: 64 << 10, AllowedOrigins: []string{"https://app.example"}, Version: "9.9"}
	for _, change := range set {
		change(&o)
	}
	d.f, d.addr, d.http = serve(t, o)
	return d
}

// serve runs a Front on loopback until the test ends.
func serve(t testing.TB, o Options) (*Front, string, *http.Client) {
	t.Helper()
	f := New(o)
	address, client := doorwaytest.Serve(t, func(ctx context.Context, l net.Listener) error { return f.Serve(ctx, l) })
	return f, address, client
}

// got is an answer over HTTP.
type got struct {
	status int
	header http.Header
	body   string
}

func (d *door) request(ctx context.Context, method string, token identity.Token, body string, headers ...string) *http.Request {
	d.t.Helper()
	r, err := http.NewRequestWithContext(ctx, method, "http://"+d.addr+Path, strings.NewReader(body))
	if err != nil {
		d.t.Fatal(err)
	}
	if body == "" {
		r.Body, r.ContentLength = nil, 0
	} else {
		r.Header.Set("Content-Type", "application/json")
	}
	r.Header.Set("Accept", "application/json, text/event-stream")
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+string(token))
	}
	for i := 0; i < len(headers); i += 2 {
		if headers[i] == "Host" {
			r.Host = headers[i+1]
		}
		r.Header.Set(headers[i], headers[i+1])
	}
	return r
}

func (d *door) send(r *http.Request) got {
	d.t.Helper()
	response, err := d.http.Do(r)
	if err != nil {
		d.t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		d.t.Fatal(err)
	}
	return got{response.StatusCode, response.Header, string(body)}
}

func (d *door) do(method string, token identity.Token, body string, headers ...string) got {
	d.t.Helper()
	return d.send(d.request(context.Background(), method, token, body, headers...))
}

// hello opens a session of a client that can be asked nothing.
const hello = `{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"c","version":"1"}}}`

// session opens a session.
func (d *door) session(token identity.Token) string {
	d.t.Helper()
	return d.sessionOf(token, `{}`)
}

// sessionOf opens a session of a client with these capabilities.
func (d *door) sessionOf(token identity.Token, capabilities string) string {
	d.t.Helper()
	g := d.do("POST", token, strings.Replace(hello, `"capabilities":{}`, `"capabilities":`+capabilities, 1))
	id := g.header.Get("Mcp-Session-Id")
	if g.status != 200 || len(id) < 26 {
		d.t.Fatalf("initialize: %d %q %s", g.status, id, g.body)
	}
	return id
}

// ask sends one request in a session.
func (d *door) ask(token identity.Token, session, method, params string, headers ...string) got {
	d.t.Helper()
	return d.do("POST", token, call(1, method, params), append([]string{"Mcp-Session-Id", session}, headers...)...)
}

func call(id any, method, params string) string {
	if params == "" {
		params = "{}"
	}
	encoded, _ := json.Marshal(id)
	return fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"method":%q,"params":%s}`, encoded, method, params)
}

// result is the answer's result, which must be one.
func (g got) result(t testing.TB) map[string]any {
	t.Helper()
	var answer struct {
		JSONRPC string
		ID      any
		Result  map[string]any
	}
	if err := json.Unmarshal([]byte(g.body), &answer); err != nil || g.status != 200 || answer.Result == nil || answer.JSONRPC != "2.0" {
		t.Fatalf("no result: %d %s", g.status, g.body)
	}
	return answer.Result
}

// code is the code of the answer's error, which must be one.
func (g got) code(t testing.TB) int64 {
	t.Helper()
	var answer struct {
		JSONRPC string
		Error   *struct {
			Code    int64
			Message string
		}
	}
	if err := json.Unmarshal([]byte(g.body), &answer); err != nil || answer.Error == nil || answer.Error.Message == "" || answer.JSONRPC != "2.0" {
		t.Fatalf("no error: %d %s", g.status, g.body)
	}
	return answer.Error.Code
}

func (g got) want(t testing.TB, status int) {
	t.Helper()
	if g.status != status {
		t.Fatalf("status %d instead of %d: %s", g.status, status, g.body)
	}
}

// listening is an open stream.
type listening struct {
	t      testing.TB
	events chan string // data of events, and comments
	close  func()
}

func (d *door) listen(token identity.Token, session string, headers ...string) *listening {
	d.t.Helper()
	return d.follow(func(ctx context.Context) *http.Request {
		return d.request(ctx, "GET", token, "", append([]string{"Mcp-Session-Id", session, "Accept", "text/event-stream"}, headers...)...)
	})
}

// ring sends a request whose answer is a stream.
func (d *door) ring(token identity.Token, session, body string, headers ...string) *listening {
	d.t.Helper()
	return d.follow(func(ctx context.Context) *http.Request {
		return d.request(ctx, "POST", token, body, append([]string{"Mcp-Session-Id", session}, headers...)...)
	})
}

func (d *door) follow(request func(context.Context) *http.Request) *listening {
	d.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	response, err := d.http.Transport.RoundTrip(request(ctx))
	if err != nil {
		cancel()
		d.t.Fatal(err)
	}
	if response.StatusCode != 200 || response.Header.Get("Content-Type") != "text/event-stream" {
		cancel()
		response.Body.Close()
		d.t.Fatalf("no stream: %d", response.StatusCode)
	}
	l := &listening{t: d.t, events: make(chan string, 100), close: cancel}
	tell := func(event string) {
		select {
		case l.events <- event:
		case <-ctx.Done():
		}
	}
	go func() {
		defer close(l.events)
		defer response.Body.Close()
		lines := bufio.NewScanner(response.Body)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			if data, ok := bytes.CutPrefix(lines.Bytes(), []byte("data: ")); ok {
				tell(string(data))
			} else if bytes.HasPrefix(lines.Bytes(), []byte(":")) {
				tell(lines.Text())
			}
		}
	}()
	d.t.Cleanup(cancel)
	return l
}

// next waits for the next event; empty when the stream has ended.
func (l *listening) next() string {
	l.t.Helper()
	select {
	case event := <-l.events:
		return event
	case <-time.After(10 * time.Second):
		l.t.Fatal("nothing came over the stream")
		return ""
	}
}

// news is the next event that is no sign of life.
func (l *listening) news() string {
	l.t.Helper()
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); {
		if event := l.next(); event != ": keep-alive" {
			return event
		}
	}
	l.t.Fatal("no news came over the stream")
	return ""
}

// within waits for what another goroutine is to do.
func within(t testing.TB, what string, done <-chan struct{}) {
	t.Helper()
	select {
	case <-done:
	case <-time.After(10 * time.Second):
		t.Fatal("never happened: " + what)
	}
}
