package mediate

import (
	"context"

	"argus/host/inventory"
	"argus/host/ledger"
	"argus/kernel"
	"argus/plugin/sdk/registry"
)

// Admit reports whether content of a server's channel may be delivered to the agent now, outside any call of its own: the channel is declared
// and the agent's exposure covers its label. Where it does not, raise lets the kernel raise the exposure first, durably; without raise
// the content is withheld. Content that would close an open call is withheld in any case, and the operator is told.
func (m *Mediator) Admit(ctx context.Context, who Caller, server string, channel registry.Channel, raise bool) bool {
	stock := m.Stock.Inventory()
	if stock == nil {
		return false
	}
	item, declared := stock.Channel(server, channel)
	return declared && m.admit(ctx, who, item, raise)
}

func (m *Mediator) admit(ctx context.Context, who Caller, item *inventory.Item, raise bool) bool {
	s := m.Ledger.Current()
	if !s.State.Acts(who.Agent) {
		return false // whoever does not act receives nothing
	}
	if agent, _ := s.State.Agents.Get(who.Agent); item.Label.Leq(agent.Exposure) {
		return true
	}
	if !raise {
		return false
	}
	applied, err := m.Ledger.Apply(ctx, kernel.Elevate{Agent: who.Agent, Label: item.Label}, ledger.Note{Principal: who.Principal, Call: item.Name})
	switch {
	case err != nil:
		m.Logger.Error("content was withheld", "channel", item.Name, "agent", who.Agent, "error", err)
		return false
	case applied.Refusal != nil:
		return m.withhold(who, item, applied)
	}
	return true
}

// withhold records that the kernel let content of a channel not reach an agent.
func (m *Mediator) withhold(who Caller, item *inventory.Item, a ledger.Applied) (delivered bool) {
	why := kernel.Refused{Why: a.Refusal}
	record := m.describeStep(who, item.Name)
	record.Rule, record.Sentence = why.Rule(), why.Text()
	record.Causes = append([]string{"what the server wanted to tell or ask was withheld; its call goes on"}, explainStep(a.Refusal))
	m.record(record)
	return m.deliverAnyway(record)
}
