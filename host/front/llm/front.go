package llm

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	"argus/host/doorway"
)

// Front is the door. It is an http.Handler for loopback listeners. The caller must Close it.
type Front struct {
	Options
	upstreams map[string]*Upstream
	memory    *memory
	room      room
	patience  patience
	transport *http.Transport

	running context.Context // ends when the door closes
	stop    context.CancelFunc
	closing chan struct{}
	once    sync.Once
	inside  doorway.Inside
}

// New makes a door.
func New(o Options) *Front { return newFront(o, usual) }

func newFront(o Options, p patience) *Front {
	f := &Front{
		Options: o, upstreams: map[string]*Upstream{}, memory: newMemory(), room: room{left: max(maxBodies, o.MaxRequestBytes)}, patience: p, transport: transportOf(p), closing: make(chan struct{}),
	}
	f.running, f.stop = context.WithCancel(context.Background())
	for i := range o.Upstreams {
		f.upstreams[o.Upstreams[i].Name] = &o.Upstreams[i]
	}
	return f
}

// Serve answers on a listener that only this machine can reach, until ctx ends or it breaks, and closes the door. It owns the listener.
func (f *Front) Serve(ctx context.Context, l net.Listener) error {
	server := doorway.Server{
		Handler: f, Logger: f.Logger, Connections: connections, HeaderTimeout: headerTimeout, IdleTimeout: idleTimeout,
		Closing: f.closing, Shut: f.shut,
	}
	if err := server.Serve(ctx, l); err != nil {
		return fmt.Errorf("serve models to agents: %w", err)
	}
	return nil
}

func (f *Front) shut(server *http.Server) error {
	ctx, cancel := context.WithTimeout(context.Background(), closingTime/2)
	defer cancel()
	_ = server.Shutdown(ctx) // closes the listener; what is still open is ended next
	f.Close()
	return server.Close()
}

// Close ends what runs, and waits at most a moment until what came of it is recorded. Requests are refused from then on.
func (f *Front) Close() {
	f.inside.Close()
	f.once.Do(func() { close(f.closing) })
	f.stop()
	if !f.inside.Wait(closingTime) {
		f.Logger.Error("answers of models did not end when the door closed")
	}
	f.transport.CloseIdleConnections()
}

// hold is ctx for one request: it ends with the door too, and after the longest time of an answer. The caller must stop it.
func (f *Front) hold(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithTimeoutCause(ctx, f.patience.whole, errStall)
	release := context.AfterFunc(f.running, cancel)
	return ctx, func() { release(); cancel() }
}

func (f *Front) deadline() time.Time { return time.Now().Add(f.patience.write) }

// whole answers a request that is at its end with one body.
func (f *Front) whole(w http.ResponseWriter, status int, body []byte) {
	_ = http.NewResponseController(w).SetWriteDeadline(f.deadline())
	h := w.Header()
	h["Content-Type"], h["Cache-Control"] = []string{mediaJSON}, []string{"no-store"}
	h["Content-Length"] = []string{strconv.Itoa(len(body))}
	w.WriteHeader(status)
	_, _ = w.Write(body) // that the client is gone matters to nobody
}
