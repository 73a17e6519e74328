package follow

import (
	"fmt"
	"strings"

	"argus/kernel"
)

// Words tell a step to a person.
type Words struct {
	What       string
	Tool       string           // of a start, without the digest of its definition
	Invocation *uint64          // of a start or an outcome
	Exposure   *kernel.Exposure // of the agent that the step is about, after it; nil where that did not move
	Detail     string
}

// Describe tells what an event says, but for whom it is about: [Subject] does.
func Describe(e kernel.Event) Words {
	switch e := e.(type) {
	case kernel.Registered:
		return Words{What: "registered", Tool: toolName(e.Tool), Detail: "issuer " + string(e.Issuer)}
	case kernel.Delegated:
		return Words{What: "delegated", Exposure: &e.Exposure, Detail: fmt.Sprintf("born of %s with %d capabilities and %d bits", e.By, e.Caps.Len(), e.Bits)}
	case kernel.Revoked:
		return Words{What: "revoked", Detail: fmt.Sprintf("%d calls still open", e.Settling)}
	case kernel.Started:
		return Words{What: "started", Tool: toolName(e.Call.Tool), Invocation: new(uint64(e.Invocation)), Detail: crossing(e.Approval)}
	case kernel.Completed:
		return Words{What: "completed", Invocation: new(uint64(e.Invocation)), Exposure: &e.Exposure, Detail: completion(e)}
	case kernel.Returned:
		return Words{What: "returned", Exposure: &e.Exposure, Detail: "by " + string(e.Child) + spent(e.Spent)}
	case kernel.EgressAllowed:
		return Words{What: "egress allowed", Exposure: &e.Exposure, Detail: "to " + e.Flow.Sink.String()}
	case kernel.CapabilityGranted:
		return Words{What: "capability granted", Detail: string(e.Capability)}
	case kernel.Elevated:
		return Words{What: "elevated", Exposure: &e.Exposure, Detail: "took in " + e.Label.String()}
	case kernel.OverrideArmed:
		return Words{What: "override armed", Tool: toolName(e.Tool), Detail: "up to " + e.Upto.String()}
	}
	panic("follow: event outside the sealed sum")
}

func crossing(a kernel.Approval) string {
	if a.Given {
		return "across the policy, as a person approved"
	}
	return ""
}

func completion(e kernel.Completed) string {
	switch {
	case e.Settled:
		return "its agent had ended: the result is thrown away"
	case !e.Released:
		return e.Outcome.String() + ", the result is withheld"
	}
	return e.Outcome.String() + spent(e.Spent)
}

func spent(bits uint64) string {
	if bits == 0 {
		return ""
	}
	return fmt.Sprintf(", %d bits spent", bits)
}

// toolName is a tool's id without the digest of its definition.
func toolName(id kernel.ToolID) string {
	name, _, _ := strings.Cut(string(id), "@")
	return name
}
