package sdk

import (
	"os"

	"github.com/hashicorp/go-hclog"
	plugin "github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"
)

// Serve serves s to the host that started this process and returns when the host is done with it; main should return then. A
// binary run by hand says what it is and exits. The packages of the kinds call it.
func Serve(s Service) {
	handshake := Handshake()
	if os.Getenv(handshake.MagicCookieKey) == handshake.MagicCookieValue {
		guardStdout()
		exitWithParent()
	}
	if s.Logger == nil {
		s.Logger = Logger(s.Info.Name)
	}
	var register func(*grpc.Server)
	plugin.Serve(&plugin.ServeConfig{
		HandshakeConfig: handshake,
		// go-plugin asks for the server first and for the services afterwards.
		VersionedPlugins: Versions(s.Kind, func(server *grpc.Server) { register(server) }),
		GRPCServer: func(options []grpc.ServerOption) *grpc.Server {
			var server *grpc.Server
			server, register = s.prepare(options)
			return server
		},
		Logger: s.Logger.Named("serve"),
	})
}

// Logger writes what the host reads into its own log: one JSON object a line on standard error. The host bounds lines and lines
// per second. Never log a setting that is a secret, nor arguments of a call.
func Logger(name string) hclog.Logger {
	return hclog.New(&hclog.LoggerOptions{Name: name, Level: hclog.Debug, Output: stderr, JSONFormat: true})
}

// stderr is the real one: Serve puts another in place of os.Stderr.
var stderr = os.Stderr
