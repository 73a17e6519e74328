package mcp

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"argus/host/doorway"
	"argus/host/turns"
)

// Path is where the one endpoint is.
const Path = "/mcp"

// closing is how long calls may go on, and how long they then have to be recorded, when the door closes: 2 s together.
const (
	closingCalls  = time.Second
	closingRecord = 900 * time.Millisecond
)

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

	inside doorway.Inside
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
	server := doorway.Server{
		Handler: f, Logger: f.Logger, Connections: f.Connections, HeaderTimeout: f.HeaderTimeout, IdleTimeout: f.IdleTimeout,
		Closing: f.closing, Shut: f.shut,
	}
	if err := server.Serve(ctx, listeners...); err != nil {
		return fmt.Errorf("serve agents: %w", err)
	}
	return nil
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
	f.inside.Close()
	f.endStreams()
	f.sessions.endAll()
	f.running.endAll()
	if !f.inside.Wait(closingRecord) {
		f.Logger.Error("calls did not end when the door closed")
	}
}

func (f *Front) endStreams() { f.once.Do(func() { close(f.closing) }) }
