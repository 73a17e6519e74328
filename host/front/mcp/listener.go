package mcp

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"

	"argus/host/socket"
)

// The socket beside the loopback address: its folder in the state folder, its name there, and the one Host of requests over it.
const (
	SocketFolder = "agents"
	SocketName   = "mcp.sock"
	SocketHost   = "argus"
)

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

// bounded is a listener whose connections each take a place while they are open; listeners can share the places. While none is free the
// next connection waits here, and those after it in the kernel's queue.
type bounded struct {
	net.Listener
	places chan struct{}
	closed chan struct{}
	once   sync.Once
}

func bound(l net.Listener, places chan struct{}) *bounded {
	return &bounded{Listener: l, places: places, closed: make(chan struct{})}
}

func (b *bounded) Accept() (net.Conn, error) {
	c, err := b.Listener.Accept()
	if err != nil {
		return nil, err
	}
	select {
	case b.places <- struct{}{}:
		return &placed{Conn: c, leave: sync.OnceFunc(func() { <-b.places })}, nil
	case <-b.closed:
		return nil, errors.Join(net.ErrClosed, c.Close())
	}
}

func (b *bounded) Close() error {
	b.once.Do(func() { close(b.closed) })
	return b.Listener.Close()
}

type peerKey struct{}

// withPeer remembers of a connection over the socket whose process is at the other end.
func withPeer(ctx context.Context, c net.Conn) context.Context {
	if user, known := socket.User(c); known {
		return context.WithValue(ctx, peerKey{}, &user)
	}
	return ctx
}

// peerOf is the user at the other end, or nil where nobody vouches for one.
func peerOf(ctx context.Context) *int {
	user, _ := ctx.Value(peerKey{}).(*int)
	return user
}

// placed is a connection that takes up a place until it is closed.
type placed struct {
	net.Conn
	leave func()
}

// NetConn is the connection itself.
func (p *placed) NetConn() net.Conn { return p.Conn }

func (p *placed) Close() error {
	defer p.leave()
	return p.Conn.Close()
}
