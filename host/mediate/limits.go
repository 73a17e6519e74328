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

// running knows how to stop calls: those of an agent that is ended, and those of a tool that goes out of force.
type running struct {
	mu    sync.Mutex
	next  uint64
	calls map[kernel.AgentID]map[uint64]call
}

type call struct {
	tool   kernel.ToolID
	cancel context.CancelFunc
}

func newRunning() *running {
	return &running{calls: map[kernel.AgentID]map[uint64]call{}}
}

// add returns what the caller must run when the call is over.
func (r *running) add(agent kernel.AgentID, tool kernel.ToolID, cancel context.CancelFunc) (done func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	id := r.next
	r.next++
	if r.calls[agent] == nil {
		r.calls[agent] = map[uint64]call{}
	}
	r.calls[agent][id] = call{tool, cancel}
	return func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		delete(r.calls[agent], id)
		if len(r.calls[agent]) == 0 {
			delete(r.calls, agent)
		}
	}
}

// stop cancels what an agent has running. Each call still completes.
func (r *running) stop(agent kernel.AgentID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range r.calls[agent] {
		c.cancel()
	}
}

// stopTool cancels every running call of a tool. Each still completes.
func (r *running) stopTool(tool kernel.ToolID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, calls := range r.calls {
		for _, c := range calls {
			if c.tool == tool {
				c.cancel()
			}
		}
	}
}
