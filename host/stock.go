package host

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"

	"argus/host/config"
	"argus/host/fault"
	"argus/host/inventory"
	"argus/host/ledger"
	"argus/host/mediate"
	"argus/host/upstream"
	"argus/kernel"
	"argus/plugin/sdk"
	"argus/plugin/sdk/oracle"
	"argus/plugin/sdk/registry"
)

// registrySource and oracleSource are what the stock follows; the catalog's facades are.
type registrySource interface {
	Content() (registry.Content, <-chan struct{})
}

type oracleSource interface {
	Policy() (oracle.PolicyState, <-chan struct{})
}

// stock keeps the inventory in force: whenever the registry's content, the oracle's policy or a server's definitions change it builds
// another, has the ledger adopt its theory, and puts it in force. So it does when the program of a client declares other tools. What cannot be
// put in force leaves the old one, loudly; a server whose new definitions were not judged yet cannot be called.
type stock struct {
	ledger   *ledger.Ledger
	registry registrySource
	oracle   oracleSource
	servers  []config.Server
	profiles map[string]config.Profile
	logger   hclog.Logger
	wake     chan struct{}

	stopCalls func(kernel.ToolID)
	hear      func(server string, n upstream.News)

	mu       sync.Mutex
	set      *upstream.Set
	heard    map[string]upstream.Definitions
	unjudged map[string]bool // heard, and not in the inventory yet
	up       map[string]bool
	inForce  *inventory.Inventory
	changed  chan struct{}
	usable   registry.Content // the last that was
	problems []string

	clients  []config.Client
	declared map[string]*declared // by client
	pins     map[string]pins      // of the usable content, by client
	judgedTo map[string]uint64    // what of each client's is in the inventory
}

func newStock(m *mediate.Mediator, r registrySource, o oracleSource, c config.Config, logger hclog.Logger) *stock {
	s := &stock{
		ledger: m.Ledger, stopCalls: m.StopCalls, hear: m.Hear, registry: r, oracle: o, servers: c.Servers, profiles: c.Profiles, logger: logger,
		wake:  make(chan struct{}, 1),
		heard: map[string]upstream.Definitions{}, unjudged: map[string]bool{}, up: map[string]bool{},
		changed: make(chan struct{}),
		clients: c.Clients, declared: map[string]*declared{}, judgedTo: map[string]uint64{},
	}
	for _, client := range c.Clients {
		s.declared[client.Name] = &declared{tools: map[string][]declaration{}}
	}
	return s
}

// Inventory is the one in force; nil before the first.
func (s *stock) Inventory() *inventory.Inventory {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.inForce
}

// Changed is closed when another inventory is put in force.
func (s *stock) Changed() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.changed
}

// Problems are what keeps newer content, policy or definitions from being in force.
func (s *stock) Problems() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.problems)
}

// ServerChanged takes what a server defines now. Until it is judged the server cannot be called. What was judged already stays so: a
// server that announces a change which is none, or was started again, must not make calls fail.
func (s *stock) ServerChanged(server string, d upstream.Definitions) {
	s.mu.Lock()
	before, known := s.heard[server]
	same := known && sameOffer(before, d)
	s.heard[server], s.up[server] = d, true
	s.unjudged[server] = s.unjudged[server] || !same
	s.mu.Unlock()
	if !same {
		s.poke()
	}
}

// ServerDown notes that a server ended. Its tools stay listed: it is started again, and what it defines then is judged anew.
func (s *stock) ServerDown(server string, _ error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.up[server] = false
}

// Ready says why a server cannot be called now.
func (s *stock) Ready(server string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case !s.up[server]:
		return fmt.Errorf("server %s does not run now: see `argus status`", server)
	case s.unjudged[server]:
		return fmt.Errorf("what server %s defines is not judged yet: see `argus status`", server)
	}
	return nil
}

// Call runs a call on a server whose definitions are those in force.
func (s *stock) Call(ctx context.Context, q upstream.Request) (upstream.Reply, error) {
	if err := s.Ready(q.Server); err != nil {
		return upstream.Reply{}, fault.New(fault.Unavailable, "call server "+q.Server, err)
	}
	s.mu.Lock()
	set := s.set
	s.mu.Unlock()
	return set.Call(ctx, q)
}

// ServerSaid passes on what a server says outside any call.
func (s *stock) ServerSaid(server string, n upstream.News) { s.hear(server, n) }

// Channels are those by which a server may speak in the middle of a call: what the registry declares now, also before it is in force.
func (s *stock) Channels(server string) upstream.Channels {
	s.mu.Lock()
	content := s.usable
	s.mu.Unlock()
	if !content.Usable() {
		content, _ = s.registry.Content()
	}
	var c upstream.Channels
	for _, e := range content.Entries {
		if e.Server != server {
			continue
		}
		switch e.Channel {
		case registry.Sampling:
			c.Sampling, c.SamplingTools = true, true
		case registry.Elicitation:
			c.Elicitation, c.ElicitationURL = true, true
		case registry.Roots:
			c.Roots = true
		case registry.Log:
			c.Log = true
		}
	}
	return c
}

func (s *stock) attach(set *upstream.Set) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.set = set
}

func (s *stock) poke() {
	select {
	case s.wake <- struct{}{}:
	default: // a build that has not begun yet will see this change too
	}
}

// run builds whenever something changed, until ctx ends.
func (s *stock) run(ctx context.Context) {
	for {
		content, newContent := s.registry.Content()
		policy, newPolicy := s.oracle.Policy()
		s.build(ctx, content, policy)
		select {
		case <-newContent:
		case <-newPolicy:
		case <-s.wake:
		case <-ctx.Done():
			return
		}
	}
}

// What an ordinary start waits for. It is a problem only while it lasts, and told as one only by `argus status`.
const (
	awaitsContent = "no usable registry content yet: nothing can be called"
	awaitsPolicy  = "the oracle has no policy in force: nothing can be called"
)

// build puts in force what can be, and remembers why the rest cannot.
func (s *stock) build(ctx context.Context, content registry.Content, policy oracle.PolicyState) {
	problems := texts("registry", content.Problems)
	problems = append(problems, texts("oracle", policy.Problems)...)
	src, judged := s.source(content, policy)
	switch {
	case !src.Content.Usable():
		problems = append(problems, awaitsContent)
	case src.OraclePolicy == "":
		problems = append(problems, awaitsPolicy)
	default:
		problems = append(problems, s.enforce(ctx, src, judged)...)
	}
	s.report(problems)
}

// judgement is what a source has of servers and clients.
type judgement struct {
	heard map[string]upstream.Definitions
	taken map[string]uint64
}

// source gathers what is known now, and which definitions are in it.
func (s *stock) source(content registry.Content, policy oracle.PolicyState) (inventory.Source, judgement) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if content.Usable() {
		s.usable = content
		s.pins = map[string]pins{}
		for _, c := range s.clients {
			s.pins[c.Name] = pinsOf(content, c.Name)
		}
	}
	src := inventory.Source{Content: s.usable, OraclePolicy: kernel.Digest(policy.Digest), Before: s.inForce}
	for _, c := range s.servers {
		d := s.heard[c.Name]
		p := s.profiles[c.Profile]
		server := inventory.Server{
			Name: c.Name, Prefix: c.Prefix, Network: p.Network, Files: len(p.Write) > 0,
			Resources: d.Resources, Prompts: d.Prompts, Completions: d.Completions, Logging: d.Logging, Instructions: d.Instructions,
		}
		for _, t := range d.Tools {
			server.Tools = append(server.Tools, inventory.Definition{Name: t.Name, Digest: t.Digest, Raw: t.Raw})
		}
		for _, u := range d.Unusable {
			server.Unusable = append(server.Unusable, inventory.Unusable(u))
		}
		src.Servers = append(src.Servers, server)
	}
	taken := map[string]uint64{}
	for _, c := range s.clients {
		d := s.declared[c.Name]
		src.Servers = append(src.Servers, inventory.Server{Name: c.Name, Client: true, Tools: d.definitions(s.pins[c.Name])})
		taken[c.Name] = d.taken
	}
	return src, judgement{maps.Clone(s.heard), taken}
}

// enforce builds the inventory, adopts its theory, registers its tools and puts it in force.
func (s *stock) enforce(ctx context.Context, src inventory.Source, judged judgement) []string {
	built, wrong := inventory.Build(src)
	if len(wrong) > 0 {
		return texts("theory", wrong)
	}
	if err := s.adopt(ctx, built.Spec); err != nil {
		var not ledger.Inadmissible
		if errors.As(err, &not) {
			s.stopReaders(not.Problems)
			return []string{"theory: " + inventory.Explain(not.Problems)}
		}
		return []string{"theory: " + err.Error()}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.inForce = built
	s.judgedTo = judged.taken
	for name, d := range judged.heard {
		if sameOffer(s.heard[name], d) {
			s.unjudged[name] = false
		}
	}
	s.renew()
	close(s.changed)
	s.changed = make(chan struct{})
	return nil
}

// renew has every server look whether other channels are declared now than it was told of.
func (s *stock) renew() {
	for _, c := range s.servers {
		if s.set == nil {
			return
		}
		if err := s.set.Renew(c.Name); err != nil {
			s.logger.Error("a server is not told what it may ask", "server", c.Name, "error", err)
		}
	}
}

// retryAfter is how long calls that stand in the way of a theory have to complete before it is tried again.
const retryAfter = 100 * time.Millisecond

// stopReaders ends the open calls that keep a theory from being in force: readers of a store that it would let more into. No new one
// can start meanwhile if their server changed; otherwise the next try meets fewer of them. Calls of revoked agents were stopped already.
func (s *stock) stopReaders(problems []kernel.Problem) {
	retry := false
	for _, p := range problems {
		switch p.Kind {
		case kernel.ReaderInFlight:
			s.stopCalls(p.Tool)
			retry = true
		case kernel.CallSettling:
			retry = true
		}
	}
	if retry {
		time.AfterFunc(retryAfter, s.poke)
	}
}

// sameOffer reports whether two definitions say the same of everything that an inventory holds: of a server that changed meanwhile the
// later ones are not judged.
func sameOffer(a, b upstream.Definitions) bool {
	return a.Prompts == b.Prompts && a.Resources == b.Resources && a.Completions == b.Completions && a.Logging == b.Logging &&
		a.Instructions == b.Instructions && slices.Equal(a.Unusable, b.Unusable) &&
		slices.EqualFunc(a.Tools, b.Tools, func(x, y upstream.Tool) bool { return x.Name == y.Name && x.Digest == y.Digest })
}

func (s *stock) adopt(ctx context.Context, spec kernel.TheorySpec) error {
	sealed, err := ledger.Seal(spec)
	if err != nil {
		return err
	}
	if sealed.Digest() != s.ledger.Current().Theory.Digest() {
		if _, err := s.ledger.Adopt(ctx, spec); err != nil {
			return err
		}
		s.logger.Info("theory in force", "digest", sealed.Digest(), "tools", sealed.Tools().Len())
	}
	for _, t := range spec.Tools {
		if s.ledger.Current().State.Tools.Has(t.ID) {
			continue
		}
		applied, err := s.ledger.Apply(ctx, kernel.RegisterTool{Tool: t.ID}, ledger.Note{})
		if err != nil {
			return err
		}
		if applied.Refusal != nil {
			return fmt.Errorf("register %s: %s", t.ID, kernel.Refused{Why: applied.Refusal}.Text())
		}
	}
	return nil
}

// report keeps the problems for `argus status` and logs those that are new.
func (s *stock) report(problems []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range problems {
		if !slices.Contains(s.problems, p) && p != awaitsContent && p != awaitsPolicy {
			s.logger.Error("not in force", "problem", p)
		}
	}
	s.problems = problems
}

func texts(from string, problems []sdk.Problem) []string {
	var lines []string
	for _, p := range problems {
		lines = append(lines, from+": "+p.String())
	}
	return lines
}
