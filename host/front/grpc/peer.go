package grpc

import (
	"context"
	"net"

	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/peer"

	"argus/host/identity"
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

// proofOf is what the connection of a request proves: who is at the other end of a socket, and which certificate TLS has verified.
func proofOf(ctx context.Context) identity.Proof {
	p, _ := peer.FromContext(ctx)
	if p == nil {
		return identity.Proof{}
	}
	known, _ := p.AuthInfo.(seenPeer)
	proof := identity.Proof{Peer: known.user}
	if secure, is := known.AuthInfo.(credentials.TLSInfo); is && len(secure.State.VerifiedChains) > 0 {
		proof.Certificate = identity.CertificateDigest(secure.State.VerifiedChains[0][0])
	}
	return proof
}
