package mcp

import (
	"context"
	"crypto/rand"
	"sync"
	"time"

	"argus/host/identity"
	"argus/host/upstream"
)

// sessions are those of all principals. A session is found only by the credential that opened it: with another token its id names nothing.
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
	id         string
	credential identity.CredentialID // that opened it
	version    string
	can        upstream.Abilities // of its client
	watched    *watched           // of all sessions

	questions questions

	// Kept by sessions, under its lock.
	used time.Time
	busy int // requests and streams

	mu      sync.Mutex
	over    bool
	release func()                        // lets go of the credential; nil before it is held
	calls   map[string]context.CancelFunc // requests without an answer yet, by id
	streams []*stream                     // oldest first
	level   upstream.Severity             // of the log messages that are wanted

	subscriptions subscriptions
}

// open makes a session, dropping the principal's oldest idle one where there is no room. It reports false when none is idle.
func (t *sessions) open(g identity.Grant, version string, can upstream.Abilities) (*session, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	own := t.of[g.Principal.Name]
	if own == nil {
		own = map[string]*session{}
		t.of[g.Principal.Name] = own
	}
	if !t.makeRoom(own) {
		return nil, false
	}
	s := &session{
		id: rand.Text() + rand.Text(), credential: g.Credential, version: version, can: can, used: time.Now(),
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
func (t *sessions) use(g identity.Grant, id string) (*session, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	s, known := t.find(g, id)
	if !known {
		return nil, false
	}
	if t.expired(s) {
		delete(t.of[g.Principal.Name], id)
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

// find finds a session of a credential. The caller holds the lock.
func (t *sessions) find(g identity.Grant, id string) (*session, bool) {
	s, known := t.of[g.Principal.Name][id]
	return s, known && s.credential == g.Credential
}

// end ends a session, at its client's wish or with its credential.
func (t *sessions) end(g identity.Grant, id string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	s, known := t.find(g, id)
	if !known {
		return false
	}
	delete(t.of[g.Principal.Name], id)
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

// endWithCredential ends a session in the moment in which the credential that opened it does.
func (f *Front) endWithCredential(s *session, g identity.Grant) {
	held, stop := f.Mediator.Hold(context.Background(), g)
	unwatch := context.AfterFunc(held, func() { f.sessions.end(g, s.id) })
	release := func() { unwatch(); stop() }
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over {
		release()
		return
	}
	s.release = release
}

// end closes the streams, cancels the calls, drops the subscriptions and lets go of the credential.
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
	if s.release != nil {
		s.release()
	}
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
