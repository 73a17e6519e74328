package mcp

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"time"

	"argus/host/identity"
	"argus/host/mediate"
	"argus/plugin/sdk/registry"
)

// stream is one open GET. Its own goroutine looks at the inventory and hears the news of servers, so a slow reader holds up nobody but itself:
// a change of the inventory that it missed meanwhile is told once, news of servers beyond what the mediator keeps for it is lost to it,
// and after WriteTimeout its stream is closed.
type stream struct {
	f         *Front
	w         http.ResponseWriter
	session   *session
	principal identity.Principal
	who       mediate.Caller // the declared context of the stream; for a principal's own, the one at the beginning
	declared  bool
	closed    chan struct{} // by the session, to make room
	once      sync.Once
}

// stream carries news until the client, the session or the door ends.
func (f *Front) stream(w http.ResponseWriter, r *http.Request, p identity.Principal) {
	if denied := listens(r); denied != nil {
		f.refuse(w, denied)
		return
	}
	who, denied := f.bind(r, p)
	if denied != nil {
		f.refuse(w, denied)
		return
	}
	s, denied := f.join(r, p)
	if denied != nil {
		f.refuse(w, denied)
		return
	}
	defer f.sessions.done(s)
	one := &stream{
		f: f, w: w, session: s, principal: p, who: who, declared: r.Header.Get(mediate.ContextHeader) != "", closed: make(chan struct{}),
	}
	if !s.attach(one, f.Streams) {
		f.refuse(w, deniedSession)
		return
	}
	defer s.detach(one)
	one.run(r.Context())
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
		if other.declared == one.declared && (!one.declared || other.who == one.who) {
			return other == one
		}
	}
	return false
}

func (t *stream) close() { t.once.Do(func() { close(t.closed) }) }

func (t *stream) run(ctx context.Context) {
	heard := t.f.Mediator.Listen() // before the client knows that the stream is there: it misses nothing from then on
	defer heard.Close()
	changed := t.f.Mediator.Changed()
	seen := t.look()
	if !t.f.openEvents(t.w) {
		return
	}
	alive := time.NewTicker(t.f.KeepAlive)
	defer alive.Stop()
	for {
		ok := true
		select {
		case <-changed:
			changed = t.f.Mediator.Changed()
			if t.session.speaks(t) {
				now := t.look()
				ok = t.tell(seen, now)
				seen = now
			}
		case n := <-heard.News():
			if message, raise := t.phrase(n); message != nil && t.f.Mediator.Admit(ctx, t.agent(), n.Server, n.Channel, raise) {
				ok = t.f.event(t.w, message)
			}
		case <-alive.C:
			ok = t.f.send(t.w, keepAlive)
		case <-ctx.Done():
			return
		case <-t.closed:
			return
		case <-t.session.ended:
			return
		case <-t.f.closing:
			return
		}
		if !ok {
			return
		}
	}
}

// sight is what an agent would find in its lists.
type sight struct {
	tools     string
	resources string
	prompts   string
}

// agent is the one that the stream is for. A principal's own context may have been replaced since the stream began.
func (t *stream) agent() mediate.Caller {
	if !t.declared {
		if present, ok := t.f.Mediator.Present(t.principal); ok {
			return present
		}
	}
	return t.who
}

// look sees the lists as they are now for the stream's agent.
func (t *stream) look() sight {
	stock := t.f.Mediator.Inventory()
	return sight{
		tools:     digest(t.f.Mediator.Visible(t.agent())),
		resources: offering(stock, registry.Resources).names(),
		prompts:   offering(stock, registry.Prompts).names(),
	}
}

// tell sends the news of what differs.
func (t *stream) tell(before, now sight) bool {
	ok := true
	if before.tools != now.tools {
		ok = ok && t.f.event(t.w, newsTools)
	}
	if before.resources != now.resources {
		ok = ok && t.f.event(t.w, newsResources)
	}
	if before.prompts != now.prompts {
		ok = ok && t.f.event(t.w, newsPrompts)
	}
	return ok
}
