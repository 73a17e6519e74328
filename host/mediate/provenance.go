package mediate

import (
	"fmt"
	"sync"

	"argus/host/ledger"
	"argus/kernel"
)

// Provenance remembers what raised each living agent's exposure, so that a refusal can be explained by the calls that led to it. It is
// rebuilt from the journal like every shadow of it. An exposure can be raised six times at most, so it is small.
type Provenance struct {
	mu     sync.Mutex
	agents map[kernel.AgentID]past
	open   map[kernel.InvocationID]kernel.ToolID
}

type past struct {
	exposure kernel.Exposure
	raises   []string
	prompted bool // its client has told it what it is for
}

// NewProvenance knows nothing yet.
func NewProvenance() *Provenance {
	return &Provenance{agents: map[kernel.AgentID]past{}, open: map[kernel.InvocationID]kernel.ToolID{}}
}

// Observe takes one record of the ledger. The ledger hands over every record once, in order.
func (p *Provenance) Observe(r ledger.Record) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch e := r.Event.(type) {
	case kernel.Delegated:
		p.agents[e.Child] = past{exposure: e.Exposure, raises: p.agents[e.By].raises}
	case kernel.Revoked:
		delete(p.agents, e.Child)
	case kernel.Started:
		p.open[e.Invocation] = e.Call.Tool
	case kernel.Completed:
		if !e.Settled {
			p.raise(e.Agent, e.Exposure, "the result of "+string(p.open[e.Invocation]), r.Sequence)
		}
		delete(p.open, e.Invocation)
	case kernel.Returned:
		p.raise(e.Parent, e.Exposure, "a value that "+string(e.Child)+" returned", r.Sequence)
	case kernel.Elevated:
		p.raise(e.Agent, e.Exposure, contentOf(r.Note), r.Sequence)
		if r.Note.Call == firstPrompt {
			one := p.agents[e.Agent]
			one.prompted = true
			p.agents[e.Agent] = one
		}
	}
}

func (p *Provenance) raise(agent kernel.AgentID, to kernel.Exposure, by string, sequence uint64) {
	before := p.agents[agent]
	if to == before.exposure {
		return
	}
	line := fmt.Sprintf("%s brought it to %s (journal record %d)", by, to, sequence)
	p.agents[agent] = past{to, append(before.raises[:len(before.raises):len(before.raises)], line), before.prompted}
}

// Of tells what raised the agent's exposure, in order; what it inherited at birth comes first.
func (p *Provenance) Of(agent kernel.AgentID) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.agents[agent].raises
}

// Prompted reports whether an agent has had its first prompt.
func (p *Provenance) Prompted(agent kernel.AgentID) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.agents[agent].prompted
}

// contentOf names the channel by which an agent took something in outside any call.
func contentOf(n ledger.Note) string {
	if n.Call == "" {
		return "content outside any call"
	}
	return "content of " + n.Call
}
