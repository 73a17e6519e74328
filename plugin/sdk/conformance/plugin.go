package conformance

import (
	"context"
	"errors"
	"fmt"
	"time"

	"google.golang.org/grpc"

	"argus/plugin/sdk"
)

// Plugin is a plugin under test: how it is started, and what it is given.
type Plugin struct {
	Kind     sdk.Kind
	Settings sdk.Settings // which it is to take
	// CheckSettings judges settings by the schema that the plugin publishes, as the host does.
	CheckSettings func(schema, settings string) error
	// Start starts the plugin anew, and neither describes nor configures it.
	Start   func(context.Context) (*Running, error)
	Process bool // whether each start is a process of its own
	// Probe is a program, and its first arguments, that a sandbox's checks run inside it: package sandboxkit/probe. nil: there is none.
	Probe []string
	// Change changes what the plugin decides by, such as a file of its policies. nil: nobody said how.
	Change func(context.Context) error
}

// Running is one start of the plugin.
type Running struct {
	Conn grpc.ClientConnInterface
	// TurnsAway tries to be a client whose certificate the plugin was not given, and is nil where that is refused. Only a process has one.
	TurnsAway func(context.Context) error
	// Stop tells the plugin to end, ends it by force where it does not, and waits for it. It is called once.
	Stop func() End
}

// End is how a run ended. It says something of a process only.
type End struct {
	Took    time.Duration
	Forced  bool     // it did not end by itself
	Printed []string // the lines on its standard output beside the handshake
}

// Use starts the plugin, gives it its settings and has do use it.
func (p *Plugin) Use(ctx context.Context, do func(grpc.ClientConnInterface) error) error {
	_, err := p.use(ctx, do)
	return err
}

func (p *Plugin) use(ctx context.Context, do func(grpc.ClientConnInterface) error) (End, error) {
	return p.started(ctx, func(conn grpc.ClientConnInterface) error {
		if err := p.configure(ctx, conn); err != nil {
			return err
		}
		return do(conn)
	})
}

// started starts the plugin and has do use it as it is then.
func (p *Plugin) started(ctx context.Context, do func(grpc.ClientConnInterface) error) (End, error) {
	run, err := p.Start(ctx)
	if err != nil {
		return End{}, notStarted(err)
	}
	err = do(run.Conn)
	return run.Stop(), err
}

func notStarted(err error) error { return fmt.Errorf("it does not start: %w", err) }

func (p *Plugin) configure(ctx context.Context, conn grpc.ClientConnInterface) error {
	problems, err := sdk.Configure(ctx, conn, p.Settings)
	for _, problem := range problems {
		err = errors.Join(err, errors.New(problem.String()))
	}
	if err != nil {
		return fmt.Errorf("it does not take its settings: %w", err)
	}
	return nil
}

// Link is a link that is up with conn, and what was reported on it.
func Link(conn grpc.ClientConnInterface) (*sdk.Link, *sdk.Latest[error]) {
	var reported sdk.Latest[error]
	link := sdk.NewLink("under-test", reported.Set)
	link.Up(conn)
	return link, &reported
}
