package mediate

import (
	"context"
	"sync"
	"time"

	"argus/kernel"
)

// pace bounds the calls of each principal: a bucket that holds a minute's worth and fills evenly.
type pace struct {
	perMinute float64
	mu        sync.Mutex
	buckets   map[string]*bucket
	now       func() time.Time
}

type bucket struct {
	left float64
	at   time.Time
}

func newPace(perMinute int) *pace {
	return &pace{perMinute: float64(perMinute), buckets: map[string]*bucket{}, now: time.Now}
}

// take reports whether the principal may make one more call now. There are as many buckets as configured principals.
func (p *pace) take(principal string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	b := p.buckets[principal]
	if b == nil {
		b = &bucket{left: p.perMinute, at: now}
		p.buckets[principal] = b
	}
	b.left = min(p.perMinute, b.left+now.Sub(b.at).Minutes()*p.perMinute)
	b.at = now
	if b.left < 1 {
		return false
	}
	b.left--
	return true
}

// running knows how to stop the calls of an agent that is ended.
type running struct {
	mu     sync.Mutex
	next   uint64
	agents map[kernel.AgentID]map[uint64]context.CancelFunc
}

func newRunning() *running {
	return &running{agents: map[kernel.AgentID]map[uint64]context.CancelFunc{}}
}

// add returns what the caller must run when the call is over.
func (r *running) add(agent kernel.AgentID, cancel context.CancelFunc) (done func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	id := r.next
	r.next++
	if r.agents[agent] == nil {
		r.agents[agent] = map[uint64]context.CancelFunc{}
	}
	r.agents[agent][id] = cancel
	return func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		delete(r.agents[agent], id)
		if len(r.agents[agent]) == 0 {
			delete(r.agents, agent)
		}
	}
}

// stop cancels what an agent has running. Each call still completes.
func (r *running) stop(agent kernel.AgentID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, cancel := range r.agents[agent] {
		cancel()
	}
}
