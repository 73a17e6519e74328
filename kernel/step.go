package kernel

// Outcome is [Accepted] or [Refused], sealed.
//
//sumtype:decl
type Outcome interface{ outcome() }

// Accepted carries the state after the step and what happened. The caller makes it durable before it acts on it.
type Accepted struct {
	State State
	Event Event
}

// Refused says why nothing happened. The state is as it was.
type Refused struct{ Why Refusal }

func (Accepted) outcome() {}
func (Refused) outcome()  {}

// Step decides one input. It is total and deterministic, and reads nothing but its arguments: a dry run is a step
// on a snapshot whose outcome is thrown away.
func Step(t Theory, s State, in Input) Outcome {
	switch in := in.(type) {
	case RegisterTool:
		return t.registerTool(s, in)
	case Delegate:
		return t.delegate(s, in)
	case Revoke:
		return t.revoke(s, in)
	case CascadeRevoke:
		return t.cascadeRevoke(s, in)
	case InvokeStart:
		return t.invokeStart(s, in)
	case InvokeComplete:
		return t.invokeComplete(s, in)
	case ReturnEndorsed:
		return t.returnEndorsed(s, in)
	case ReturnUnendorsed:
		return t.returnUnendorsed(s, in)
	case EgressCheck:
		return t.egressCheck(s, in)
	case GrantCapability:
		return t.grantCapability(s, in)
	case Elevate:
		return t.elevate(s, in)
	case FollowUp:
		return t.followUp(s, in)
	case GrantOverride:
		return t.grantOverride(s, in)
	}
	panic("kernel: input outside the sealed sum")
}
