// Package operator is the operator's door to a running daemon: gRPC on a unix socket that only the daemon's own user can reach.
//
// Reading is for whoever can open the socket. Acting is for whoever holds the operator key: every act is a signed message with a nonce
// of the daemon's, so that neither the user id nor a token that an agent holds is ever enough. The package decides only that; what an act
// does is package mediate's and the host's.
package operator

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"google.golang.org/grpc"

	"argus/host/fault"
	"argus/host/identity"
	"argus/host/mediate"
	"argus/host/socket"
	"argus/plugin/sdk/audit"
	operatorv1 "argus/proto/argus/operator/v1"
)

// SocketName is the socket's name in the state folder.
const SocketName = "operator.sock"

const (
	maxMessage  = 256 << 20 // every definition of every server, each of which may have 16 MiB of them
	maxStreams  = 64
	stopPatient = time.Second
)

// Daemon is what the door shows and does of the host, beside the mediator.
type Daemon interface {
	Status() *operatorv1.StatusReply
	// Pin writes what was shown, and nothing else, into the registry. The caller has seen the operator's signature.
	Pin(ctx context.Context, server string, shown Shown) (*operatorv1.ActReply, error)
	// Audit asks the audit sink.
	Audit(ctx context.Context, q audit.Query) ([]audit.Found, error)
	// URL is where agents find Argus.
	URL() string
}

// Parts are what the door is made of. All are required.
type Parts struct {
	Mediator *mediate.Mediator
	Gate     *identity.OperatorGate
	Daemon   Daemon
}

// Door is an open door.
type Door struct {
	operatorv1.UnimplementedOperatorServer
	Parts
	server *grpc.Server
}

// Listen opens the socket in the state folder. The caller holds the folder's lock.
func Listen(state string) (net.Listener, error) { return socket.Listen(state, SocketName) }

// New makes a door. Serve opens it.
func New(p Parts) *Door {
	d := &Door{Parts: p, server: grpc.NewServer(
		grpc.MaxRecvMsgSize(maxMessage), grpc.MaxSendMsgSize(maxMessage), grpc.MaxConcurrentStreams(maxStreams),
		grpc.UnaryInterceptor(translate),
	)}
	operatorv1.RegisterOperatorServer(d.server, d)
	return d
}

// Serve answers until Close.
func (d *Door) Serve(l net.Listener) error {
	if err := d.server.Serve(l); err != nil && !errors.Is(err, grpc.ErrServerStopped) {
		return fmt.Errorf("serve the operator's socket: %w", err)
	}
	return nil
}

// Close lets what runs finish for a moment, then ends it.
func (d *Door) Close() {
	over := time.AfterFunc(stopPatient, d.server.Stop)
	defer over.Stop()
	d.server.GracefulStop()
}

// translate maps faults to codes, once.
func translate(ctx context.Context, req any, _ *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (any, error) {
	reply, err := handle(ctx, req)
	if err != nil {
		return nil, wireError(err)
	}
	return reply, nil
}

// Status tells how the daemon is.
func (d *Door) Status(context.Context, *operatorv1.StatusRequest) (*operatorv1.StatusReply, error) {
	return d.Daemon.Status(), nil
}

// Challenge gives the nonce of the next act.
func (d *Door) Challenge(context.Context, *operatorv1.ChallengeRequest) (*operatorv1.ChallengeReply, error) {
	return &operatorv1.ChallengeReply{Nonce: d.Gate.Challenge(identity.Operator)}, nil
}

func invalid(op string, err error) error { return fault.New(fault.Invalid, op, err) }
