package catalog

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"time"

	"github.com/hashicorp/go-hclog"
	plugin "github.com/hashicorp/go-plugin"
	"github.com/hashicorp/go-plugin/runner"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/health/grpc_health_v1"

	"argus/plugin/sdk"
)

// grace is how long a plugin that was told to end may take before its group is killed.
const grace = time.Second

// maxMessage bounds a message from a plugin where a facade does not bound it closer.
const maxMessage = 4 << 20

// run is one launch of a plugin that took its settings.
type run struct {
	folder  string // of its socket
	process *process
	client  *plugin.Client
	target  string           // of its socket
	tls     *tls.Config      // with the certificate that it was given
	conn    *grpc.ClientConn // nil until go-plugin has connected
	info    sdk.Info
}

// launch starts the plugin and hands it its settings, each within the start timeout.
func (p *supervised) launch(ctx context.Context) (*run, error) {
	folder, err := os.MkdirTemp(p.options.RunDir, leftover)
	if err != nil {
		return nil, fmt.Errorf("make a folder for its socket: %w", err)
	}
	r := &run{folder: folder}
	if err = p.connect(ctx, r); err == nil {
		err = p.configure(ctx, r)
	}
	if err != nil {
		r.stop()
		return nil, err
	}
	return r, nil
}

func (p *supervised) connect(ctx context.Context, r *run) error {
	ctx, cancel := context.WithTimeout(ctx, p.options.StartTimeout)
	defer cancel()
	err := p.reach(ctx, r)
	if err != nil {
		return err
	}
	if r.info, err = sdk.Describe(ctx, r.conn, p.spec.Kind); err != nil {
		return err
	}
	r.process.keep()
	return nil
}

// reach starts the process and connects to it. The process is killed when ctx ends before it is kept.
func (p *supervised) reach(ctx context.Context, r *run) error {
	config := p.clientConfig(ctx, r)
	r.client = plugin.NewClient(config)
	address, err := r.client.Start()
	if err != nil {
		return fmt.Errorf("start: %w", r.process.explain(err))
	}
	r.target, r.tls = "unix:"+address.String(), config.TLSConfig
	// go-plugin's own connection waits for the server without a limit, so it is made only to one that answers.
	if err := probe(ctx, r.target, r.tls.Clone()); err != nil {
		return fmt.Errorf("it started but does not answer: %w", err)
	}
	if r.conn, err = dispense(r.client, p.spec.Kind); err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	return nil
}

func (p *supervised) clientConfig(ctx context.Context, r *run) *plugin.ClientConfig {
	return &plugin.ClientConfig{
		HandshakeConfig:  sdk.Handshake(),
		VersionedPlugins: sdk.Versions(p.spec.Kind, nil),
		AllowedProtocols: []plugin.Protocol{plugin.ProtocolGRPC},
		AutoMTLS:         true,
		SkipHostEnv:      true,
		StartTimeout:     p.options.StartTimeout,
		Logger:           clientLog{Logger: p.logger, plugin: p.spec.Name},
		UnixSocketConfig: &plugin.UnixSocketConfig{TempDir: r.folder},
		SyncStdout:       &lineLog{logger: p.logger.Named("stdout")},
		SyncStderr:       &lineLog{logger: p.logger.Named("stderr")},
		GRPCDialOptions: []grpc.DialOption{
			grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxMessage)),
			grpc.WithInitialWindowSize(sdk.Window),
			grpc.WithInitialConnWindowSize(sdk.Window),
		},
		// The checksum was held against the image, so there is no SecureConfig, which would hash a path that can change.
		RunnerFunc: func(_ hclog.Logger, cmd *exec.Cmd, sockets string) (runner.Runner, error) {
			r.process = newProcess(p, cmd.Env, sockets, ctx.Done())
			return r.process, nil
		},
	}
}

// probe asks for the health of the server at target over a connection of its own.
func probe(ctx context.Context, target string, config *tls.Config) error {
	conn, err := grpc.NewClient(target, grpc.WithTransportCredentials(credentials.NewTLS(config)), grpc.WithAuthority("localhost"))
	if err != nil {
		return err
	}
	defer conn.Close()
	return healthy(ctx, conn)
}

func healthy(ctx context.Context, conn *grpc.ClientConn) error {
	reply, err := grpc_health_v1.NewHealthClient(conn).Check(ctx, &grpc_health_v1.HealthCheckRequest{Service: plugin.GRPCServiceName})
	if err != nil {
		return err
	}
	if reply.GetStatus() != grpc_health_v1.HealthCheckResponse_SERVING {
		return errors.New("it says that it does not serve")
	}
	return nil
}

func dispense(client *plugin.Client, kind sdk.Kind) (*grpc.ClientConn, error) {
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

// configure checks the settings against what the plugin publishes before it sees them.
func (p *supervised) configure(ctx context.Context, r *run) error {
	ctx, cancel := context.WithTimeout(ctx, p.options.StartTimeout)
	defer cancel()
	settings := p.spec.Settings
	if settings == "" {
		settings = "{}"
	}
	if err := p.checkSettings(r.info.SettingsSchema, settings); err != nil {
		return fmt.Errorf("its settings: %w", err)
	}
	problems, err := sdk.Configure(ctx, r.conn, sdk.Settings{
		JSON: settings, ConfigFolder: p.spec.ConfigFolder, PluginFolder: p.options.PluginDir,
	})
	for _, problem := range problems {
		err = errors.Join(err, errors.New(problem.String()))
	}
	if err != nil {
		return fmt.Errorf("it did not take its settings: %w", err)
	}
	return nil
}

func (p *supervised) checkSettings(schema, settings string) error {
	if schema == "" {
		if settings != "{}" {
			return errors.New("this plugin takes none; remove them")
		}
		return nil
	}
	if p.options.CheckSettings == nil {
		return errors.New("nothing can check them against the plugin's schema")
	}
	return p.options.CheckSettings(schema, settings)
}

// stop ends the process, its group and everything that go-plugin holds for it, within the grace and a little. It reports whether the
// process ended by itself when it was told to.
func (r *run) stop() (willing bool) {
	defer os.RemoveAll(r.folder)
	if r.process == nil || !r.process.started() {
		return false
	}
	if r.conn != nil {
		late := time.AfterFunc(grace, r.process.kill)
		r.client.Kill() // tells it to end; without a connection go-plugin would first try to make one
		willing = late.Stop()
	}
	r.process.kill()
	<-r.process.exited
	return willing
}
