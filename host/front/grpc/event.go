package grpc

import (
	"argus/host/identity"
	"argus/kernel"
	agentv1 "argus/proto/argus/agent/v1"
)

// names finds the context ids of agents.
type names func(kernel.AgentID) identity.ContextID

func (n names) ref(id kernel.AgentID) *agentv1.AgentRef {
	return &agentv1.AgentRef{Id: string(id), Context: string(n(id))}
}

func exposure(x kernel.Exposure) *agentv1.Exposure {
	return &agentv1.Exposure{Level: x.Level.String(), Integrity: x.Integrity.String()}
}

// event puts an event into the words of the contract.
func (n names) event(e kernel.Event) *agentv1.Event {
	switch e := e.(type) {
	case kernel.Registered:
		return &agentv1.Event{Theory: string(e.Theory), What: &agentv1.Event_Registered{Registered: &agentv1.Registered{
			Tool: string(e.Tool), Issuer: string(e.Issuer),
		}}}
	case kernel.Delegated:
		w := &agentv1.Delegated{By: n.ref(e.By), Child: n.ref(e.Child), Exposure: exposure(e.Exposure), Bits: e.Bits}
		for k := range e.Caps.All() {
			w.Capabilities = append(w.Capabilities, string(k))
		}
		return &agentv1.Event{Theory: string(e.Theory), What: &agentv1.Event_Delegated{Delegated: w}}
	case kernel.Revoked:
		return &agentv1.Event{Theory: string(e.Theory), What: &agentv1.Event_Revoked{Revoked: &agentv1.Revoked{
			Parent: n.ref(e.Parent), Child: n.ref(e.Child), Cascaded: e.Cascaded, Settling: e.Settling,
		}}}
	case kernel.Started:
		w := &agentv1.Started{
			Agent: n.ref(e.Call.Agent), Invocation: uint64(e.Invocation), Tool: string(e.Call.Tool), ArgumentsDigest: string(e.Call.Arguments),
			Label: exposure(e.Call.Label), Speculative: exposure(e.Speculative), Approved: e.Approval.Given,
		}
		for _, s := range e.Call.Sinks.List() {
			w.Sinks = append(w.Sinks, s.String())
		}
		return &agentv1.Event{Theory: string(e.Theory), What: &agentv1.Event_Started{Started: w}}
	case kernel.Completed:
		return &agentv1.Event{Theory: string(e.Theory), What: &agentv1.Event_Completed{Completed: &agentv1.Completed{
			Agent: n.ref(e.Agent), Invocation: uint64(e.Invocation), Outcome: outcomeOf(e.Outcome), Declassified: e.Declassified,
			Endorsed: e.Endorsed, Spent: e.Spent, Exposure: exposure(e.Exposure), Released: e.Released, Settled: e.Settled,
		}}}
	case kernel.Returned:
		return &agentv1.Event{Theory: string(e.Theory), What: &agentv1.Event_Returned{Returned: &agentv1.Returned{
			Child: n.ref(e.Child), Parent: n.ref(e.Parent), Declassified: e.Declassified, Endorsed: e.Endorsed, Spent: e.Spent,
			Exposure: exposure(e.Exposure),
		}}}
	case kernel.EgressAllowed:
		return &agentv1.Event{Theory: string(e.Theory), What: &agentv1.Event_EgressAllowed{EgressAllowed: &agentv1.EgressAllowed{
			Agent: n.ref(e.Flow.Agent), Sink: e.Flow.Sink.String(), ContentDigest: string(e.Flow.Content), Exposure: exposure(e.Exposure),
		}}}
	case kernel.CapabilityGranted:
		return &agentv1.Event{Theory: string(e.Theory), What: &agentv1.Event_CapabilityGranted{CapabilityGranted: &agentv1.CapabilityGranted{
			Parent: n.ref(e.Parent), Child: n.ref(e.Child), Capability: string(e.Capability),
		}}}
	case kernel.Elevated:
		return &agentv1.Event{Theory: string(e.Theory), What: &agentv1.Event_Elevated{Elevated: &agentv1.Elevated{
			Agent: n.ref(e.Agent), Label: exposure(e.Label), FollowUp: e.FollowUp, Exposure: exposure(e.Exposure),
		}}}
	case kernel.OverrideArmed:
		return &agentv1.Event{Theory: string(e.Theory), What: &agentv1.Event_OverrideArmed{OverrideArmed: &agentv1.OverrideArmed{
			Agent: n.ref(e.Agent), Tool: string(e.Tool), ArgumentsDigest: string(e.Arguments), Upto: exposure(e.Upto),
		}}}
	}
	panic("grpc: event outside the sealed sum")
}

var endings = map[agentv1.Outcome]kernel.Ending{
	agentv1.Outcome_OUTCOME_SUCCESS: kernel.Success,
	agentv1.Outcome_OUTCOME_FAILURE: kernel.Failure,
	agentv1.Outcome_OUTCOME_UNKNOWN: kernel.Unknown,
}

func outcomeOf(e kernel.Ending) agentv1.Outcome {
	for w, ending := range endings {
		if ending == e {
			return w
		}
	}
	return agentv1.Outcome_OUTCOME_UNKNOWN
}
