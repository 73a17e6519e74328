package mcp

import (
	"context"
	"errors"
	"fmt"
	"net"

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
