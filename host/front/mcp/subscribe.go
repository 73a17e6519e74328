package mcp

import (
	"context"
	"strings"

	"argus/kernel"
	"argus/plugin/sdk/registry"
)

// What the subscriptions of one session or listener may cost.
const (
	maxSubscriptions = 128
	maxAddress       = 2 << 10 // of a resource
)

// resource is a resource as its server knows it.
type resource struct{ server, own string }

// keepable refuses an address that is too long to be remembered while somebody waits for its news.
func (r resource) keepable() *rpcError {
	if len(r.own) > maxAddress {
		return noResource
	}
	return nil
}

// about reports whether news of an address is news of this resource: it is the resource's own, or one below it.
func (r resource) about(server, own string) bool {
	if server != r.server {
		return false
	}
	rest, ok := strings.CutPrefix(own, r.own)
	return ok && (rest == "" || strings.HasSuffix(r.own, "/") || strings.ContainsAny(rest[:1], "/?#"))
}

// subscription is that of one context. A context that took its place has not subscribed, and no news raises its exposure.
type subscription struct {
	agent kernel.AgentID
	of    resource
}

// subscriptions are those of one listener.
type subscriptions map[subscription]bool

// await reports whether an agent has subscribed to what news is about.
func (s subscriptions) await(agent kernel.AgentID, server, own string) bool {
	for one := range s {
		if one.agent == agent && one.of.about(server, own) {
			return true
		}
	}
	return false
}

// subscribe adds a subscription, if it is not there already. There is no room where there are too many, or the session is over.
func (s *session) subscribe(one subscription) (added, room bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.subscriptions[one] {
		return false, true
	}
	if s.over || len(s.subscriptions) >= maxSubscriptions {
		return false, false
	}
	s.subscriptions[one] = true
	return true, true
}

// unsubscribe takes a subscription away and reports whether it was there.
func (s *session) unsubscribe(one subscription) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	there := s.subscriptions[one]
	delete(s.subscriptions, one)
	return there
}

// awaits reports whether an agent has subscribed, in this session, to what news is about.
func (s *session) awaits(agent kernel.AgentID, server, own string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.subscriptions.await(agent, server, own)
}

// endSubscriptions drops what the session waited for. The caller holds the lock. Servers are not told: that would be a call, and nobody is left
// to make it.
func (s *session) endSubscriptions() {
	for one := range s.subscriptions {
		s.watched.left(one)
	}
	clear(s.subscriptions)
}

// subscribe subscribes the session to a resource. Its news may come as soon as its server knows.
func (f *Front) subscribe(ctx context.Context, t turn) answer {
	of, wrong := f.addressed(t)
	if wrong == nil {
		wrong = of.keepable()
	}
	if wrong != nil {
		return answer{err: wrong}
	}
	one := subscription{t.who.Agent, of}
	added, room := t.session.subscribe(one)
	if !room {
		return answer{err: manySubscriptions}
	}
	a := f.useResource(ctx, t, of)
	switch {
	case added && a.err != nil:
		t.session.unsubscribe(one)
	case added:
		f.sessions.watched.told(one)
	}
	return a
}

// unsubscribe ends a subscription. Its server is told if no other agent ever waited for news of the resource, and no other session does.
func (f *Front) unsubscribe(ctx context.Context, t turn) answer {
	of, wrong := f.addressed(t)
	if wrong != nil {
		return answer{err: wrong}
	}
	one := subscription{t.who.Agent, of}
	if !t.session.unsubscribe(one) || !f.sessions.watched.left(one) {
		return answer{result: empty}
	}
	a := f.useResource(ctx, t, of)
	if a.err == nil {
		f.sessions.watched.ended(of)
	}
	return a
}

// addressed finds the resource whose address a request names.
func (f *Front) addressed(t turn) (resource, *rpcError) {
	address, ok := text(t.params, "uri")
	if !ok || !fits(t.params, "uri") {
		return resource{}, wrongParams
	}
	return f.resource(address)
}

// resource finds a resource by its address toward agents.
func (f *Front) resource(address string) (resource, *rpcError) {
	server, own, ok := offering(f.Mediator.Inventory(), registry.Resources).resource(address)
	if !ok {
		return resource{}, noResource
	}
	return resource{server, own}, nil
}

// useResource passes a request that names nothing but a resource to its server.
func (f *Front) useResource(ctx context.Context, t turn, of resource) answer {
	reply, err := f.Mediator.UseChannel(ctx, t.who, of.server, registry.Resources, t.method, object("uri", of.own), t.client)
	return f.passed(reply, err, t.method)
}
