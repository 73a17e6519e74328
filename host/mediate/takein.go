package mediate

import (
	"context"

	"argus/host/ledger"
	"argus/kernel"
)

// TakeIn must be answered without a refusal before content with this label reaches the caller outside any call. Where the caller's exposure
// covers the label already the step is empty; where it does not, it is raised, durably. Refused, the content must be withheld. what is
// told to the operator.
//
// It takes no right of the credential: it is not the caller who asks for it, and it never grants.
func (m *Mediator) TakeIn(ctx context.Context, who Caller, what string, label kernel.Exposure) (Step, error) {
	s := m.Ledger.Current()
	if agent, known := s.State.Agents.Get(who.Agent); known && s.State.Acts(who.Agent) && label.Leq(agent.Exposure) {
		return Step{}, nil
	}
	return m.step(ctx, who, what, kernel.Elevate{Agent: who.Agent, Label: label}, ledger.Note{Principal: who.Principal, Call: what})
}

// firstPrompt names what an agent is told that has met nothing: it brings nothing, since the agent is there for it.
const firstPrompt = "its first prompt"

// Prompt records that the caller is about to have its first prompt, which nobody can give it again: not after a restart either.
func (m *Mediator) Prompt(ctx context.Context, who Caller) (Step, error) {
	return m.step(ctx, who, firstPrompt, kernel.Elevate{Agent: who.Agent, Label: kernel.Clean()}, ledger.Note{Principal: who.Principal, Call: firstPrompt})
}

// Prompted reports whether the caller has had its first prompt.
func (m *Mediator) Prompted(who Caller) bool { return m.Past.Prompted(who.Agent) }

// Clean reports whether the caller has met nothing yet and has nothing open that it could meet.
func (m *Mediator) Clean(who Caller) bool {
	s := m.Ledger.Current()
	view, active := s.State.View(s.Theory, who.Agent)
	return active && view.Acts && view.Speculative == kernel.Clean()
}
