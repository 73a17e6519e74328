//go:build !argus_gate_open

package mediate

import (
	"context"

	"argus/host/refusals"
)

// GateForcedOpen says whether this program is a test build in which refusals have no effect.
const GateForcedOpen = false

// sendAnyway never sends: a refusal of the kernel ends a call.
func (m *Mediator) sendAnyway(context.Context, request, *Refusal) (Reply, bool, error) {
	return Reply{}, false, nil
}

// passAnyway never passes an answer whose call was refused.
func (m *Mediator) passAnyway(request, *Refusal) bool { return false }

// deliverAnyway never delivers what the kernel withheld.
func (m *Mediator) deliverAnyway(refusals.Refusal) bool { return false }
