// Command defective is an oracle with the defect that the name it runs under says, or with none. Each is one that a plugin of any kind can have.
package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"os"
	"path/filepath"
	"time"

	plugin "github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"

	"argus/plugin/sdk"
	"argus/plugin/sdk/oracle"
	pluginv1 "argus/proto/argus/plugin/v1"
)

var info = sdk.Info{Name: "defective", Version: "1"}

func main() {
	switch filepath.Base(os.Args[0]) {
	case "PLG-01":
		time.Sleep(time.Hour)
	case "PLG-02":
		oracle.Serve(sdk.Info{Name: info.Name}, &clerk{})
	case "PLG-03":
		oracle.Serve(info, &clerk{problems: []sdk.Problem{{Message: "no settings please it"}}})
	case "PLG-04":
		serveUnguarded()
	case "PLG-05":
		oracle.Serve(sdk.Info{Name: info.Name, Version: info.Version, SettingsSchema: `{"type": "object"}`}, &clerk{})
	case "PLG-06":
		oracle.Serve(info, &clerk{})
		time.Sleep(time.Hour)
	case "PLG-07":
		fmt.Println("welcome")
		oracle.Serve(info, &clerk{})
	case "PLG-08 certificate":
		serveWith(tls.RequireAnyClientCert)
	case "PLG-08 none":
		serveWith(tls.VerifyClientCertIfGiven)
	default:
		oracle.Serve(info, &clerk{})
	}
}

// clerk authorizes everything.
type clerk struct {
	problems []sdk.Problem // with whatever settings
	policy   sdk.Latest[oracle.PolicyState]
}

func (c *clerk) Configure(context.Context, sdk.Settings) []sdk.Problem {
	c.policy.Set(oracle.PolicyState{Digest: "everything", Policies: 1})
	return c.problems
}

func (c *clerk) Policy() (oracle.PolicyState, <-chan struct{}) { return c.policy.Get() }

func (c *clerk) Ask(context.Context, oracle.Question) oracle.Answer {
	return oracle.Answer{PolicyDigest: "everything", Authorized: true}
}

// serveUnguarded serves the clerk without what Serve puts before it.
func serveUnguarded() {
	c := &clerk{}
	c.Configure(context.Background(), sdk.Settings{})
	plugin.Serve(&plugin.ServeConfig{
		HandshakeConfig: sdk.Handshake(),
		VersionedPlugins: sdk.Versions(sdk.KindOracle, func(s *grpc.Server) {
			oracle.Service(info, c).Register(s)
			pluginv1.RegisterPluginServer(s, ready{})
		}),
		GRPCServer: func(options []grpc.ServerOption) *grpc.Server {
			return grpc.NewServer(append(options, grpc.MaxRecvMsgSize(16<<20))...)
		},
	})
}

type ready struct {
	pluginv1.UnimplementedPluginServer
}

func (ready) Describe(context.Context, *pluginv1.DescribeRequest) (*pluginv1.DescribeReply, error) {
	return &pluginv1.DescribeReply{Kind: pluginv1.Kind_KIND_ORACLE, Name: info.Name, Version: info.Version}, nil
}

func (ready) Configure(context.Context, *pluginv1.ConfigureRequest) (*pluginv1.ConfigureReply, error) {
	return &pluginv1.ConfigureReply{}, nil
}
