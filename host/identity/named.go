package identity

import "argus/kernel"

// Named are the agents that a credential covers and that were not revoked, each with the id of its context, as they are after the record of that
// sequence number. The principal's own context has no id.
func (b *Book) Named(g Grant) (agents map[kernel.AgentID]ContextID, sequence uint64) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	agents = map[kernel.AgentID]ContextID{}
	if agent, present := b.present[g.Principal.Name]; present && g.Root == "" {
		agents[agent] = ""
	}
	for id, c := range b.contexts {
		if c.Principal == g.Principal.Name && c.within(g.Root) {
			agents[c.Agent] = id
		}
	}
	return agents, b.seen
}
