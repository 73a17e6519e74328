package mediate

import (
	"context"
	"errors"
	"time"

	"argus/host/fault"
	"argus/host/inventory"
	"argus/host/ledger"
	"argus/kernel"
	"argus/plugin/sdk/oracle"
	"argus/plugin/sdk/registry"
)

// policyPatience is how long a call waits for the theory to follow a policy that the oracle has already loaded.
const policyPatience = 2 * time.Second

var errAskAgain = errors.New("the oracle answered by a policy that is now in force")

// question is one round with the oracle: what it was shown and what it said.
type question struct {
	answer    oracle.Answer
	inspected bool
	reading   kernel.Reading
	policy    kernel.Digest
}

// ask puts the call to the oracle as the snapshot shows the agent.
func (m *Mediator) ask(ctx context.Context, r request, s *ledger.Snapshot) (question, error) {
	return m.put(ctx, r.who, s, s.State.Inspects(s.Theory, r.who.Agent, r.item.Label, r.item.Sinks), oracle.Call{
		Server: r.item.Server, Tool: askedAbout(r.item), ToolID: string(r.item.ID),
		Arguments: valueOf(r.arguments), ArgumentsDigest: string(r.digest),
		Label: exposureOf(r.item.Label), Sinks: sinkNames(r.item.Sinks),
	})
}

// put asks the oracle about an agent as the snapshot shows it. Only what the oracle says it read is bound to the verdicts.
func (m *Mediator) put(ctx context.Context, who Caller, s *ledger.Snapshot, inspect bool, about oracle.About) (question, error) {
	q := question{policy: s.Theory.OraclePolicy()}
	view, active := s.State.View(s.Theory, who.Agent)
	if !active {
		return q, nil // the kernel says it better
	}
	q.inspected = inspect
	answer, err := m.Oracle.Ask(ctx, oracle.Question{
		Agent: agentOf(who.Principal, view), About: about, Inspect: inspect, PolicyDigest: string(q.policy),
	})
	if err != nil {
		if fault.KindOf(err) == fault.Stale && m.awaitPolicy(ctx, q.policy) {
			return question{}, errAskAgain
		}
		return question{}, err
	}
	q.answer = answer
	q.reading, _ = s.State.Reading(s.Theory, who.Agent, attributesOf(answer.Read))
	return q, nil
}

// askedAbout is the name by which policies know what is called: a tool's at its server, or that of the server's channel.
func askedAbout(item *inventory.Item) string {
	if item.Channel == registry.Tool {
		return item.Tool
	}
	return item.Channel.String()
}

// awaitPolicy waits for a theory with another oracle policy than the one the oracle no longer has.
func (m *Mediator) awaitPolicy(ctx context.Context, old kernel.Digest) bool {
	ctx, cancel := context.WithTimeout(ctx, policyPatience)
	defer cancel()
	for {
		changed := m.Stock.Changed()
		if m.Ledger.Current().Theory.OraclePolicy() != old {
			return true
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return false
		}
	}
}

// input binds the verdicts to exactly what was asked.
func (q question) input(r request) kernel.InvokeStart {
	return kernel.InvokeStart{
		Agent: r.who.Agent, Tool: r.item.ID, Arguments: r.digest, Label: r.item.Label, Sinks: r.item.Sinks,
		Verdicts: kernel.Verdicts{
			Authorized: q.answer.Authorized && q.answer.EvaluationError == "",
			Vouched:    q.vouched(),
			Binding: kernel.Binding{
				Agent: r.who.Agent, Tool: r.item.ID, Arguments: r.digest, Label: r.item.Label, Sinks: r.item.Sinks,
				Policy: q.policy, Reading: q.reading,
			},
		},
	}
}

// vouched reports whether the content gate was asked and vouched.
func (q question) vouched() bool {
	return q.inspected && q.answer.Vouched && q.answer.EvaluationError == ""
}

func agentOf(principal string, v kernel.View) oracle.Agent {
	a := oracle.Agent{
		ID: string(v.ID), Principal: principal,
		Exposure: exposureOf(v.Exposure), Speculative: exposureOf(v.Speculative),
		Depth: uint32(v.Depth), Flights: uint32(v.Flights.Len()), Capabilities: make([]string, 0, v.Caps.Len()),
	}
	for k := range v.Caps.All() {
		a.Capabilities = append(a.Capabilities, string(k))
	}
	return a
}

func exposureOf(x kernel.Exposure) oracle.Exposure {
	return oracle.Exposure{Level: x.Level.String(), Integrity: x.Integrity.String()}
}

// attributesOf reads what an oracle depended on. One that the kernel has no bit for cannot come out of the SDK; if it did, everything
// counts as read.
func attributesOf(read []oracle.Attribute) kernel.Attributes {
	var as kernel.Attributes
	for _, a := range read {
		switch a {
		case oracle.Capabilities:
			as |= kernel.ReadCapabilities
		case oracle.ExposureNow:
			as |= kernel.ReadExposure
		case oracle.Speculative:
			as |= kernel.ReadSpeculative
		case oracle.Depth:
			as |= kernel.ReadDepth
		case oracle.Flights:
			as |= kernel.ReadFlights
		default:
			as |= kernel.ReadCapabilities | kernel.ReadExposure | kernel.ReadSpeculative | kernel.ReadDepth | kernel.ReadFlights
		}
	}
	return as
}
