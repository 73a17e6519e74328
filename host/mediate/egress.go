package mediate

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"

	"argus/host/identity"
	"argus/host/ledger"
	"argus/kernel"
	"argus/plugin/sdk/oracle"
)

// CheckEgress asks whether content may flow from the caller to a configured upstream, outside any tool. The yes is for this content and
// this moment: whoever sends it must have asked since the agent last met anything.
func (m *Mediator) CheckEgress(ctx context.Context, who Caller, upstream string, content []byte) (Step, error) {
	const what = "egress_check"
	return m.asked(ctx, who, identity.EgressCheck, what, func(ctx context.Context) (Step, error) {
		sink, known := m.Upstreams[upstream]
		if !known {
			return Step{Refusal: m.refuseStep(who, what, RuleUpstream, "the configuration has no [upstream."+shortened(upstream)+"]")}, nil
		}
		return m.checkEgress(ctx, who, what, upstream, sink, content)
	})
}

func (m *Mediator) checkEgress(ctx context.Context, who Caller, what, upstream string, sink kernel.Sink, content []byte) (Step, error) {
	if err := m.heldUp(); err != nil {
		return Step{}, err
	}
	if cause := m.tooFast(who); cause != "" {
		return Step{Refusal: m.refuseStep(who, what, RuleLimit, cause)}, nil
	}
	sum := sha256.Sum256(content)
	digest := kernel.Digest("sha256:" + hex.EncodeToString(sum[:]))
	for range maxAsks {
		s := m.Ledger.Current()
		asked, err := m.askEgress(ctx, who, s, sink, digest)
		if errors.Is(err, errAskAgain) {
			continue
		}
		if err != nil {
			return Step{}, err
		}
		applied, err := m.Ledger.Apply(ctx, asked.egress(who, sink, digest), ledger.Note{Call: upstream, Request: who.Request})
		if err != nil {
			return Step{}, err
		}
		switch applied.Refusal.(type) {
		case nil:
			return accepted(applied, upstream), nil
		case kernel.Stale:
			continue
		case kernel.EgressClosed:
			if !asked.inspected && inspectsEgress(applied.Before, who, sink) {
				continue
			}
		}
		return Step{Refusal: m.refuseKernel(who, what, applied.Refusal)}, nil
	}
	return Step{}, errUnsettled(what)
}

// Unsendable refuses content that nobody could let go on to an upstream once the caller has met it. Who asks before the content is taken in spares the
// caller an exposure that helps nobody. It is no permission: nil says only that CheckEgress is to be asked.
func (m *Mediator) Unsendable(who Caller, upstream, what string, label kernel.Exposure) *Refusal {
	sink, known := m.Upstreams[upstream]
	s := m.Ledger.Current()
	agent, active := s.State.Agents.Get(who.Agent)
	if !known || !active || s.Theory.Policy().Mode(agent.Exposure.Join(label), sink) != kernel.Deny {
		return nil
	}
	return m.refuseKernel(who, what, kernel.EgressClosed{Sink: sink})
}

// askEgress asks the content gate, if it can matter. Whether the agent may send at all is for no authorizer: the kernel judges the flow.
func (m *Mediator) askEgress(ctx context.Context, who Caller, s *ledger.Snapshot, sink kernel.Sink, digest kernel.Digest) (question, error) {
	if !inspectsEgress(s, who, sink) {
		return question{policy: s.Theory.OraclePolicy()}, nil
	}
	return m.put(ctx, who, s, true, oracle.Egress{Sink: sink.String(), ContentDigest: string(digest)})
}

func inspectsEgress(s *ledger.Snapshot, who Caller, sink kernel.Sink) bool {
	agent, active := s.State.Agents.Get(who.Agent)
	return active && s.Theory.Policy().Mode(agent.Exposure, sink) == kernel.Inspect
}

// egress binds the verdict to exactly what was asked.
func (q question) egress(who Caller, sink kernel.Sink, digest kernel.Digest) kernel.EgressCheck {
	return kernel.EgressCheck{
		Agent: who.Agent, Sink: sink, Content: digest,
		Verdicts: kernel.EgressVerdicts{Vouched: q.vouched(), Binding: kernel.EgressBinding{
			Agent: who.Agent, Sink: sink, Content: digest, Policy: q.policy, Reading: q.reading,
		}},
	}
}
