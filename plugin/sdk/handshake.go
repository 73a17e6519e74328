package sdk

import (
	"context"
	"errors"

	plugin "github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"
)

// ProtocolVersion is the version of the contracts that this SDK speaks. A change that an older side would misread is a new one.
const ProtocolVersion = 1

// Handshake tells a plugin that Argus started it. It keeps a person who runs the binary by hand from wondering and protects
// nothing.
func Handshake() plugin.HandshakeConfig {
	return plugin.HandshakeConfig{
		MagicCookieKey:   "ARGUS_PLUGIN",
		MagicCookieValue: "7c0f5b1e-argus",
	}
}

// Versions is the one version of the protocol and, in it, what a plugin of kind serves. register is nil on the host's side.
func Versions(kind Kind, register func(*grpc.Server)) map[int]plugin.PluginSet {
	return map[int]plugin.PluginSet{ProtocolVersion: {kind.String(): &glue{register: register}}}
}

// glue fits a kind into go-plugin: on the author's side it registers the services, on the host's it gives the bare connection.
type glue struct {
	plugin.NetRPCUnsupportedPlugin
	register func(*grpc.Server)
}

func (g *glue) GRPCServer(_ *plugin.GRPCBroker, server *grpc.Server) error {
	if g.register == nil {
		return errors.New("this side does not serve")
	}
	g.register(server)
	return nil
}

func (g *glue) GRPCClient(_ context.Context, _ *plugin.GRPCBroker, conn *grpc.ClientConn) (any, error) {
	return conn, nil
}
