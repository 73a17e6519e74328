//go:build argus_gate_open

package mediate

import (
	"context"

	"argus/host/refusals"
	"argus/kernel"
)

// GateForcedOpen says whether this program is a test build in which refusals have no effect. This one is: it exists to show that the
// demo, which must find every attack blocked, finds none blocked that the gate did not block.
const GateForcedOpen = true

// sendAnyway sends a call that the kernel refused, and records nothing of it: there is no start to complete.
func (m *Mediator) sendAnyway(ctx context.Context, r request, why *Refusal) (Reply, bool, error) {
	m.forced(r.item.Name, string(r.who.Agent), why.Rule)
	got, err := m.send(ctx, r)
	if err != nil {
		return Reply{}, true, err
	}
	return release(got, nil, kernel.Completed{}), true, nil
}

// passAnyway passes an answer whose call the kernel refused.
func (m *Mediator) passAnyway(r request, why *Refusal) bool {
	m.forced(r.item.Name, string(r.who.Agent), why.Rule)
	return true
}

// deliverAnyway delivers what the kernel withheld.
func (m *Mediator) deliverAnyway(r refusals.Refusal) bool {
	m.forced(r.Tool, r.Agent, r.Rule)
	return true
}

func (m *Mediator) forced(tool, agent, rule string) {
	m.Logger.Error("GATE FORCED OPEN: test build: a refusal has no effect", "tool", tool, "agent", agent, "rule", rule)
}
