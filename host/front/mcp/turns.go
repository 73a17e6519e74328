package mcp

import "sync"

// turns bounds the requests of each principal that are answered at once, so that one agent cannot use up the door.
type turns struct {
	most  int
	mu    sync.Mutex
	taken map[string]int
}

func newTurns(most int) *turns { return &turns{most: most, taken: map[string]int{}} }

// take reports whether one more request may begin. The caller must leave if it may.
func (t *turns) take(principal string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.taken[principal] >= t.most {
		return false
	}
	t.taken[principal]++
	return true
}

func (t *turns) leave(principal string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.taken[principal]--; t.taken[principal] <= 0 {
		delete(t.taken, principal)
	}
}
