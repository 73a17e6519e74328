package sdk

import (
	"context"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/hashicorp/go-hclog"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	pluginv1 "argus/proto/argus/plugin/v1"
)

// Service is a plugin made ready to be served. The packages of the kinds build it; an author calls their Serve.
type Service struct {
	Kind      Kind
	Info      Info
	Configure func(context.Context, Settings) []Problem
	Register  func(*grpc.Server) // the service of the kind
	Logger    hclog.Logger       // nil: Logger(Info.Name)
}

// maxMessage bounds what a plugin takes in one message; the largest are the arguments of a call.
const maxMessage = 16 << 20

// Window is how much either side may send on a stream before the other has read. A fixed window this large keeps gRPC from measuring
// the bandwidth of a socket on the same machine with a ping for every message.
const Window = 1 << 20

// NewServer is a server with the plugin registered on it. Until Configure has succeeded it answers calls of the kind with
// FAILED_PRECONDITION. A panic in the author's code fails that call alone.
func (s Service) NewServer(options ...grpc.ServerOption) *grpc.Server {
	server, register := s.prepare(options)
	register(server)
	return server
}

func (s Service) prepare(options []grpc.ServerOption) (*grpc.Server, func(*grpc.Server)) {
	if s.Logger == nil {
		s.Logger = Logger(s.Info.Name)
	}
	base := &base{service: s}
	guard := guard{base: base, logger: s.Logger}
	options = append(options,
		grpc.MaxRecvMsgSize(maxMessage),
		grpc.InitialWindowSize(Window),
		grpc.InitialConnWindowSize(Window),
		grpc.ChainUnaryInterceptor(guard.unary),
		grpc.ChainStreamInterceptor(guard.stream),
	)
	return grpc.NewServer(options...), func(server *grpc.Server) {
		pluginv1.RegisterPluginServer(server, base)
		s.Register(server)
	}
}

// base serves what every kind has.
type base struct {
	pluginv1.UnimplementedPluginServer
	service Service

	once       sync.Mutex
	configured atomic.Bool
}

func (b *base) Describe(context.Context, *pluginv1.DescribeRequest) (*pluginv1.DescribeReply, error) {
	return b.service.Info.wire(b.service.Kind), nil
}

func (b *base) Configure(ctx context.Context, r *pluginv1.ConfigureRequest) (*pluginv1.ConfigureReply, error) {
	b.once.Lock()
	defer b.once.Unlock()
	if b.configured.Load() {
		return nil, status.Error(codes.FailedPrecondition, "the plugin is configured already")
	}
	settings := Settings{JSON: r.GetSettings(), ConfigFolder: r.GetConfigFolder(), PluginFolder: r.GetPluginFolder()}
	if err := settings.check(); err != nil {
		return nil, status.Error(codes.InvalidArgument, err.Error())
	}
	problems := b.service.Configure(ctx, settings)
	b.configured.Store(len(problems) == 0)
	return &pluginv1.ConfigureReply{Problems: ProblemsToWire(problems)}, nil
}

// guard stands before every call.
type guard struct {
	base   *base
	logger hclog.Logger
}

func (g guard) unary(ctx context.Context, r any, info *grpc.UnaryServerInfo, next grpc.UnaryHandler) (reply any, err error) {
	defer g.recover(info.FullMethod, &err)
	if err := g.admit(info.FullMethod); err != nil {
		return nil, err
	}
	return next(ctx, r)
}

func (g guard) stream(server any, stream grpc.ServerStream, info *grpc.StreamServerInfo, next grpc.StreamHandler) (err error) {
	defer g.recover(info.FullMethod, &err)
	if err := g.admit(info.FullMethod); err != nil {
		return err
	}
	return next(server, stream)
}

func (g guard) admit(method string) error {
	if strings.HasPrefix(method, "/argus."+g.base.service.Kind.String()+".") && !g.base.configured.Load() {
		return status.Error(codes.FailedPrecondition, "the plugin is not configured yet")
	}
	return nil
}

// recover keeps the panic's value off the wire: it may hold what was asked.
func (g guard) recover(method string, err *error) {
	if r := recover(); r != nil {
		g.logger.Error("the plugin's code panicked", "method", method, "stack", string(debug.Stack()))
		*err = status.Error(codes.Internal, "the plugin's code panicked; its log has the stack")
	}
}
