package kernel

import "argus/kernel/ordered"

// Event is what an accepted step did, sealed. Each names the theory it was judged by.
//
//sumtype:decl
type Event interface{ event() }

// Registered says that a tool may be called from now on.
type Registered struct {
	Theory Digest
	Tool   ToolID
	Issuer Issuer
}

// Delegated says that a child was born, with this id.
type Delegated struct {
	Theory   Digest
	By       AgentID
	Child    AgentID
	Caps     ordered.Set[Capability]
	Exposure Exposure // the child's
	Bits     uint64   // handed down
}

// Revoked says that an agent ended. The host now cascades to its children, stops its calls and completes each.
type Revoked struct {
	Theory   Digest
	Parent   AgentID
	Child    AgentID
	Cascaded bool   // because its parent had ended
	Settling uint64 // how many of its calls are still open
}

// Started says that a call may have its effect once the start is durable.
type Started struct {
	Theory      Digest
	Invocation  InvocationID
	Call        InvokeStart
	Approval    Approval // the override spent by this start
	Speculative Exposure // of the agent, this call included
}

// Completed says what a settled call did to its agent, and whether the result may be delivered.
type Completed struct {
	Theory       Digest
	Agent        AgentID
	Invocation   InvocationID
	Outcome      Ending
	Declassified bool     // bits were spent and confidentiality stayed; otherwise the label was taken
	Endorsed     bool     // the slot's type endorsed integrity
	Spent        uint64   // bits
	Raised       bool     // the raise was taken
	Exposure     Exposure // the agent's, after
	Released     bool     // the result may be delivered; otherwise it must be thrown away
	Settled      bool     // the agent had been revoked: nothing else happened
}

// Returned says that a value may be delivered to the parent.
type Returned struct {
	Theory       Digest
	Child        AgentID
	Parent       AgentID
	Declassified bool     // returned as endorsed although the child had met more than the parent
	Endorsed     bool     // the slot's type endorsed integrity
	Spent        uint64   // the child's bits
	Exposure     Exposure // the parent's, after
}

// EgressAllowed says that this content may flow.
type EgressAllowed struct {
	Theory   Digest
	Flow     EgressCheck
	Exposure Exposure // the agent's
}

// CapabilityGranted says that the child may use one more capability.
type CapabilityGranted struct {
	Theory     Digest
	Parent     AgentID
	Child      AgentID
	Capability Capability
}

// Elevated says that the content may be delivered.
type Elevated struct {
	Theory   Digest
	Agent    AgentID
	Label    Exposure // what was taken in
	FollowUp bool     // it was a prompt of the parent
	Exposure Exposure // the agent's, after
}

// OverrideArmed says that the next start of exactly this call may cross.
type OverrideArmed struct {
	Theory    Digest
	Agent     AgentID
	Tool      ToolID
	Arguments Digest
	Upto      Exposure
}

func (Registered) event()        {}
func (Delegated) event()         {}
func (Revoked) event()           {}
func (Started) event()           {}
func (Completed) event()         {}
func (Returned) event()          {}
func (EgressAllowed) event()     {}
func (CapabilityGranted) event() {}
func (Elevated) event()          {}
func (OverrideArmed) event()     {}
