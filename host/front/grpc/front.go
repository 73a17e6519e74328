package grpc

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/go-hclog"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/reflection"
	"google.golang.org/protobuf/proto"

	"argus/host/identity"
	"argus/host/mediate"
	"argus/host/socket"
	"argus/host/turns"
	agentv1 "argus/proto/argus/agent/v1"
)

// The socket: its folder in the state folder, and its name there.
const (
	SocketFolder = "agents"
	SocketName   = "grpc.sock"
)

// Bounds of every connection.
const (
	connections   = 512              // of each listener
	ownPlaces     = 32               // connections of one principal
	streams       = 64               // of one connection
	maxHeaders    = 16 << 10         // bytes of a request's metadata
	maxAnswer     = 32 << 20         // bytes: what a server may answer, twice
	handshake     = 5 * time.Second  // for a connection to begin
	silence       = 10 * time.Second // then, for a first request that proves whose it is
	idle          = 5 * time.Minute  // of a connection without a request
	leastPing     = 10 * time.Second // between two of a client's signs of life
	signOfLife    = 30 * time.Second // after which a silent client is asked for one
	answerToLife  = 10 * time.Second // for it to give it
	watchPatience = 30 * time.Second // with a watcher that takes nothing
	stopPatience  = time.Second      // for what runs when the door closes
)

// Options are what a door is made of. All are required but TLS.
type Options struct {
	Mediator        *mediate.Mediator
	Gate            *identity.OperatorGate
	Turns           *turns.Turns // of requests that wait for an answer, over all doors of agents
	MaxRequestBytes int64
	Logger          hclog.Logger
	TLS             *tls.Config // of the address, if there is one
}

// Front is the door. The caller must Close it.
type Front struct {
	Options
	connections *turns.Turns // of each principal
	silence     atomic.Int64 // nanoseconds, of a connection that has not proved whose it is
	walks       *walks
	calls       *calls
	sends       sync.WaitGroup // of watchers, with the one that was given up
	patience    time.Duration  // with a watcher that takes nothing
	server      *grpc.Server
	remote      *grpc.Server // nil without TLS
}

// New makes a door. Serve opens it.
func New(o Options) *Front {
	f := &Front{
		Options: o, connections: turns.New(ownPlaces), walks: newWalks(), calls: newCalls(), patience: watchPatience,
	}
	f.silence.Store(int64(silence))
	f.server = f.serverBy(insecure.NewCredentials())
	if o.TLS != nil {
		f.remote = f.serverBy(credentials.NewTLS(o.TLS))
	}
	return f
}

func (f *Front) serverBy(transport credentials.TransportCredentials) *grpc.Server {
	s := grpc.NewServer(
		grpc.Creds(seen{transport, f}), grpc.InTapHandle(f.admit), grpc.WaitForHandlers(true),
		grpc.ForceServerCodecV2(strictCodec{}),
		grpc.UnaryInterceptor(f.unary), grpc.StreamInterceptor(f.stream),
		grpc.MaxRecvMsgSize(int(f.MaxRequestBytes)), grpc.MaxSendMsgSize(maxAnswer), grpc.MaxHeaderListSize(maxHeaders),
		grpc.MaxConcurrentStreams(streams), grpc.ConnectionTimeout(handshake),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: leastPing}),
		grpc.KeepaliveParams(keepalive.ServerParameters{MaxConnectionIdle: idle, Time: signOfLife, Timeout: answerToLife}),
	)
	agentv1.RegisterKernelServer(s, kernelService{Front: f})
	agentv1.RegisterToolsServer(s, toolsService{Front: f})
	agentv1.RegisterWatchServer(s, watchService{Front: f})
	healthv1.RegisterHealthServer(s, healthService{Front: f})
	reflection.RegisterV1(s)
	return s
}

// Serve answers on a listener that looks at who connects, until Close. It owns the listener.
func (f *Front) Serve(l net.Listener) error { return f.serve(f.server, l) }

// ServeTLS answers on an address that others can reach, until Close. It owns the listener.
func (f *Front) ServeTLS(l net.Listener) error {
	if f.remote == nil {
		return errors.Join(errors.New("serve agents over gRPC: an address takes TLS"), l.Close())
	}
	return f.serve(f.remote, l)
}

func (f *Front) serve(s *grpc.Server, l net.Listener) error {
	if err := s.Serve(socket.Bound(l, make(chan struct{}, connections))); err != nil && !errors.Is(err, grpc.ErrServerStopped) {
		return fmt.Errorf("serve agents over gRPC: %w", err)
	}
	return nil
}

// Close lets what runs finish for a moment, then ends it.
func (f *Front) Close() {
	for _, s := range []*grpc.Server{f.server, f.remote} {
		if s == nil {
			continue
		}
		over := time.AfterFunc(stopPatience, s.Stop)
		s.GracefulStop()
		over.Stop()
	}
	f.sends.Wait()
}

// unary refuses a request that says what no client may say, and maps what went wrong once.
func (f *Front) unary(ctx context.Context, q any, info *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (any, error) {
	if err := checkMessage(q); err != nil {
		return nil, err
	}
	t := turnOf(ctx)
	t.hold()
	defer t.release()
	ctx, stop := f.Mediator.Hold(ctx, grantOf(ctx))
	defer stop()
	reply, err := handle(ctx, q)
	if err != nil {
		if ended(ctx) {
			return nil, errCredential
		}
		return nil, f.failed(info.FullMethod, err)
	}
	return answer{reply.(proto.Message), t}, nil
}

// stream is unary for requests that are answered by more than one message.
func (f *Front) stream(service any, s grpc.ServerStream, info *grpc.StreamServerInfo, handle grpc.StreamHandler) error {
	t := turnOf(s.Context())
	t.hold()
	defer t.release()
	ctx, stop := f.Mediator.Hold(s.Context(), grantOf(s.Context()))
	defer stop()
	if err := handle(service, checkedStream{s, ctx, t}); err != nil {
		if ended(ctx) {
			return errCredential
		}
		return f.failed(info.FullMethod, err)
	}
	return nil
}

// checkedStream is a stream whose requests are held to the contract, and which ends with the credential that opened it.
type checkedStream struct {
	grpc.ServerStream
	ctx  context.Context
	turn *turn
}

func (s checkedStream) Context() context.Context { return s.ctx }

func (s checkedStream) SendMsg(m any) error {
	return s.ServerStream.SendMsg(answer{m.(proto.Message), s.turn})
}

func (s checkedStream) RecvMsg(m any) error {
	if err := s.ServerStream.RecvMsg(m); err != nil {
		return err
	}
	return checkMessage(m)
}
