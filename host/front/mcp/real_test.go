package mcp

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"argus/host/identity"
	"argus/host/inventory"
	"argus/host/mediate"
	"argus/host/mediate/mediatetest"
	"argus/host/refusals"
	"argus/host/upstream"
	"argus/internal/ijson"
	"argus/kernel"
	"argus/plugin/sdk/registry"
)

// house is the door on a real mediator and a real ledger. Only the oracle, which allows everything, and the servers are the test's.
type house struct {
	*door
	*mediate.Mediator
	mu      sync.Mutex
	made    []string
	stock   *inventory.Inventory
	changed chan struct{}
	begun   chan struct{} // by the tool "slow"
}

func (h *house) Ready(string) error { return nil }

func (h *house) Call(ctx context.Context, q upstream.Request) (upstream.Reply, error) {
	h.mu.Lock()
	h.made = append(h.made, q.Server+" "+q.Method+" "+string(q.Params))
	h.mu.Unlock()
	if strings.Contains(string(q.Params), `"slow"`) {
		close(h.begun)
		<-ctx.Done()
		return upstream.Reply{}, ctx.Err()
	}
	for tool, channel := range map[string]registry.Channel{`"ask"`: registry.Elicitation, `"sample"`: registry.Sampling} {
		if strings.Contains(string(q.Params), tool) {
			return askBack(ctx, q, channel)
		}
	}
	result := `{"content":[{"type":"text","text":"done"}]}`
	switch q.Method {
	case "resources/list":
		result = `{"resources":[{"uri":"file:///a","name":"a"}]}`
	case "resources/read":
		result = `{"contents":[{"uri":"file:///a","text":"T"}]}`
	case "prompts/list":
		result = `{"prompts":[{"name":"greet"}]}`
	case "prompts/get":
		result = `{"messages":[{"role":"user","content":{"type":"text","text":"hi"}}]}`
	}
	return upstream.Reply{Result: ijson.MustParse([]byte(result))}, nil
}

func (h *house) Inventory() *inventory.Inventory {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.stock
}

func (h *house) Changed() <-chan struct{} {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.changed
}

// houseStock is what the registry of the house says of its tools: name, level, sink, capability.
func houseStock(t testing.TB, tools ...[4]string) *inventory.Inventory {
	t.Helper()
	src := inventory.Source{OraclePolicy: "policy-1", Content: registry.Content{Revision: "1"}}
	in := inventory.Server{Name: "s", Prefix: "s", Resources: true, Prompts: true}
	add := func(channel registry.Channel, name, digest, level, sink, need string) {
		e := registry.Entry{Server: "s", Channel: channel, Tool: name, Digest: digest, Level: level, Integrity: "verified", Stores: &registry.Stores{}, Issuer: "local"}
		if sink != "" {
			e.Sinks = []string{sink}
		}
		if need != "" {
			e.Capabilities = []string{need}
		}
		src.Content.Entries = append(src.Content.Entries, e)
	}
	for _, c := range tools {
		raw := ijson.MustParse([]byte(fmt.Sprintf(`{"name":%q,"inputSchema":{"type":"object","properties":{"n":{"type":"integer"}}}}`, c[0])))
		in.Tools = append(in.Tools, inventory.Definition{Name: c[0], Digest: ijson.Digest(raw), Raw: raw})
		add(registry.Tool, c[0], ijson.Digest(raw), c[1], c[2], c[3])
	}
	add(registry.Resources, "", "", "sensitive", "", "")
	add(registry.Prompts, "", "", "public", "", "")
	add(registry.Elicitation, "", "", "public", "", "")
	add(registry.Sampling, "", "", "public", "network_external", "")
	add(registry.Log, "", "", "sensitive", "", "")
	for _, integrity := range []string{"untrusted", "observed", "verified", "proven"} {
		src.Content.Flow = append(src.Content.Flow, registry.Cell{Level: "public", Integrity: integrity, Sink: "network_external", Mode: registry.Allow})
	}
	src.Servers = []inventory.Server{in}
	built, problems := inventory.Build(src)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return built
}

var houseTools = [][4]string{
	{"read-db", "sensitive", "", ""}, {"send", "public", "network_external", "network_egress"}, {"slow", "sensitive", "", ""},
}

func newHouse(t testing.TB) *house {
	t.Helper()
	h := &house{changed: make(chan struct{}), begun: make(chan struct{})}
	h.Mediator = mediatetest.New(t, mediate.Parts{
		Oracle: mediatetest.Permissive{}, Servers: h, Stock: h,
		Limits: mediate.Limits{ContextsPerPrincipal: 9, Depth: 3, FlightsPerAgent: 9, CallsPerMinute: 1e6, CallTimeout: 5 * time.Second, QuestionTimeout: 5 * time.Second, ContextIdle: time.Hour},
	})
	h.enforce(t, houseTools...)
	h.door = &door{t: t}
	h.f, h.addr, h.http = serve(t, Options{Mediator: h.Mediator, MaxRequestBytes: 1 << 20})
	h.alice = h.agent(t, "alice", identity.Sticky, kernel.CapNetworkEgress)
	h.bob = h.agent(t, "bob", identity.Declared, kernel.CapNetworkEgress)
	return h
}

func (h *house) agent(t testing.TB, name string, mode identity.Mode, ks ...kernel.Capability) identity.Token {
	t.Helper()
	token, _, err := h.NewAgent(context.Background(), identity.Principal{Name: name, Mode: mode, Capabilities: ks, Bits: 20})
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func (h *house) enforce(t testing.TB, tools ...[4]string) {
	t.Helper()
	built := houseStock(t, tools...)
	mediatetest.Adopt(t, h.Mediator, built)
	mediatetest.Register(t, h.Mediator, built)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.stock = built
	close(h.changed)
	h.changed = make(chan struct{})
}

func (h *house) view(t testing.TB, name string) kernel.View {
	t.Helper()
	agent, ok := h.Book.Present(name)
	s := h.Ledger.Current()
	view, active := s.State.View(s.Theory, agent)
	if !ok || !active {
		t.Fatalf("%s has no present context", name)
	}
	return view
}

// tool calls a tool and gives its one text, or the whole answer.
func (h *house) tool(token identity.Token, session, name, arguments string, headers ...string) got {
	h.t.Helper()
	return h.ask(token, session, "tools/call", fmt.Sprintf(`{"name":%q,"arguments":%s}`, name, arguments), headers...)
}

func (h *house) wantDone(t testing.TB, g got) {
	t.Helper()
	if result := g.result(t); result["isError"] == true {
		t.Fatalf("refused: %s", g.body)
	}
}

var refusedBy2a = regexp.MustCompile(`"Argus refused this call \(rule 2a\): [A-Z][^()]*\. Reference (R-[A-Z0-9]{8})\."`)

func TestWhatAnAgentMetDoesNotLeaveOverAnyNewSession(t *testing.T) {
	h := newHouse(t)
	first := h.session(h.alice)
	h.wantDone(t, h.tool(h.alice, first, "s__send", `{"n":1}`))
	h.wantDone(t, h.tool(h.alice, first, "s__read-db", `{}`))
	h.do("DELETE", h.alice, "", "Mcp-Session-Id", first).want(t, 204)
	again := h.session(h.alice)
	g := h.tool(h.alice, again, "s__send", `{"n":2}`)
	found := refusedBy2a.FindStringSubmatch(g.body)
	if g.result(t)["isError"] != true || found == nil {
		t.Fatalf("%s", g.body)
	}
	if _, known, err := h.Refusals.Find(refusals.Reference(found[1])); err != nil || !known {
		t.Errorf("the operator finds nothing under %s: %v", found[1], err)
	}
	if n := len(h.made); n != 2 {
		t.Errorf("%d calls reached the server", n)
	}
	h.wantDone(t, h.tool(h.bob, h.session(h.bob), "s__send", `{}`)) // another principal met nothing
}

func TestChildKeepsWhatItMetFromItsParent(t *testing.T) {
	h := newHouse(t)
	session := h.session(h.bob)
	g := h.tool(h.bob, session, "argus__delegate", `{"capabilities":["network_egress"],"bits":5,"returns":{"enum":["good","bad"]}}`)
	child, _ := g.result(t)["_meta"].(map[string]any)["argus/context"].(string)
	if content, _ := json.Marshal(g.result(t)["content"]); child == "" || strings.Contains(string(content), child) {
		t.Fatalf("%s", g.body)
	}
	as := []string{"Argus-Context", child}
	h.wantDone(t, h.tool(h.bob, session, "s__read-db", `{}`, as...))
	if g := h.tool(h.bob, session, "s__send", `{}`, as...); !refusedBy2a.MatchString(g.body) {
		t.Errorf("the child sends what it met: %s", g.body)
	}
	if g := h.tool(h.bob, session, "argus__return", `{"value":"all of it"}`, as...); g.result(t)["isError"] != true {
		t.Errorf("a free value is returned as a bounded one: %s", g.body)
	}
	h.wantDone(t, h.tool(h.bob, session, "argus__return", `{"value":"good"}`, as...))
	g = h.tool(h.bob, session, "argus__await", fmt.Sprintf(`{"context":%q,"timeout_ms":1000}`, child))
	if value := g.result(t)["structuredContent"].(map[string]any)["value"]; value != "good" {
		t.Errorf("%s", g.body)
	}
	h.wantDone(t, h.tool(h.bob, session, "s__send", `{}`)) // the parent met nothing
	if code := h.tool(h.alice, h.session(h.alice), "s__send", `{}`, as...).status; code != 400 {
		t.Errorf("a sticky principal acts as bob's child: %d", code)
	}
	h.wantDone(t, h.tool(h.bob, session, "argus__revoke", fmt.Sprintf(`{"context":%q}`, child)))
	h.tool(h.bob, session, "s__send", `{}`, as...).want(t, 400)
	for _, tool := range []string{"argus__await", "argus__revoke"} {
		if g := h.tool(h.bob, session, tool, fmt.Sprintf(`{"context":%q}`, child)); g.code(t) != codeParams || !strings.Contains(g.body, "no such context") {
			t.Errorf("%s of an ended child: %s", tool, g.body)
		}
	}
	if g := h.tool(h.bob, session, "argus__return", `{"value":1}`); g.code(t) != codeParams {
		t.Errorf("the principal's own context returns: %s", g.body)
	}
}

func TestAbandonedCallIsCompletedAsUnknown(t *testing.T) {
	h := newHouse(t)
	session := h.session(h.alice)
	ctx, leave := context.WithCancel(t.Context())
	r := h.request(ctx, "POST", h.alice, call(1, "tools/call", `{"name":"s__slow"}`), "Mcp-Session-Id", session)
	over := make(chan struct{})
	go func() {
		defer close(over)
		if response, err := h.http.Do(r); err == nil {
			response.Body.Close()
		}
	}()
	within(t, "the call begins", h.begun)
	if h.view(t, "alice").Flights.Len() != 1 {
		t.Fatal("the call is not recorded as open")
	}
	leave()
	within(t, "the client has left", over)
	for deadline := time.Now().Add(5 * time.Second); h.view(t, "alice").Flights.Len() > 0; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the call stays open")
		}
	}
	if level := h.view(t, "alice").Exposure.Level; level != kernel.Sensitive {
		t.Errorf("what the call may have brought is not recorded: %s", level)
	}
}

func TestChannelsBringTheirLabel(t *testing.T) {
	h := newHouse(t)
	session := h.session(h.alice)
	if names := namesOf(h.ask(h.alice, session, "prompts/list", "").result(t), "prompts", "name"); len(names) != 1 || names[0] != "s__greet" {
		t.Errorf("%v", names)
	}
	h.ask(h.alice, session, "prompts/get", `{"name":"s__greet"}`).result(t)
	if level := h.view(t, "alice").Exposure.Level; level != kernel.Public {
		t.Errorf("public prompts brought %s", level)
	}
	if uris := namesOf(h.ask(h.alice, session, "resources/list", "").result(t), "resources", "uri"); len(uris) != 1 || uris[0] != "argus://s/file:///a" {
		t.Errorf("%v", uris)
	}
	if level := h.view(t, "alice").Exposure.Level; level != kernel.Sensitive {
		t.Errorf("a list of sensitive resources brought %s", level)
	}
	if g := h.ask(h.alice, session, "resources/read", `{"uri":"argus://s/file:///a"}`); !strings.Contains(g.body, `"uri":"argus://s/file:///a"`) {
		t.Errorf("%s", g.body)
	}
	if g := h.ask(h.alice, session, "resources/read", `{"uri":"argus://t/a"}`); g.code(t) != codeRefused || !strings.Contains(g.body, "closed_channel") {
		t.Errorf("%s", g.body)
	}
	if g := h.tool(h.alice, session, "s__send", `{}`); !refusedBy2a.MatchString(g.body) {
		t.Errorf("%s", g.body)
	}
}

func TestListFollowsCapabilitiesAndTheory(t *testing.T) {
	h := newHouse(t)
	poor := h.agent(t, "poor", identity.Sticky, kernel.CapIPC)
	session := h.session(h.alice)
	if body := h.ask(poor, h.session(poor), "tools/list", "").body; strings.Contains(body, "s__send") || !strings.Contains(body, "s__read-db") {
		t.Errorf("%s", body)
	}
	if body := h.ask(h.alice, session, "tools/list", "").body; !strings.Contains(body, "s__send") || strings.Contains(body, "argus__") {
		t.Errorf("%s", body)
	}
	stream := h.listen(h.alice, session)
	h.enforce(t, houseTools[0])
	if event := stream.next(); event != toldTools {
		t.Errorf("told %s", event)
	}
	if g := h.tool(h.alice, session, "s__send", `{}`); g.result(t)["isError"] != true || !strings.Contains(g.body, "unknown_tool") {
		t.Errorf("%s", g.body)
	}
	if g := h.tool(h.alice, session, "s__read-db", `{"n":"canary"}`); g.result(t)["isError"] != true || strings.Contains(g.body, mark) || !strings.Contains(g.body, "/n") {
		t.Errorf("%s", g.body)
	}
}

func TestFreshContextKeepsItsSession(t *testing.T) {
	h := newHouse(t)
	session := h.session(h.alice)
	h.wantDone(t, h.tool(h.alice, session, "s__read-db", `{}`))
	if _, err := h.Fresh(t.Context(), "alice"); err != nil {
		t.Fatal(err)
	}
	h.wantDone(t, h.tool(h.alice, session, "s__send", `{}`))
}

var _ http.Handler = (*Front)(nil)
