package grpc

import (
	"context"
	"net"

	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/peer"

	"argus/host/identity"
	"argus/host/socket"
)

// seen are credentials of a transport that remember of a connection whose process is at its other end, and what it holds up.
type seen struct {
	credentials.TransportCredentials
	front *Front
}

// seenPeer is what the transport knows of a connection, and the connection.
type seenPeer struct {
	credentials.AuthInfo
	*connection
}

// ServerHandshake is that of the transport.
func (s seen) ServerHandshake(raw net.Conn) (net.Conn, credentials.AuthInfo, error) {
	c, info, err := s.TransportCredentials.ServerHandshake(raw)
	if err != nil {
		return nil, nil, err
	}
	var user *int
	if u, vouched := socket.User(raw); vouched {
		user = &u
	}
	one := s.front.newConnection(c, user)
	return one, seenPeer{info, one}, nil
}

// peerOf is what is known of the connection of a request.
func peerOf(ctx context.Context) (known seenPeer, ok bool) {
	p, _ := peer.FromContext(ctx)
	if p == nil {
		return seenPeer{}, false
	}
	known, ok = p.AuthInfo.(seenPeer)
	return known, ok
}

// proof is what a connection proves: who is at the other end of a socket, and which certificate TLS has verified.
func (p seenPeer) proof() identity.Proof {
	proof := identity.Proof{Peer: p.user}
	if secure, is := p.AuthInfo.(credentials.TLSInfo); is && len(secure.State.VerifiedChains) > 0 {
		proof.Certificate = identity.CertificateDigest(secure.State.VerifiedChains[0][0])
	}
	return proof
}
