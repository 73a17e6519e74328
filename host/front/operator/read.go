package operator

import (
	"context"
	"errors"
	"fmt"
	"time"

	"argus/host/fault"
	"argus/host/identity"
	"argus/host/inventory"
	"argus/host/mediate"
	"argus/host/refusals"
	"argus/internal/ijson"
	"argus/kernel"
	"argus/plugin/sdk/registry"
	operatorv1 "argus/proto/argus/operator/v1"
)

const maxArguments = 4 << 20

// Tools lists every tool that a server defines, callable or not, its instructions, and declared channels that cannot be used.
func (d *Door) Tools(_ context.Context, q *operatorv1.ToolsRequest) (*operatorv1.ToolsReply, error) {
	stock := d.Mediator.Stock.Inventory()
	if stock == nil {
		return nil, fault.New(fault.Unavailable, "tools", errors.New("no theory is in force yet: `argus status` says what is missing"))
	}
	reply := &operatorv1.ToolsReply{}
	for _, s := range stock.Standings {
		if q.GetServer() == "" || q.GetServer() == s.Server {
			reply.Tools = append(reply.Tools, toolOf(s))
		}
	}
	return reply, nil
}

func toolOf(s inventory.Standing) *operatorv1.Tool {
	t := &operatorv1.Tool{
		Server: s.Server, Channel: s.Channel.String(), Tool: s.Tool, Digest: s.Definition.Digest, State: Quarantined, Reason: s.Reason,
		Fix:        s.Fix,
		Definition: string(ijson.AppendCanonical(nil, s.Definition.Raw)),
	}
	if e := s.Entry; e != nil {
		t.Entry, t.PinnedDigest = fmt.Sprintf("%s:%d", e.Origin.File, e.Origin.Line), e.Digest
		t.Capabilities, t.Level, t.Integrity, t.Sinks, t.Endorsed = e.Capabilities, e.Level, e.Integrity, e.Sinks, e.Endorsed
	}
	switch {
	case s.Item != nil:
		t.State, t.Name = Callable, s.Item.Name
	case s.Channel == registry.Instructions && s.Reason == "":
		t.State = Delivered
	}
	return t
}

// Agents lists every agent that was not revoked.
func (d *Door) Agents(context.Context, *operatorv1.AgentsRequest) (*operatorv1.AgentsReply, error) {
	s := d.Mediator.Ledger.Current()
	reply := &operatorv1.AgentsReply{}
	for id := range s.State.Agents.All() {
		if view, ok := s.State.View(s.Theory, id); ok && id != kernel.Root {
			reply.Agents = append(reply.Agents, d.agentOf(view))
		}
	}
	return reply, nil
}

func (d *Door) agentOf(v kernel.View) *operatorv1.Agent {
	owner, _ := d.Mediator.Book.Owner(v.ID)
	present, _ := d.Mediator.Book.Present(owner)
	a := &operatorv1.Agent{
		Id: string(v.ID), Principal: owner, Parent: string(v.Parent), Present: present == v.ID, Acts: v.Acts,
		Level: v.Exposure.Level.String(), Integrity: v.Exposure.Integrity.String(), Bits: v.Bits, Flights: uint32(v.Flights.Len()),
	}
	if p, err := d.Mediator.Book.Principal(owner); err == nil {
		a.Context = string(p.Mode)
	}
	if c, declared := d.Mediator.Book.Of(v.ID); declared {
		a.ContextId = string(c.ID)
	}
	for k := range v.Caps.All() {
		a.Capabilities = append(a.Capabilities, string(k))
	}
	return a
}

// Explain tells what is known of a refusal.
func (d *Door) Explain(_ context.Context, q *operatorv1.ExplainRequest) (*operatorv1.ExplainReply, error) {
	r, found, err := d.Mediator.Refusals.Find(refusals.Reference(q.GetReference()))
	if err != nil {
		return nil, fault.New(fault.Unavailable, "explain", err)
	}
	if !found {
		return nil, invalid("explain", errors.New("no refusal of that reference is kept: a reference looks like R-ABCDEFGH, and old ones are dropped"))
	}
	return explanation(r, false), nil
}

// DryRun judges a call of an agent, or of a principal's present context, as it would be judged now.
func (d *Door) DryRun(ctx context.Context, q *operatorv1.DryRunRequest) (*operatorv1.ExplainReply, error) {
	who, err := d.caller(q.GetAgent())
	if err != nil {
		return nil, invalid("explain", err)
	}
	arguments, err := ijson.ParseString(q.GetArguments(), ijson.AtMost(maxArguments))
	if err != nil {
		return nil, invalid("explain: the arguments", err)
	}
	allowed, said, err := d.Mediator.DryRun(ctx, who, q.GetTool(), arguments)
	if err != nil {
		return nil, err
	}
	return explanation(said, allowed), nil
}

func (d *Door) caller(name string) (mediate.Caller, error) {
	if agent, present := d.Mediator.Book.Present(name); present {
		return mediate.Caller{Principal: name, Agent: agent}, nil
	}
	owner, known := d.Mediator.Book.Owner(kernel.AgentID(name))
	if !known {
		return mediate.Caller{}, identity.ErrNotFound
	}
	return mediate.Caller{Principal: owner, Agent: kernel.AgentID(name)}, nil
}

func explanation(r refusals.Refusal, allowed bool) *operatorv1.ExplainReply {
	reply := &operatorv1.ExplainReply{
		Reference: string(r.Reference), Allowed: allowed, Rule: r.Rule, Sentence: r.Sentence, Agent: r.Agent, Principal: r.Principal,
		Tool: r.Tool, ArgumentsDigest: r.Arguments, Level: r.Level, Integrity: r.Integrity, Causes: r.Causes, Remedies: r.Remedies,
		Count: r.Count, Theory: r.Theory,
	}
	if !r.Time.IsZero() {
		reply.Time = r.Time.Format(time.RFC3339)
	}
	return reply
}
