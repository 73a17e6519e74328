package kernel

import "argus/kernel/ordered"

// Input is one request to the kernel, sealed. The host, never an agent, decides every label, sink, conformance
// and count in it.
//
//sumtype:decl
type Input interface{ input() }

// RegisterTool lets a tool of the theory be called.
type RegisterTool struct{ Tool ToolID }

// Delegate gives birth to a child, which takes over Caps and Bits. The kernel mints the child's id: see
// [Delegated].
type Delegate struct {
	By   AgentID
	Caps ordered.Set[Capability]
	Bits uint64
}

// Revoke ends a direct child.
type Revoke struct{ Parent, Child AgentID }

// CascadeRevoke ends an agent whose parent has ended. The host sends it for each child of an agent that ended.
type CascadeRevoke struct{ Child, Parent AgentID }

// InvokeStart asks for a call. The host must settle every accepted start with [InvokeComplete], whatever happens.
type InvokeStart struct {
	Agent     AgentID
	Tool      ToolID
	Arguments Digest
	Label     Exposure // of this call; within the tool's
	Sinks     Sinks    // of this call; within the tool's
	Verdicts  Verdicts
}

// Verdicts are the answers of the oracles about one call, and what they were asked about.
type Verdicts struct {
	Authorized bool
	Vouched    bool
	Binding    Binding
}

// Binding is what verdicts were given for. They hold for nothing else.
type Binding struct {
	Agent     AgentID
	Tool      ToolID
	Arguments Digest
	Label     Exposure
	Sinks     Sinks
	Policy    Digest // of the oracle's policy
	Reading   Reading
}

// Reading is what an oracle saw of an agent. Only the attributes named in Read are compared.
type Reading struct {
	Read        Attributes
	Caps        ordered.Set[Capability]
	Exposure    Exposure
	Speculative Exposure
	Depth       uint64
	Flights     uint64 // how many were open
}

// InvokeComplete settles a call that started. Conforms is the host's attestation that the output which will be
// delivered is a value of the tool's bounded schema, Bits what such a value can tell, and Slot the place whose
// type may endorse it. The zero value of each is the strictest.
type InvokeComplete struct {
	Agent      AgentID
	Invocation InvocationID
	Outcome    Ending
	Conforms   bool
	Bits       uint64
	Slot       SlotID
	Raised     Raise
}

// Raise says that an outcome turned out to be more than its label said. The zero value raises nothing.
type Raise struct {
	Given bool
	Label Exposure
}

// ReturnEndorsed hands a value from child to parent. Bits is what the slot's type can tell; 0 says that it is
// not bounded.
type ReturnEndorsed struct {
	Child, Parent AgentID
	Bits          uint64
	Slot          SlotID
}

// ReturnUnendorsed hands a free value from child to parent.
type ReturnUnendorsed struct{ Child, Parent AgentID }

// EgressCheck asks whether an agent's present exposure may flow to a sink outside any tool.
type EgressCheck struct {
	Agent    AgentID
	Sink     Sink
	Content  Digest
	Verdicts EgressVerdicts
}

// EgressVerdicts are the content gate's answer about one flow outside any tool. A host that had no reason to ask
// leaves Vouched false and binds an empty reading.
type EgressVerdicts struct {
	Vouched bool
	Binding EgressBinding
}

// EgressBinding is what the answer was given for.
type EgressBinding struct {
	Agent   AgentID
	Sink    Sink
	Content Digest
	Policy  Digest // of the oracle's policy
	Reading Reading
}

// GrantCapability gives one more capability to a direct child.
type GrantCapability struct {
	Parent, Child AgentID
	Capability    Capability
}

// Elevate records that an agent is about to take in something outside any call. If it is refused the host must
// withhold the content; for an alarm, which cannot be withheld, it revokes the agent.
type Elevate struct {
	Agent AgentID
	Label Exposure
}

// FollowUp records that a parent is about to prompt its child again: an elevation by the parent's own exposure.
type FollowUp struct{ Parent, Child AgentID }

// GrantOverride arms one crossing that a person consented to, for one call, under exposures up to Upto as it
// was shown to the person.
type GrantOverride struct {
	Agent     AgentID
	Tool      ToolID
	Arguments Digest
	Upto      Exposure
}

func (RegisterTool) input()     {}
func (Delegate) input()         {}
func (Revoke) input()           {}
func (CascadeRevoke) input()    {}
func (InvokeStart) input()      {}
func (InvokeComplete) input()   {}
func (ReturnEndorsed) input()   {}
func (ReturnUnendorsed) input() {}
func (EgressCheck) input()      {}
func (GrantCapability) input()  {}
func (Elevate) input()          {}
func (FollowUp) input()         {}
func (GrantOverride) input()    {}
