package mediate

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"
	"go.uber.org/goleak"

	"argus/host/follow"
	"argus/host/identity"
	"argus/host/inventory"
	"argus/host/journal"
	"argus/host/ledger"
	"argus/host/refusals"
	"argus/host/upstream"
	"argus/internal/ijson"
	"argus/kernel"
	"argus/plugin/sdk/oracle"
	"argus/plugin/sdk/registry"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// rig is a mediator on a real ledger, with an oracle and servers that the test scripts.
type rig struct {
	*Mediator
	t       *testing.T
	dir     string
	oracle  *scriptedOracle
	servers *scriptedServers
	stock   *fixedStock
}

type scriptedOracle struct {
	mu     sync.Mutex
	asked  []oracle.Question
	answer func(q oracle.Question) (oracle.Answer, error)
}

func (o *scriptedOracle) Ask(_ context.Context, q oracle.Question) (oracle.Answer, error) {
	o.mu.Lock()
	o.asked = append(o.asked, q)
	answer := o.answer
	o.mu.Unlock()
	return answer(q)
}

func allowAll(q oracle.Question) (oracle.Answer, error) {
	return oracle.Answer{PolicyDigest: q.PolicyDigest, Authorized: true}, nil
}

// scriptedServers answer as the test says and look at the ledger at the moment of the effect.
type scriptedServers struct {
	mu    sync.Mutex
	calls []string
	down  error
	serve func(ctx context.Context, q upstream.Request) (upstream.Reply, error)
}

func (s *scriptedServers) Ready(string) error { return s.down }

func (s *scriptedServers) Call(ctx context.Context, q upstream.Request) (upstream.Reply, error) {
	s.mu.Lock()
	s.calls = append(s.calls, q.Server+" "+q.Method+" "+string(q.Params))
	serve := s.serve
	s.mu.Unlock()
	return serve(ctx, q)
}

func (s *scriptedServers) made() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.calls...)
}

type fixedStock struct {
	now     *inventory.Inventory
	changed chan struct{}
}

func (f *fixedStock) Inventory() *inventory.Inventory { return f.now }
func (f *fixedStock) Changed() <-chan struct{}        { return f.changed }

// tool is one line of the rig's registry.
type tool struct {
	name, level, integrity string
	sinks                  []string
	needs                  []string
	output                 string // endorsed if set
	channel                registry.Channel
}

const ratings = `{"type":"object","properties":{"rating":{"enum":["good","bad"]}},"required":["rating"],"additionalProperties":false}`

func stories() []tool {
	return []tool{
		{name: "read-db", level: "sensitive", integrity: "verified"},
		{name: "read-file", level: "internal", integrity: "verified"},
		{name: "send-email", level: "public", integrity: "verified", sinks: []string{"network_external"}, needs: []string{"network_egress"}},
		{name: "rate", level: "internal", integrity: "verified", output: ratings},
	}
}

func inventoryOf(t *testing.T, tools []tool) *inventory.Inventory {
	t.Helper()
	built, problems := inventory.Build(sourceOf(t, tools))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return built
}

func sourceOf(t *testing.T, tools []tool) inventory.Source {
	t.Helper()
	server := inventory.Server{Name: "s", Prefix: "s", Resources: true}
	src := inventory.Source{OraclePolicy: "policy-1"}
	for _, d := range tools {
		if d.channel != registry.Tool && d.channel != 0 {
			src.Content.Entries = append(src.Content.Entries, registry.Entry{
				Server: "s", Channel: d.channel, Level: d.level, Integrity: d.integrity, Sinks: d.sinks, Stores: &registry.Stores{}, Issuer: "local",
			})
			continue
		}
		more := ""
		if d.output != "" {
			more = `,"outputSchema":` + d.output
		}
		raw := ijson.MustParse(fmt.Sprintf(`{"name":%q,"inputSchema":{"type":"object","properties":{"n":{"type":"integer"}}}%s}`, d.name, more))
		def := inventory.Definition{Name: d.name, Digest: ijson.Digest(raw), Raw: raw}
		server.Tools = append(server.Tools, def)
		src.Content.Entries = append(src.Content.Entries, registry.Entry{
			Server: "s", Channel: registry.Tool, Tool: d.name, Digest: def.Digest, Level: d.level, Integrity: d.integrity, Sinks: d.sinks,
			Capabilities: d.needs, Endorsed: d.output != "", Stores: &registry.Stores{}, Issuer: "local",
		})
	}
	for _, integrity := range []string{"untrusted", "observed", "verified", "proven"} {
		src.Content.Flow = append(src.Content.Flow,
			registry.Cell{Level: "public", Integrity: integrity, Sink: "network_external", Mode: registry.Allow},
			registry.Cell{Level: "internal", Integrity: integrity, Sink: "network_external", Mode: registry.Inspect})
	}
	src.Servers = []inventory.Server{server}
	return src
}

func newRig(t *testing.T) *rig {
	t.Helper()
	dir := t.TempDir()
	l, book, past, answers, feed := openLedger(t, dir)
	told, err := refusals.Open(filepath.Join(dir, "refusals"))
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{t: t, dir: dir, oracle: &scriptedOracle{answer: allowAll}, servers: &scriptedServers{serve: echo}, stock: &fixedStock{changed: make(chan struct{})}}
	t.Cleanup(func() {
		r.Close()
		if err := r.Ledger.Close(); err != nil {
			t.Error(err)
		}
		if err := told.Close(); err != nil {
			t.Error(err)
		}
	})
	r.Mediator = New(Parts{
		Ledger: l, Book: book, Past: past, Answers: answers, Feed: feed, Refusals: told, Oracle: r.oracle, Servers: r.servers, Stock: r.stock, Logger: hclog.NewNullLogger(),
		Limits: Limits{
			ContextsPerPrincipal: 5, Depth: 3, FlightsPerAgent: 4, CallsPerMinute: 1000, CallTimeout: 5 * time.Second, QuestionTimeout: 5 * time.Second,
			ContextIdle: time.Hour,
		},
		Sources:   map[string]kernel.Exposure{"mailbox": {Level: kernel.Sensitive, Integrity: kernel.Untrusted}},
		Upstreams: map[string]kernel.Sink{"vendor": kernel.NetworkExternal},
	})
	r.enforce(stories())
	return r
}

func openLedger(t *testing.T, dir string) (*ledger.Ledger, *identity.Book, *Provenance, *Answers, *follow.Feed) {
	t.Helper()
	j, found, err := journal.Open(filepath.Join(dir, "journal"), journal.Options{})
	if err != nil {
		t.Fatal(err)
	}
	book, past, answers, feed := identity.NewBook(), NewProvenance(), NewAnswers(), follow.NewFeed()
	l, err := ledger.Open(j, found, ledger.Options{TheoryFolder: filepath.Join(dir, "theories"), Bits: 1000, Observe: func(r ledger.Record) error {
		past.Observe(r)
		answers.Observe(r)
		feed.Observe(r)
		return book.Observe(r)
	}})
	if err != nil {
		t.Fatal(err)
	}
	return l, book, past, answers, feed
}

// reopen is what a restart of the daemon does: all that is known afterwards comes from the journal.
func (r *rig) reopen() {
	r.t.Helper()
	if err := r.Ledger.Close(); err != nil {
		r.t.Fatal(err)
	}
	r.Ledger, r.Book, r.Past, r.Answers, r.Feed = openLedger(r.t, r.dir)
}

// enforce puts an inventory of these tools in force.
func (r *rig) enforce(tools []tool) {
	r.t.Helper()
	r.force(inventoryOf(r.t, tools))
}

func (r *rig) force(i *inventory.Inventory) {
	r.t.Helper()
	r.stock.now = i
	if _, err := r.Ledger.Adopt(ctx, r.stock.now.Spec); err != nil {
		r.t.Fatal(err)
	}
	for _, spec := range r.stock.now.Spec.Tools {
		if !r.Ledger.Current().State.Tools.Has(spec.ID) {
			r.apply(kernel.RegisterTool{Tool: spec.ID})
		}
	}
}

func (r *rig) apply(in kernel.Input) kernel.Event {
	r.t.Helper()
	a, err := r.Ledger.Apply(ctx, in, ledger.Note{})
	if err != nil || a.Refusal != nil {
		r.t.Fatal(a.Refusal, err)
	}
	return a.Event
}

var ctx = context.Background()

func echo(context.Context, upstream.Request) (upstream.Reply, error) {
	return upstream.Reply{Result: ijson.MustParse(`{"content":[{"type":"text","text":"done"}]}`)}, nil
}

func (r *rig) agent(name string, mode identity.Mode, ks ...kernel.Capability) Caller {
	r.t.Helper()
	token, _, err := r.NewAgent(ctx, identity.Principal{Name: name, Mode: mode, Capabilities: ks, Bits: 20})
	if err != nil {
		r.t.Fatal(err)
	}
	return r.by(token, "")
}

// by is who a request with this token and context id is.
func (r *rig) by(token identity.Token, id identity.ContextID) Caller {
	r.t.Helper()
	g, err := r.Authenticate(identity.Proof{Token: token})
	if err != nil {
		r.t.Fatal(err)
	}
	who, err := r.Bind(g, id)
	if err != nil {
		r.t.Fatal(err)
	}
	return who
}

// as is the caller as another of its principal's agents.
func (who Caller) as(agent kernel.AgentID) Caller {
	who.Agent = agent
	return who
}

// Delegate, Return and Revoke tell of a step what most tests ask: whether it was refused.
func (r *rig) Delegate(ctx context.Context, who Caller, b Birth) (identity.ContextID, *Refusal, error) {
	id, step, err := r.Mediator.Delegate(ctx, who, b)
	return id, step.Refusal, err
}

func (r *rig) Return(ctx context.Context, who Caller, value ijson.Value, free bool) (*Refusal, error) {
	step, err := r.Mediator.Return(ctx, who, value, free)
	return step.Refusal, err
}

func (r *rig) Revoke(ctx context.Context, who Caller, id identity.ContextID) (*Refusal, error) {
	step, err := r.Mediator.Revoke(ctx, who, id)
	return step.Refusal, err
}

func (r *rig) call(who Caller, name, arguments string) Reply {
	r.t.Helper()
	reply, err := r.CallTool(ctx, who, name, ijson.MustParse(arguments), nil)
	if err != nil {
		r.t.Fatal(err)
	}
	return reply
}

func (r *rig) exposure(who Caller) kernel.Exposure {
	r.t.Helper()
	s := r.Ledger.Current()
	v, ok := s.State.View(s.Theory, who.Agent)
	if !ok {
		r.t.Fatal("no such agent")
	}
	return v.Exposure
}

func (r *rig) wantRefused(reply Reply, rule string) refusals.Refusal {
	r.t.Helper()
	if reply.Refusal == nil || reply.Refusal.Rule != rule {
		r.t.Fatalf("wanted a refusal by %s, got %+v", rule, reply.Refusal)
	}
	told, found, err := r.Refusals.Find(reply.Refusal.Reference)
	if err != nil || !found {
		r.t.Fatalf("the operator finds nothing under %s: %v", reply.Refusal.Reference, err)
	}
	return told
}

func (r *rig) wantResult(reply Reply, part string) {
	r.t.Helper()
	if reply.Refusal != nil || !strings.Contains(reply.Result.Raw(), part) {
		r.t.Fatalf("wanted a result with %s, got %s %+v", part, reply.Result.Raw(), reply.Refusal)
	}
}
