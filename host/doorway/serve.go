package doorway

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"

	"argus/host/socket"
)

const maxHeaderBytes = 16 << 10

// Server answers on listeners that only this machine can reach. All fields are required.
type Server struct {
	Handler       http.Handler
	Logger        hclog.Logger
	Connections   int           // open at once
	HeaderTimeout time.Duration // for a request's header
	IdleTimeout   time.Duration // of a connection between two requests
	Closing       <-chan struct{}
	Shut          func(*http.Server) error // ends what runs
}

// Serve answers until ctx ends, Closing is closed or a listener breaks, and shuts. It owns the listeners.
func (s Server) Serve(ctx context.Context, listeners ...net.Listener) error {
	if err := allLocal(listeners); err != nil {
		return err
	}
	server := &http.Server{
		Handler:           s.Handler,
		ConnContext:       withPeer,
		ReadHeaderTimeout: s.HeaderTimeout,
		IdleTimeout:       s.IdleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          s.Logger.StandardLogger(&hclog.StandardLoggerOptions{ForceLevel: hclog.Debug}),
	}
	places := make(chan struct{}, s.Connections)
	broken := make(chan error, len(listeners))
	var serving sync.WaitGroup
	for _, l := range listeners {
		serving.Go(func() { broken <- server.Serve(socket.Bound(l, places)) })
	}
	defer serving.Wait()
	select {
	case <-ctx.Done():
	case <-s.Closing:
	case err := <-broken:
		return errors.Join(err, s.Shut(server))
	}
	return s.Shut(server)
}

// allLocal closes all listeners if one is neither of loopback nor a socket that looks at who connects.
func allLocal(listeners []net.Listener) error {
	var strange error
	for _, l := range listeners {
		if !local(l) {
			strange = fmt.Errorf("%s is no loopback address: bearers would cross the network in the clear", l.Addr())
		}
	}
	if strange == nil {
		return nil
	}
	for _, l := range listeners {
		strange = errors.Join(strange, l.Close())
	}
	return strange
}

func local(l net.Listener) bool {
	if _, guarded := l.(*socket.Listener); guarded {
		return true
	}
	tcp, ok := l.Addr().(*net.TCPAddr)
	return ok && tcp.IP.IsLoopback()
}

type peerKey struct{}

// withPeer remembers of a connection over a socket whose process is at the other end.
func withPeer(ctx context.Context, c net.Conn) context.Context {
	if user, known := socket.User(c); known {
		return context.WithValue(ctx, peerKey{}, &user)
	}
	return ctx
}

// PeerOf is the user at the other end of a request's connection, or nil where nobody vouches for one.
func PeerOf(ctx context.Context) *int {
	user, _ := ctx.Value(peerKey{}).(*int)
	return user
}
