package mcp

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"

	"argus/host/socket"
	"argus/host/turns"
)

// Path is where the one endpoint is.
const Path = "/mcp"

// closing is how long calls may go on, and how long they then have to be recorded, when the door closes: 2 s together.
const (
	closingCalls  = time.Second
	closingRecord = 900 * time.Millisecond
)

const maxHeaderBytes = 16 << 10

// Front is the door. It is an http.Handler for loopback listeners and for a socket of the state folder.
type Front struct {
	Options
	sessions *sessions
	reading  *turns.Turns // bodies
	loudness loudness

	// Of the modern era.
	running     running
	suspended   *suspended
	subscribers *turns.Turns // of subscriptions/listen

	closing chan struct{} // closed when the door begins to close: streams end
	once    sync.Once

	mu     sync.Mutex // orders a request that begins with the closing of the door
	closed bool
	inside sync.WaitGroup
}

// New makes a door. The caller must Close it.
func New(o Options) *Front {
	o = o.withDefaults()
	o.AllowedOrigins = slices.Clone(o.AllowedOrigins)
	return &Front{
		Options: o, sessions: newSessions(o), reading: turns.New(o.Bodies),
		suspended: newSuspended(o.Suspended), subscribers: turns.New(o.Subscribers), closing: make(chan struct{}),
	}
}

// Serve answers on listeners that only this machine can reach, until ctx ends or one of them breaks, and closes the door. It owns the
// listeners.
func (f *Front) Serve(ctx context.Context, listeners ...net.Listener) error {
	if err := allLocal(listeners); err != nil {
		return fmt.Errorf("serve agents: %w", err)
	}
	server := &http.Server{
		Handler:           f,
		ConnContext:       withPeer,
		ReadHeaderTimeout: f.HeaderTimeout,
		IdleTimeout:       f.IdleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          f.Logger.StandardLogger(&hclog.StandardLoggerOptions{ForceLevel: hclog.Debug}),
	}
	places := make(chan struct{}, f.Connections)
	broken := make(chan error, len(listeners))
	var serving sync.WaitGroup
	for _, l := range listeners {
		serving.Go(func() { broken <- server.Serve(socket.Bound(l, places)) })
	}
	defer serving.Wait()
	select {
	case <-ctx.Done():
	case <-f.closing:
	case err := <-broken:
		return errors.Join(fmt.Errorf("serve agents: %w", err), f.shut(server))
	}
	return f.shut(server)
}

// shut takes no new connection, ends streams, lets calls go on for a moment and then cancels them.
func (f *Front) shut(server *http.Server) error {
	f.endStreams()
	ctx, cancel := context.WithTimeout(context.Background(), closingCalls)
	defer cancel()
	_ = server.Shutdown(ctx) // closes the listener; that a call is still open is settled next
	f.Close()
	return server.Close()
}

// Close ends streams and calls, and waits until what came of the calls is recorded, at most a second. Requests are refused from then on.
func (f *Front) Close() {
	f.mu.Lock()
	f.closed = true
	f.mu.Unlock()
	f.endStreams()
	f.sessions.endAll()
	f.running.endAll()
	left := make(chan struct{})
	go func() { f.inside.Wait(); close(left) }()
	select {
	case <-left:
	case <-time.After(closingRecord):
		f.Logger.Error("calls did not end when the door closed")
	}
}

func (f *Front) endStreams() { f.once.Do(func() { close(f.closing) }) }

// enter counts a request in, unless the door is closed.
func (f *Front) enter() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return false
	}
	f.inside.Add(1)
	return true
}
