package mcp

import (
	"sync"

	"argus/kernel"
)

// maxWatched bounds what is remembered of the servers' subscriptions. Beyond it none is ended at its server.
const maxWatched = 4096

// watched remembers by whose calls servers know that a resource is waited for. A server may be told that nobody waits any more only by the
// one agent that told it of the resource. Were it the last of several that tells, the others' leaving, for which there is no call that could
// be judged, would show in whether that one's call is made.
type watched struct {
	mu sync.Mutex
	by map[resource]*watch
}

type watch struct {
	agent    kernel.AgentID
	sessions int  // of that agent
	shared   bool // with other agents
}

// told notes that a server was told of a session's subscription.
func (w *watched) told(one subscription) {
	w.mu.Lock()
	defer w.mu.Unlock()
	known := w.by[one.of]
	switch {
	case known == nil && len(w.by) < maxWatched:
		if w.by == nil {
			w.by = map[resource]*watch{}
		}
		w.by[one.of] = &watch{agent: one.agent, sessions: 1}
	case known != nil && known.agent == one.agent:
		known.sessions++
	case known != nil:
		known.shared = true
	}
}

// left notes that a session waits no more, and reports whether its server may be told.
func (w *watched) left(one subscription) (alone bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	known := w.by[one.of]
	if known == nil || known.agent != one.agent {
		return false
	}
	known.sessions--
	return known.sessions <= 0 && !known.shared
}

// ended notes that a server was told that nobody waits.
func (w *watched) ended(of resource) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.by, of)
}
