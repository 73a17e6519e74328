package mcp

import (
	"context"
	"crypto/rand"
	"sync"
	"time"

	"argus/host/upstream"
)

// sessions are those of all principals. A session is found only under the principal that opened it: with another's token its id names
// nothing.
type sessions struct {
	most    int
	streams int
	idle    time.Duration

	watched watched

	mu sync.Mutex
	of map[string]map[string]*session // by principal and id
}

func newSessions(o Options) *sessions {
	return &sessions{most: o.Sessions, streams: o.Streams, idle: o.SessionIdle, of: map[string]map[string]*session{}}
}

// session is one client's connection in the sense of the protocol. It holds nothing that a decision depends on.
type session struct {
	id      string
	version string
	can     upstream.Abilities // of its client
	watched *watched           // of all sessions

	questions questions

	// Kept by sessions, under its lock.
	used time.Time
	busy int // requests and streams

	mu      sync.Mutex
	over    bool
	calls   map[string]context.CancelFunc // requests without an answer yet, by id
	streams []*stream                     // oldest first
	level   upstream.Severity             // of the log messages that are wanted

	subscriptions subscriptions
}

// open makes a session, dropping the principal's oldest idle one where there is no room. It reports false when none is idle.
func (t *sessions) open(owner, version string, can upstream.Abilities) (*session, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	own := t.of[owner]
	if own == nil {
		own = map[string]*session{}
		t.of[owner] = own
	}
	if !t.makeRoom(own) {
		return nil, false
	}
	s := &session{
		id: rand.Text() + rand.Text(), version: version, can: can, used: time.Now(),
		calls: map[string]context.CancelFunc{}, watched: &t.watched, subscriptions: subscriptions{},
	}
	own[s.id] = s
	return s, true
}

// makeRoom drops what has expired and, if that is not enough, the session that is idle the longest.
func (t *sessions) makeRoom(own map[string]*session) bool {
	var oldest *session
	for id, s := range own {
		switch {
		case t.expired(s):
			delete(own, id)
			s.end()
		case s.busy == 0 && (oldest == nil || s.used.Before(oldest.used)):
			oldest = s
		}
	}
	if len(own) < t.most {
		return true
	}
	if oldest == nil {
		return false
	}
	delete(own, oldest.id)
	oldest.end()
	return true
}

func (t *sessions) expired(s *session) bool { return s.busy == 0 && time.Since(s.used) >= t.idle }

// use finds a session for one request or stream. The caller must say when it is done.
func (t *sessions) use(owner, id string) (*session, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	s, known := t.of[owner][id]
	if !known {
		return nil, false
	}
	if t.expired(s) {
		delete(t.of[owner], id)
		s.end()
		return nil, false
	}
	s.busy++
	return s, true
}

func (t *sessions) done(s *session) {
	t.mu.Lock()
	defer t.mu.Unlock()
	s.busy--
	s.used = time.Now()
}

// end ends a session at its client's wish.
func (t *sessions) end(owner, id string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	s, known := t.of[owner][id]
	if !known {
		return false
	}
	delete(t.of[owner], id)
	s.end()
	return true
}

func (t *sessions) endAll() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, own := range t.of {
		for _, s := range own {
			s.end()
		}
	}
	clear(t.of)
}

// end closes the streams, cancels the calls and drops the subscriptions.
func (s *session) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over {
		return
	}
	s.over = true
	for _, one := range s.streams {
		one.close()
	}
	for _, cancel := range s.calls {
		cancel()
	}
	s.endSubscriptions()
}

// begin notes a request, so that its id can cancel it. It reports false for an id that is in use: which of the two would be meant?
func (s *session) begin(id string, cancel context.CancelFunc) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, taken := s.calls[id]; taken || s.over {
		return false
	}
	s.calls[id] = cancel
	return true
}

func (s *session) finish(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.calls, id)
}

// cancel stops the request of that id, if it is still open.
func (s *session) cancel(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if cancel, open := s.calls[id]; open {
		cancel()
	}
}
