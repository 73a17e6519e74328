package follow

import (
	"strings"

	"argus/kernel"
)

// The kernel mints the id of a child as that of its parent, a dot and a number, and never mints one twice. So ids tell who is below whom also
// of agents that have ended.

// Below reports whether an agent is root or was born below it.
func Below(agent, root kernel.AgentID) bool {
	rest, below := strings.CutPrefix(string(agent), string(root))
	return below && root != "" && (rest == "" || rest[0] == '.')
}

// firstBelowRoot is the child of root that an agent is, or was born below.
func firstBelowRoot(agent kernel.AgentID) kernel.AgentID {
	rest, below := strings.CutPrefix(string(agent), string(kernel.Root)+".")
	if !below {
		return ""
	}
	number, _, _ := strings.Cut(rest, ".")
	return kernel.Root + "." + kernel.AgentID(number)
}

// Subject is the agent whose state an event tells: whoever may not see that agent must not see the event. It is empty for what is about no
// agent.
func Subject(e kernel.Event) kernel.AgentID {
	switch e := e.(type) {
	case kernel.Registered:
		return ""
	case kernel.Delegated:
		return e.Child
	case kernel.Revoked:
		return e.Child
	case kernel.Started:
		return e.Call.Agent
	case kernel.Completed:
		return e.Agent
	case kernel.Returned:
		return e.Parent // it tells the parent's exposure
	case kernel.EgressAllowed:
		return e.Flow.Agent
	case kernel.CapabilityGranted:
		return e.Child
	case kernel.Elevated:
		return e.Agent
	case kernel.OverrideArmed:
		return e.Agent
	}
	panic("follow: event outside the sealed sum")
}
