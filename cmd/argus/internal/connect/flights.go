package connect

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"

	"argus/internal/ijson"
)

// What a client may have open at once. The door admits some more requests of one agent, which may have other clients.
const (
	mostOpen  = 48
	mostBytes = 2 * maxLine // of open requests, and of what waits to be sent
)

var (
	errTwice = errors.New("a request of this id is open")
	errMany  = errors.New("too many requests are open: wait for an answer")
)

// flights are the requests without an answer yet.
type flights struct {
	mu    sync.Mutex
	of    map[string]*flight // by id
	bytes int
}

// flight is one of them.
type flight struct {
	message
	cancel   context.CancelCauseFunc
	unwanted atomic.Bool // nothing is written for it any more
}

// begin counts a request in. The caller must end it.
func (f *flights) begin(ctx context.Context, m message) (context.Context, *flight, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	id := key(m.id)
	if f.of[id] != nil {
		return nil, nil, errTwice
	}
	if len(f.of) >= mostOpen || f.bytes+len(m.line) > mostBytes {
		return nil, nil, errMany
	}
	ctx, cancel := context.WithCancelCause(ctx)
	one := &flight{message: m, cancel: cancel}
	f.of[id] = one
	f.bytes += len(m.line)
	return ctx, one, nil
}

func (f *flights) end(one *flight) {
	one.cancel(nil)
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.of, key(one.id))
	f.bytes -= len(one.line)
}

// hold reports whether there is room for what waits to be sent. The caller must release it.
func (f *flights) hold(m message) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.bytes+len(m.line) > mostBytes {
		return false
	}
	f.bytes += len(m.line)
	return true
}

func (f *flights) release(m message) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.bytes -= len(m.line)
}

// find finds the open request of an id.
func (f *flights) find(id ijson.Value) *flight {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.of[key(id)]
}

// abort ends all that is open.
func (f *flights) abort(cause error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, one := range f.of {
		one.cancel(cause)
	}
}

func (f *flights) open() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.of)
}
