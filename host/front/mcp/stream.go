package mcp

import (
	"net/http"
	"slices"
	"sync"

	"argus/host/identity"
	"argus/host/mediate"
	"argus/plugin/sdk/registry"
)

// stream is one open GET, which carries what its agent is told outside its calls.
type stream struct {
	x       *exchange
	lookout *lookout
	session *session
	closed  chan struct{} // by the session, to make room or because it ends
	once    sync.Once
}

// stream carries news until the client, the session or the door ends.
func (f *Front) stream(w http.ResponseWriter, r *http.Request, g identity.Grant) {
	if denied := listens(r); denied != nil {
		f.refuse(w, denied)
		return
	}
	who, denied := f.bind(r, g)
	if denied != nil {
		f.refuse(w, denied)
		return
	}
	s, denied := f.join(r, g)
	if denied != nil {
		f.refuse(w, denied)
		return
	}
	defer f.sessions.done(s)
	one := &stream{
		x: &exchange{f: f, w: w, takes: forms{sse: true}}, lookout: f.lookOut(g, who, r.Header.Get(mediate.ContextHeader) != ""),
		session: s, closed: make(chan struct{}),
	}
	defer one.lookout.end()
	if !s.attach(one, f.Streams) {
		f.refuse(w, deniedSession)
		return
	}
	defer s.detach(one)
	one.x.stream()
	defer one.x.leave()
	one.lookout.run(r.Context(), one.closed, one)
}

func listens(r *http.Request) *denial {
	switch {
	case r.ContentLength != 0:
		return deniedBody
	case !accepted(r.Header["Accept"]).sse:
		return deniedStream
	case !versionFits(r):
		return deniedVersion
	}
	return nil
}

// attach adds a stream to the session. Where there are too many, the oldest is closed.
func (s *session) attach(one *stream, most int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over {
		return false
	}
	if len(s.streams) >= most {
		s.streams[0].close()
		s.streams = slices.Delete(s.streams, 0, 1)
	}
	s.streams = append(s.streams, one)
	return true
}

func (s *session) detach(one *stream) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.streams = slices.DeleteFunc(s.streams, func(other *stream) bool { return other == one })
}

// speaks reports whether this stream is the one of its session to tell an agent's news: a message goes over one stream only.
func (s *session) speaks(one *stream) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, other := range slices.Backward(s.streams) {
		if other.lookout.declared == one.lookout.declared && (!one.lookout.declared || other.lookout.who == one.lookout.who) {
			return other == one
		}
	}
	return false
}

func (t *stream) close() { t.once.Do(func() { close(t.closed) }) }

func (t *stream) speaks() bool { return t.session.speaks(t) }

func (t *stream) changed(list registry.Channel) []byte { return listChanged(list) }

func (t *stream) tell(message []byte) bool { return t.x.tell(message) }
