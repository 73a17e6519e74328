// Package turns bounds what each principal holds open at once, so that one agent cannot use up what others need.
//
// It decides only whether one more may begin. It trusts its callers to name a principal that was proven, and to leave whatever they took. It
// never waits: a front refuses what finds no place.
package turns

import "sync"

// Turns are the places of every principal. The zero value has none. It is safe for use by many goroutines.
type Turns struct {
	most  int
	mu    sync.Mutex
	taken map[string]int
}

// New lets each principal hold so many places at once.
func New(most int) *Turns { return &Turns{most: most, taken: map[string]int{}} }

// Take reports whether one more may begin. The caller must Leave if it may.
func (t *Turns) Take(principal string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.taken[principal] >= t.most {
		return false
	}
	t.taken[principal]++
	return true
}

// Leave gives back one place that was taken.
func (t *Turns) Leave(principal string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.taken[principal]--; t.taken[principal] <= 0 {
		delete(t.taken, principal)
	}
}

// Taken is how many places a principal holds.
func (t *Turns) Taken(principal string) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.taken[principal]
}
