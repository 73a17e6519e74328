package mediate

import "argus/kernel"

// again answers a request that was accepted or refused before. An answer that tells what has happened is given as it was. One that permits
// something is not: a call may be run only while it is open and its agent acts, and what was allowed of one moment is judged anew, which changes
// nothing but to record it.
func (m *Mediator) again(who Caller, step Step, run func() (Step, error)) (Step, error) {
	switch e := step.Event.(type) {
	case kernel.Started:
		if !m.mayRun(who, e.Invocation) {
			return Step{Refusal: m.refuseRepeated(who, step)}, nil
		}
	case kernel.Completed:
		if e.Released && !m.Ledger.Current().State.Acts(who.Agent) {
			return Step{Refusal: m.refuseStep(who, step.Call, RuleWithheld, "the agent, or one above it, was ended after its call was settled")}, nil
		}
	case kernel.EgressAllowed, kernel.Elevated:
		return run()
	}
	return step, nil
}

// mayRun reports whether the caller may still run a call that it was entrusted with.
func (m *Mediator) mayRun(who Caller, id kernel.InvocationID) bool {
	one, open := m.entrusted.find(id)
	return open && one.agent == who.Agent && m.Ledger.Current().State.Acts(who.Agent)
}
