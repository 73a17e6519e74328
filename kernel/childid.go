package kernel

import "strconv"

// childID is the id of the n-th child of an agent. Digits hold no dot, so the last dot splits an id into parent and
// number in one way only: two births share an id only if they share both, and a number is used once.
func childID(parent AgentID, n uint64) AgentID {
	return parent + "." + AgentID(strconv.FormatUint(n, 10))
}
