package mediate

import (
	"fmt"
	"strings"

	"argus/host/ledger"
	"argus/kernel"
)

// explain says to the operator why the kernel refused, and what a person could do. None of it reaches the agent.
func (m *Mediator) explain(why kernel.Refusal, r request, s *ledger.Snapshot, asked question) (causes, remedies []string) {
	view, _ := s.State.View(s.Theory, r.who.Agent)
	switch why := why.(type) {
	case kernel.Carried:
		causes = append(closedSink(why.Sink, view.Speculative, s, asked), m.carriedFrom(view)...)
		if after := view.Speculative.Join(r.item.Label); after != view.Speculative {
			causes = append(causes, fmt.Sprintf("the call itself brings %s, so it would cross with %s", r.item.Label, after))
		}
		return causes, []string{freshRemedy(r), "let another agent, which has not met this, make the call"}
	case kernel.SelfClosed:
		after := view.Speculative.Join(r.item.Label)
		causes = append(closedSink(why.Sink, after, s, asked),
			fmt.Sprintf("the call itself brings %s, so its own effect would carry it", r.item.Label))
		return causes, []string{fmt.Sprintf("no agent can make this call: look at the label and sinks of %s in the registry", r.item.Name)}
	case kernel.FlightClosed:
		f, _ := view.Flights.Get(why.Invocation)
		return []string{
			fmt.Sprintf("call %d of %s is still open and goes to %s", why.Invocation, f.Tool, why.Sink),
			fmt.Sprintf("this call brings %s, under which that sink is closed", r.item.Label),
		}, []string{"wait until that call is over"}
	case kernel.LacksCapability:
		missing := lacking(view, r.item.Needs)
		return []string{fmt.Sprintf("%s requires %s; the agent lacks %s", r.item.Name, names(r.item.Needs, ", "), names(missing, ", "))},
			[]string{"argus agent new NAME --capability " + names(missing, " --capability ")}
	case kernel.NotAuthorized:
		return oracleWords(asked), []string{"look at the policy folder of the oracle"}
	case kernel.NotActing:
		return []string{"the agent, or one above it, was ended: by a person, by its parent, or for being idle"}, []string{freshRemedy(r)}
	case kernel.UnknownTool, kernel.Unregistered:
		return []string{"the tool went out of force while the call was on its way"}, []string{"argus tools"}
	}
	return []string{fmt.Sprintf("%+v", why)}, nil
}

// explainStep says to the operator why the kernel refused a birth, a return or an end.
func explainStep(why kernel.Refusal) string {
	switch why := why.(type) {
	case kernel.NotActing:
		return fmt.Sprintf("%s, or an agent above it, was ended: by a person, by its parent, or for being idle", why.Agent)
	case kernel.NotHeld:
		return fmt.Sprintf("%s does not hold every capability that it would hand down", why.Agent)
	case kernel.NotInCatalogue:
		return fmt.Sprintf("there is no capability %s", why.Capability)
	case kernel.LacksBits:
		return fmt.Sprintf("%s has %d bits left", why.Agent, why.Left)
	case kernel.Unbounded:
		return "the agent has met more than its parent, so only a bounded value can be handed back for bits"
	case kernel.EgressClosed:
		return fmt.Sprintf("sink %s is closed under what the agent has met", why.Sink)
	case kernel.Busy:
		return fmt.Sprintf("%s still has calls open", why.Agent)
	case kernel.FlightClosed:
		return fmt.Sprintf("call %d of the parent is still open and goes to %s, which what the child has met would close", why.Invocation, why.Sink)
	}
	return fmt.Sprintf("%+v", why)
}

// closedSink says why a sink is closed under an exposure.
func closedSink(e kernel.Sink, x kernel.Exposure, s *ledger.Snapshot, asked question) []string {
	mode := s.Theory.Policy().Mode(x, e)
	if mode != kernel.Inspect {
		return []string{fmt.Sprintf("sink %s is closed (%s) for an exposure of %s", e, mode, x)}
	}
	causes := []string{fmt.Sprintf("sink %s is open only to vouched content (%s) for an exposure of %s", e, mode, x)}
	if !asked.answer.Vouched {
		causes = append(causes, "the oracle did not vouch for these arguments")
		causes = append(causes, oracleWords(asked)...)
	}
	return causes
}

// carriedFrom says where the exposure stands: met already, or on its way with open calls.
func (m *Mediator) carriedFrom(v kernel.View) []string {
	causes := append([]string{fmt.Sprintf("the agent has met %s", v.Exposure)}, m.Past.Of(v.ID)...)
	for id, f := range v.Flights.All() {
		if !f.Label.Leq(v.Exposure) {
			causes = append(causes, fmt.Sprintf("call %d of %s is open and may bring %s", id, f.Tool, f.Label))
		}
	}
	return causes
}

func freshRemedy(r request) string {
	return fmt.Sprintf("argus agent fresh %s: a clean context, when the agent's present conversation is over", r.who.Principal)
}

func oracleWords(asked question) []string {
	var causes []string
	if asked.answer.EvaluationError != "" {
		causes = append(causes, "a policy could not be evaluated: "+asked.answer.EvaluationError)
	}
	for _, reason := range asked.answer.Reasons {
		causes = append(causes, "policy "+reason)
	}
	for _, path := range asked.answer.LeftOut {
		causes = append(causes, "the policy language could not hold the argument at "+path)
	}
	if len(causes) == 0 {
		causes = append(causes, "no policy permits it")
	}
	return causes
}

func names(ks []kernel.Capability, between string) string {
	words := make([]string, len(ks))
	for i, k := range ks {
		words[i] = string(k)
	}
	return strings.Join(words, between)
}
