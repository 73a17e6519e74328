package grpc

import (
	"context"
	"net"

	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/peer"

	"argus/host/socket"
)

// seen are credentials of a transport that remember of a connection over the socket whose process is at the other end.
type seen struct {
	credentials.TransportCredentials
}

// seenPeer is what is known of a connection, and the user at its other end, or nil where nobody vouches for one.
type seenPeer struct {
	credentials.AuthInfo
	user *int
}

// ServerHandshake is that of the transport.
func (s seen) ServerHandshake(raw net.Conn) (net.Conn, credentials.AuthInfo, error) {
	c, info, err := s.TransportCredentials.ServerHandshake(raw)
	if err != nil {
		return nil, nil, err
	}
	known := seenPeer{AuthInfo: info}
	if user, vouched := socket.User(raw); vouched {
		known.user = &user
	}
	return c, known, nil
}

func peerOf(ctx context.Context) *int {
	p, _ := peer.FromContext(ctx)
	if p == nil {
		return nil
	}
	known, _ := p.AuthInfo.(seenPeer)
	return known.user
}
