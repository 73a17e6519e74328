//go:build argus_gate_open

package mediate

import (
	"context"

	"argus/kernel"
)

// GateForcedOpen says whether this program is a test build in which refusals have no effect. This one is: it exists to show that the
// demo, which must find every attack blocked, finds none blocked that the gate did not block.
const GateForcedOpen = true

// sendAnyway sends a call that the kernel refused, and records nothing of it: there is no start to complete.
func (m *Mediator) sendAnyway(ctx context.Context, r request, why *Refusal) (Reply, bool, error) {
	m.Logger.Error("GATE FORCED OPEN: test build: a refused call is sent", "tool", r.item.Name, "agent", r.who.Agent,
		"rule", why.Rule)
	got, err := m.send(ctx, r)
	if err != nil {
		return Reply{}, true, err
	}
	return release(got, nil, kernel.Completed{}), true, nil
}
