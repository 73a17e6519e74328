// Command faulty is a plugin of any kind that goes wrong when it is told to. It runs the real plugin as its child and carries every
// message between it and the host, so until then it is the real plugin; what it is told, it does to those messages and to its own
// process.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"

	"github.com/hashicorp/go-hclog"
	plugin "github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"
	"google.golang.org/grpc/health/grpc_health_v1"

	"argus/plugin/sdk"
)

// maxMessage is above all that the contracts allow, since bounds are the host's and the real plugin's to hold.
const maxMessage = 64 << 20

func main() {
	runtime.LockOSThread() // Linux ends the child with the thread that has started it
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "faulty:", err)
		os.Exit(1)
	}
}

func run() error {
	o, err := findOrders()
	if err != nil {
		return err
	}
	if end, err := o.endNow(); end || err != nil {
		return err
	}
	client, conn, err := child(o)
	if err != nil {
		return fmt.Errorf("start the real plugin: %w", err)
	}
	defer client.Kill()
	raw := output{protocol: os.Stdout, log: os.Stderr}
	go o.follow(raw)

	p := &proxy{orders: o, out: raw, real: conn, first: map[string][]byte{}}
	plugin.Serve(&plugin.ServeConfig{
		HandshakeConfig: sdk.Handshake(),
		// The services are the real plugin's: none is registered here.
		VersionedPlugins: sdk.Versions(o.kind, func(*grpc.Server) {}),
		GRPCServer: func(options []grpc.ServerOption) *grpc.Server {
			return grpc.NewServer(append(options, grpc.UnknownServiceHandler(p.carry), grpc.UnaryInterceptor(p.health),
				grpc.MaxRecvMsgSize(maxMessage), grpc.MaxSendMsgSize(maxMessage))...)
		},
		Logger: hclog.NewNullLogger(),
	})
	return nil
}

// child starts the real plugin as the host would.
func child(o *orders) (*plugin.Client, *grpc.ClientConn, error) {
	cmd := exec.Command(o.real)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	client := plugin.NewClient(&plugin.ClientConfig{
		HandshakeConfig:  sdk.Handshake(),
		VersionedPlugins: sdk.Versions(o.kind, nil),
		AllowedProtocols: []plugin.Protocol{plugin.ProtocolGRPC},
		AutoMTLS:         true,
		SkipHostEnv:      true,
		Cmd:              cmd,
		Stderr:           os.Stderr,
		Logger:           hclog.NewNullLogger(),
		// Below our own socket's folder the path of another would be too long.
		UnixSocketConfig: &plugin.UnixSocketConfig{TempDir: filepath.Dir(o.folder)},
		GRPCDialOptions: []grpc.DialOption{
			grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxMessage), grpc.MaxCallSendMsgSize(maxMessage)),
		},
	})
	conn, err := connect(client, o.kind)
	if err != nil {
		client.Kill()
	}
	return client, conn, err
}

func connect(client *plugin.Client, kind sdk.Kind) (*grpc.ClientConn, error) {
	protocol, err := client.Client()
	if err != nil {
		return nil, err
	}
	raw, err := protocol.Dispense(kind.String())
	if err != nil {
		return nil, err
	}
	conn, ok := raw.(*grpc.ClientConn)
	if !ok {
		return nil, errors.New("go-plugin gave no connection")
	}
	return conn, nil
}

// health says that nothing is served while that is what was ordered.
func (p *proxy) health(ctx context.Context, r any, info *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
	now, _ := p.orders.fault.Get()
	if now == notServing && info.FullMethod == grpc_health_v1.Health_Check_FullMethodName {
		return &grpc_health_v1.HealthCheckResponse{Status: grpc_health_v1.HealthCheckResponse_NOT_SERVING}, nil
	}
	return next(ctx, r)
}
