package mcp

import (
	"context"
	"sync"
)

// running are the requests that no session could cancel. When the door closes it cancels them itself.
type running struct {
	mu    sync.Mutex
	over  bool
	stops map[*context.CancelFunc]bool
}

// begin notes a request. The caller must stop it, which also cancels what it may have left behind.
func (r *running) begin(ctx context.Context) (_ context.Context, stop context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.over {
		cancel()
	}
	if r.stops == nil {
		r.stops = map[*context.CancelFunc]bool{}
	}
	r.stops[&cancel] = true
	return ctx, func() {
		cancel()
		r.mu.Lock()
		defer r.mu.Unlock()
		delete(r.stops, &cancel)
	}
}

// endAll cancels every request, and those that are still to begin.
func (r *running) endAll() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.over = true
	for cancel := range r.stops {
		(*cancel)()
	}
}
