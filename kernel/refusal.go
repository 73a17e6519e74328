package kernel

// Refusal names the rule that an input broke, sealed. Its fields are for the operator; an agent is told only
// [Refused.Rule] and [Refused.Text].
//
//sumtype:decl
type Refusal interface{ refusal() }

// Refusals that any transition can give.
type (
	// NotActing says that the agent, or an ancestor of it, is not active.
	NotActing struct{ Agent AgentID }
	// NotActive says that the agent itself is not active.
	NotActive struct{ Agent AgentID }
	// NotChild says that Parent is not the parent of Child.
	NotChild struct{ Child, Parent AgentID }
	// RootRefused says that this is not for root: it starts nothing, receives nothing and does not end.
	RootRefused struct{}
	// OutOfCatalogue says that a value is none of the protocol's. What names the kind of value.
	OutOfCatalogue struct{ What string }
	// NoDigest says that arguments or content were not named.
	NoDigest struct{}
	// Exhausted says that a counter has come to its end.
	Exhausted struct{}
)

// Refusals about tools.
type (
	// UnknownTool says that the theory has no such tool.
	UnknownTool struct{ Tool ToolID }
	// Unregistered says that the tool was not registered.
	Unregistered struct{ Tool ToolID }
	// AlreadyRegistered says that the tool was registered before.
	AlreadyRegistered struct{ Tool ToolID }
	// UntrustedIssuer says that the theory does not trust who issued the tool.
	UntrustedIssuer struct {
		Tool   ToolID
		Issuer Issuer
	}
)

// Refusals about capabilities and bits.
type (
	// NotHeld says that a parent does not hold what it would hand down.
	NotHeld struct{ Agent AgentID }
	// NotInCatalogue says that the theory does not know the capability.
	NotInCatalogue struct{ Capability Capability }
	// LacksBits says that the agent has fewer bits left.
	LacksBits struct {
		Agent AgentID
		Left  uint64
	}
	// Unbounded says that the value tells more than its receiver may learn without a bound on it.
	Unbounded struct{ Slot SlotID }
	// Busy says that the agent still has calls open.
	Busy struct{ Agent AgentID }
	// ParentActive says that the parent has not ended, so nothing cascades.
	ParentActive struct{ Parent AgentID }
	// NotInFlight says that the agent has no such call open.
	NotInFlight struct{ Invocation InvocationID }
)

// Refusals of a start, in the order in which they are tried.
type (
	// Undeclared says that the call's label or sinks are not within the tool's.
	Undeclared struct{ Tool ToolID }
	// LacksCapability is rule C1: the agent does not hold all that the tool requires.
	LacksCapability struct{ Agent AgentID }
	// Stale says that the verdicts were given for something else. The host may ask again. Part names what differs.
	Stale struct{ Part string }
	// Carried is rule 2a: the sink is closed under what the agent carries already.
	Carried struct{ Sink Sink }
	// FlightClosed is rule 2b: a sink of a call that is in flight would close.
	FlightClosed struct {
		Invocation InvocationID
		Sink       Sink
	}
	// SelfClosed is rule 2c: the sink is closed under what the call itself brings.
	SelfClosed struct{ Sink Sink }
	// NotAuthorized is rule C3: the authorizer did not allow the call.
	NotAuthorized struct{}
)

// Refusals of an egress and of an override.
type (
	// EgressClosed says that the sink is closed under the agent's exposure.
	EgressClosed struct{ Sink Sink }
	// BeyondOverride says that no person can consent to so confidential a crossing.
	BeyondOverride struct{ Upto Exposure }
	// StoreExceeded says that the crossing would put more into a store than a reader of it declares.
	StoreExceeded struct {
		Store  StoreID
		Reader ToolID
	}
)

func (NotActing) refusal()         {}
func (NotActive) refusal()         {}
func (NotChild) refusal()          {}
func (RootRefused) refusal()       {}
func (OutOfCatalogue) refusal()    {}
func (NoDigest) refusal()          {}
func (Exhausted) refusal()         {}
func (UnknownTool) refusal()       {}
func (Unregistered) refusal()      {}
func (AlreadyRegistered) refusal() {}
func (UntrustedIssuer) refusal()   {}
func (NotHeld) refusal()           {}
func (NotInCatalogue) refusal()    {}
func (LacksBits) refusal()         {}
func (Unbounded) refusal()         {}
func (Busy) refusal()              {}
func (ParentActive) refusal()      {}
func (NotInFlight) refusal()       {}
func (Undeclared) refusal()        {}
func (LacksCapability) refusal()   {}
func (Stale) refusal()             {}
func (Carried) refusal()           {}
func (FlightClosed) refusal()      {}
func (SelfClosed) refusal()        {}
func (NotAuthorized) refusal()     {}
func (EgressClosed) refusal()      {}
func (BeyondOverride) refusal()    {}
func (StoreExceeded) refusal()     {}
