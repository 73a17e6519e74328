// This file says a refusal to people and programs: a rule id that never changes, and one fixed sentence.

//argus:untranslated
package kernel

// Rule is the stable id of the rule that was broken. Agents and operators both see it.
func (r Refused) Rule() string {
	id, _ := r.say()
	return id
}

// Text is one fixed sentence. It holds nothing of the state, so an agent may be told it.
func (r Refused) Text() string {
	_, text := r.say()
	return text
}

func (r Refused) say() (rule, text string) {
	switch r.Why.(type) {
	case NotActing:
		return "not_acting", "The agent, or one above it, is not active."
	case NotActive:
		return "not_active", "The agent is not active."
	case NotChild:
		return "not_child", "The one agent is not the parent of the other."
	case RootRefused:
		return "root", "This is not for the root agent."
	case OutOfCatalogue:
		return "catalogue", "A value is none of those the protocol knows."
	case NoDigest:
		return "no_digest", "What is asked about has no digest."
	case Exhausted:
		return "exhausted", "There are no more ids to give out."
	case UnknownTool:
		return "unknown_tool", "There is no such tool."
	case Unregistered:
		return "unregistered", "The tool is not registered."
	case AlreadyRegistered:
		return "already_registered", "The tool is registered already."
	case UntrustedIssuer:
		return "issuer", "The issuer of the tool is not trusted."
	case NotHeld:
		return "not_held", "An agent can hand down only capabilities that it holds."
	case NotInCatalogue:
		return "unknown_capability", "There is no such capability."
	case LacksBits:
		return "bits", "The agent has too few bits left."
	case Unbounded:
		return "unbounded", "The value must be bounded, because its sender has met more than its receiver."
	case Busy:
		return "busy", "The agent still has calls open."
	case ParentActive:
		return "parent_active", "The parent is still active."
	case NotInFlight:
		return "not_in_flight", "The agent has no such call open."
	case Undeclared:
		return "undeclared", "The call goes beyond what the tool declares."
	case LacksCapability:
		return "C1", "The agent lacks a capability that the tool requires."
	case Stale:
		return "stale", "The verdicts were given for another call or an earlier state."
	case Carried:
		return "2a", "What the agent has met may not go where this call goes."
	case FlightClosed:
		return "2b", "A call that is still open goes where what this brings may not go."
	case SelfClosed:
		return "2c", "What this call brings may not go where this call goes."
	case NotAuthorized:
		return "C3", "The call is not authorized."
	case EgressClosed:
		return "egress", "What the agent has met may not go there."
	case BeyondOverride:
		return "override_level", "Nobody can approve so confidential a crossing."
	case StoreExceeded:
		return "store", "The call would leave more in a store than its readers declare."
	}
	panic("kernel: refusal outside the sealed sum")
}
