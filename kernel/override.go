package kernel

import "argus/kernel/ordered"

// grantOverride arms one crossing for one call. A person consents to exposures up to a limit, never to restricted
// ones, and never to leaving in a store what its readers do not declare.
func (t Theory) grantOverride(s State, in GrantOverride) Outcome {
	if !in.Upto.known() {
		return Refused{OutOfCatalogue{What: "label"}}
	}
	if in.Arguments == "" {
		return Refused{NoDigest{}}
	}
	if in.Agent == Root {
		return Refused{RootRefused{}}
	}
	a, ok := s.Agents.Get(in.Agent)
	if !ok || !s.Acts(in.Agent) {
		return Refused{NotActing{in.Agent}}
	}
	tool, ok := t.tools.Get(in.Tool)
	if !ok {
		return Refused{UnknownTool{in.Tool}}
	}
	if !s.Tools.Has(in.Tool) {
		return Refused{Unregistered{in.Tool}}
	}
	if in.Upto.Level < Sensitive {
		return Refused{BeyondOverride{in.Upto}}
	}
	if at, found := t.firstExceeded(tool, in.Upto); found {
		return Refused{at}
	}
	a.Overrides = a.Overrides.Set(in.Tool, a.armed(in.Tool).Set(in.Arguments, in.Upto))
	s.Agents = s.Agents.Set(in.Agent, a)
	s = s.letIn(tool, in.Upto)
	return Accepted{State: s, Event: OverrideArmed{
		Theory: t.digest, Agent: in.Agent, Tool: in.Tool, Arguments: in.Arguments, Upto: in.Upto,
	}}
}

// firstExceeded finds a store that the tool writes and a reader of it that declares less than x.
func (t Theory) firstExceeded(tool Tool, x Exposure) (StoreExceeded, bool) {
	for store := range tool.Writes.All() {
		if at, found := t.firstReaderBelow(store, x); found {
			return at, true
		}
	}
	return StoreExceeded{}, false
}

// firstReaderBelow finds a reader of the store that declares less than x.
func (t Theory) firstReaderBelow(store StoreID, x Exposure) (StoreExceeded, bool) {
	for id, reader := range t.tools.All() {
		if reader.Reads.Has(store) && !x.Leq(reader.Label) {
			return StoreExceeded{Store: store, Reader: id}, true
		}
	}
	return StoreExceeded{}, false
}

// armed is what is armed for a tool, by the digest of the arguments.
func (a Agent) armed(tool ToolID) ordered.Map[Digest, Exposure] {
	m, ok := a.Overrides.Get(tool)
	if !ok {
		return ordered.Map[Digest, Exposure]{}
	}
	return m
}

// disarm is the agent after its override for one call was spent.
func (a Agent) disarm(tool ToolID, arguments Digest) Agent {
	left := a.armed(tool).Delete(arguments)
	if left.Len() == 0 {
		a.Overrides = a.Overrides.Delete(tool)
		return a
	}
	a.Overrides = a.Overrides.Set(tool, left)
	return a
}

// approval is the override that matches a start. One that was armed under an earlier theory counts only if the
// present one would still let it be armed: a tool may have been given another store since, or a store another
// reader.
func (t Theory) approval(a Agent, tool Tool, in InvokeStart) Approval {
	upto, ok := a.armed(in.Tool).Get(in.Arguments)
	if !ok {
		return Approval{Given: false, Upto: Exposure{Level: Public, Integrity: Proven}}
	}
	if _, found := t.firstExceeded(tool, upto); found {
		return Approval{Given: false, Upto: Exposure{Level: Public, Integrity: Proven}}
	}
	return Approval{Given: true, Upto: upto}
}
