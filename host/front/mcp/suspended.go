package mcp

import "sync"

// suspended are the calls that wait for their client. Each is found by a key that is good once. A call that has ever waited takes up one of its
// principal's places until it ends.
type suspended struct {
	most int

	mu     sync.Mutex
	calls  map[key]*talk
	places map[string]int
}

func newSuspended(most int) *suspended {
	return &suspended{most: most, calls: map[key]*talk{}, places: map[string]int{}}
}

// reserve takes a place for a call, or reports that there is none. The caller must free it.
func (s *suspended) reserve(principal string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.places[principal] >= s.most {
		return false
	}
	s.places[principal]++
	return true
}

func (s *suspended) free(principal string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.places[principal]--; s.places[principal] <= 0 {
		delete(s.places, principal)
	}
}

// add lets a call be found by a key.
func (s *suspended) add(k key, c *talk) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls[k] = c
}

// take finds a call, once.
func (s *suspended) take(k key) (*talk, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, found := s.calls[k]
	delete(s.calls, k)
	return c, found
}
