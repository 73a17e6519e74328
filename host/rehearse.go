package host

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"strings"
	"time"

	"argus/host/config"
	"argus/host/identity"
	"argus/host/inventory"
	"argus/host/ledger"
	"argus/host/mediate"
	"argus/host/upstream"
	"argus/internal/ijson"
	"argus/kernel"
	"argus/kernel/ordered"
	"argus/plugin/sdk/oracle"
	"argus/plugin/sdk/registry"
)

// Case is one call, or one flow outside any tool, to be judged.
type Case struct {
	Principal    string
	Met          kernel.Exposure // what its agent has been exposed to
	Capabilities []string        // nil: every one
	Open         []Invocation    // calls of the agent that are under way
	Call         Invocation      // to be judged; without a tool Egress is
	Egress       string          // name of a configured upstream
}

// Invocation is one call of a tool by its name toward agents, or PROGRAM/TOOL of one that the agent's program runs itself.
type Invocation struct {
	Tool      string
	Arguments ijson.Value // an object, or the zero Value for none
}

// Exposure reads what an agent has met by the names of the protocol. Where a name is empty it has met nothing of the kind.
func Exposure(level, integrity string) (x kernel.Exposure, levelKnown, integrityKnown bool) {
	x, levelKnown, integrityKnown = kernel.Clean(), true, true
	if level != "" {
		x.Level, levelKnown = kernel.ParseLevel(level)
	}
	if integrity != "" {
		x.Integrity, integrityKnown = kernel.ParseIntegrity(integrity)
	}
	return x, levelKnown, integrityKnown
}

// Verdict is how a case was judged.
type Verdict struct {
	Allowed        bool
	Rule, Sentence string // of a refusal
	Causes         []string
	Unknown        bool // refused for no more than that nobody knows the name
}

// Impossible is the error of a case that cannot come about.
type Impossible struct {
	Case int // its index
	Why  error
}

func (e *Impossible) Error() string { return e.Why.Error() }

// Unwrap is why.
func (e *Impossible) Unwrap() error { return e.Why }

// rehearsalPatience is how long plugins and the first theory may take.
const rehearsalPatience = 30 * time.Second

// Rehearse judges cases by the policies, the registry and the flow table of a configuration, without its state folder, its servers and its
// daemon: each case has an agent of its own. The oracle and registry plugins are the real ones, and so is the way of a call up to its effect.
//
// A tool's definition is taken to be the pinned one, since no server and no client's program is asked, so arguments are not held against its schema.
func Rehearse(ctx context.Context, o Options, cases []Case) (verdicts []Verdict, err error) {
	folder, err := temporaryState()
	if err != nil {
		return nil, err
	}
	o.Config.State = folder
	o.Config.Plugins = only(o.Config.Plugins, config.Oracle, config.Registry)
	o.Config.Limits.CallsPerMinute = math.MaxInt32 // how many cases are tried at once says nothing of an agent's pace
	h := &Host{config: o.Config, logger: o.Logger, began: time.Now(), pluginDir: o.PluginDir}
	defer func() { err = errors.Join(err, h.Close(), os.RemoveAll(folder)) }()
	for _, step := range []func(context.Context) error{h.openRecord, h.openPlugins, h.enforcePinned} {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	actors := map[string]mediate.Caller{}
	for i, c := range cases {
		if _, made := actors[c.Principal]; !made {
			if actors[c.Principal], err = h.principal(ctx, c.Principal); err != nil {
				return nil, &Impossible{i, err}
			}
		}
		v, err := h.rehearse(ctx, actors[c.Principal], c)
		if err != nil {
			return nil, &Impossible{i, err}
		}
		v.Unknown = mediate.UnknownName(v.Rule)
		verdicts = append(verdicts, v)
	}
	return verdicts, nil
}

// enforcePinned puts in force what the registry says of every configured server and client, with the first policy that the oracle tells of.
func (h *Host) enforcePinned(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, rehearsalPatience)
	defer cancel()
	if err := h.catalog.Ready(ctx); err != nil {
		return err
	}
	content, err := h.firstContent(ctx)
	if err != nil {
		return err
	}
	policy, err := h.firstPolicy(ctx)
	if err != nil {
		return err
	}
	for _, s := range h.config.Servers {
		d, err := pinnedBy(content, s.Name)
		if err != nil {
			return err
		}
		h.stock.ServerChanged(s.Name, d)
	}
	for _, c := range h.config.Clients {
		d, err := pinnedBy(content, c.Name)
		if err != nil {
			return err
		}
		h.stock.assume(c.Name, d.Tools)
	}
	h.stock.build(ctx, content, policy)
	if h.stock.Inventory() == nil {
		return fmt.Errorf("no theory came in force:\n%s", strings.Join(h.stock.Problems(), "\n"))
	}
	return nil
}

func (h *Host) firstContent(ctx context.Context) (registry.Content, error) {
	for {
		content, changed := h.catalog.Registry().Content()
		switch {
		case content.Usable():
			return content, nil
		case len(content.Problems) > 0:
			return content, fmt.Errorf("the registry cannot be used:\n%s", strings.Join(texts("registry", content.Problems), "\n"))
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return content, errors.New("the registry told no content in time")
		}
	}
}

func (h *Host) firstPolicy(ctx context.Context) (oracle.PolicyState, error) {
	for {
		policy, changed := h.catalog.Oracle().Policy()
		switch {
		case policy.Digest != "":
			return policy, nil
		case len(policy.Problems) > 0:
			return policy, fmt.Errorf("the policies cannot be used:\n%s", strings.Join(texts("oracle", policy.Problems), "\n"))
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return policy, errors.New("the oracle told no policy in time")
		}
	}
}

// assume takes tools for those that the program of a client declares, by the digests that they have here.
func (s *stock) assume(client string, tools []upstream.Tool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.declared[client]
	for _, t := range tools {
		d.taken++
		d.tools[t.Name] = []declaration{{inventory.Definition{Name: t.Name, Digest: t.Digest, Raw: t.Raw}, d.taken}}
	}
}

// pinnedBy is what a server or a client's program would define if nothing of it had changed. Its schemas admit anything.
func pinnedBy(content registry.Content, server string) (upstream.Definitions, error) {
	d := upstream.Definitions{Prompts: true, Resources: true, Completions: true, Logging: true}
	const anything = `{"inputSchema":{"type":"object"},"outputSchema":{"type":"boolean"}}`
	raw, err := ijson.ParseString(anything, ijson.AtMost(len(anything)))
	if err != nil {
		return d, err
	}
	for _, e := range content.Entries {
		if e.Server == server && e.Channel == registry.Tool {
			d.Tools = append(d.Tools, upstream.Tool{Name: e.Tool, Digest: e.Digest, Raw: raw})
		}
	}
	return d, nil
}

// principal makes one, with a credential that may ask for everything.
func (h *Host) principal(ctx context.Context, name string) (mediate.Caller, error) {
	token, _, err := h.mediator.NewAgent(ctx, identity.Principal{Name: name, Mode: identity.Sticky})
	if err != nil {
		return mediate.Caller{}, err
	}
	g, err := h.mediator.Authenticate(identity.Proof{Token: token})
	if err != nil {
		return mediate.Caller{}, err
	}
	return h.mediator.Bind(g, "")
}

func (h *Host) rehearse(ctx context.Context, who mediate.Caller, c Case) (Verdict, error) {
	who, err := h.actor(ctx, who, c)
	if err != nil {
		return Verdict{}, err
	}
	for _, open := range c.Open {
		step, err := h.start(ctx, who, open)
		if err != nil {
			return Verdict{}, err
		}
		if step.Refusal != nil {
			return Verdict{}, fmt.Errorf("%s cannot be under way: it is refused by rule %s: %s", open.Tool, step.Refusal.Rule, step.Refusal.Sentence)
		}
	}
	if c.Call.Tool == "" {
		step, err := h.mediator.CheckEgress(ctx, who, c.Egress, nil)
		if err != nil || step.Refusal == nil {
			return Verdict{Allowed: err == nil}, err
		}
		return Verdict{Rule: step.Refusal.Rule, Sentence: step.Refusal.Sentence}, nil
	}
	allowed, said, err := h.mediator.DryRun(ctx, who, c.Call.Tool, c.Call.Arguments)
	if err != nil || allowed {
		return Verdict{Allowed: allowed, Causes: said.Causes}, err
	}
	return Verdict{Rule: said.Rule, Sentence: said.Sentence, Causes: said.Causes}, nil
}

// start opens a call that whoever asks for it runs: of a tool of the caller's program, by PROGRAM/TOOL, or of a server's.
func (h *Host) start(ctx context.Context, who mediate.Caller, open Invocation) (mediate.Step, error) {
	program, tool, _ := strings.Cut(open.Tool, "/")
	if digest := h.stock.pins[program][tool]; digest != "" && h.mediator.Clients[who.Principal] == program {
		return h.mediator.StartDeclared(ctx, who, tool, digest, open.Arguments, rehearsalPatience)
	}
	return h.mediator.Start(ctx, who, open.Tool, open.Arguments)
}

// actor gives birth to an agent of the principal's that has met what the case says.
func (h *Host) actor(ctx context.Context, who mediate.Caller, c Case) (mediate.Caller, error) {
	theory := h.ledger.Current().Theory
	caps := theory.Catalogue()
	if c.Capabilities != nil {
		var some []kernel.Capability
		for _, name := range c.Capabilities {
			some = append(some, kernel.Capability(name))
		}
		caps = ordered.SetOf(some...)
	}
	born, err := h.ledger.Apply(ctx, kernel.Delegate{By: kernel.Root, Caps: caps}, ledger.Note{Principal: c.Principal})
	if err != nil {
		return mediate.Caller{}, err
	}
	event, ok := born.Event.(kernel.Delegated)
	if !ok {
		return mediate.Caller{}, fmt.Errorf("an agent with these capabilities cannot be: %s", kernel.Refused{Why: born.Refusal}.Text())
	}
	who.Agent = event.Child
	if c.Met.Leq(event.Exposure) {
		return who, nil
	}
	met, err := h.ledger.Apply(ctx, kernel.Elevate{Agent: who.Agent, Label: c.Met}, ledger.Note{Principal: c.Principal})
	if err == nil && met.Refusal != nil {
		err = errors.New(kernel.Refused{Why: met.Refusal}.Text())
	}
	return who, err
}
