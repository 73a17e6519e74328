package conformance

import (
	"context"
	"errors"
	"fmt"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"argus/plugin/sdk"
)

// Common are the checks of every kind. first makes one call of the kind, which any plugin of the
// kind could be asked, and gives the call's error.
func Common(first func(context.Context, grpc.ClientConnInterface) error) Kit {
	return Kit{
		{ID: "PLG-01", First: true, Try: starts,
			Text: "It starts within ten seconds, and serves gRPC with AutoMTLS, with its health, on a socket in the folder that it was given."},
		{ID: "PLG-02", First: true, Try: describes,
			Text: "Describe tells the kind, and a name and a version of 1 to 64 printable bytes."},
		{ID: "PLG-03", First: true, Try: takesSettings,
			Text: "It publishes a JSON Schema that admits the settings it is meant to run with, and takes them; without a schema it takes {}."},
		{ID: "PLG-04", Try: func(ctx context.Context, p *Plugin) error { return waitsForSettings(ctx, p, first) },
			Text: "Before Configure it refuses the calls of its kind with FAILED_PRECONDITION."},
		{ID: "PLG-05", Try: refusesSettings,
			Text: "A setting that it does not know is refused, by its schema or with a problem, and never passed over."},
		{ID: "PLG-06", Process: true, Try: ends,
			Text: "It ends by itself within a second of being told to."},
		{ID: "PLG-07", Process: true, Try: func(ctx context.Context, p *Plugin) error { return printsNothing(ctx, p, first) },
			Text: "On its standard output stands the handshake and nothing else."},
		{ID: "PLG-08", Process: true, Try: servesOne,
			Text: "It serves no client but the one whose certificate it was given."},
	}
}

func servesOne(ctx context.Context, p *Plugin) error {
	run, err := p.Start(ctx)
	if err != nil {
		return notStarted(err)
	}
	defer run.Stop()
	return run.TurnsAway(ctx)
}

func starts(ctx context.Context, p *Plugin) error {
	_, err := p.started(ctx, func(grpc.ClientConnInterface) error { return nil })
	return err
}

func describes(ctx context.Context, p *Plugin) error {
	_, err := p.started(ctx, func(conn grpc.ClientConnInterface) error {
		_, err := sdk.Describe(ctx, conn, p.Kind)
		return err
	})
	return err
}

func takesSettings(ctx context.Context, p *Plugin) error {
	_, err := p.started(ctx, func(conn grpc.ClientConnInterface) error {
		info, err := sdk.Describe(ctx, conn, p.Kind)
		if err != nil {
			return err
		}
		if err := p.admits(info, p.Settings.JSON); err != nil {
			return fmt.Errorf("its schema does not admit its settings: %w", err)
		}
		return p.configure(ctx, conn)
	})
	return err
}

// admits is how the host judges settings before the plugin sees them.
func (p *Plugin) admits(info sdk.Info, settings string) error {
	if info.SettingsSchema != "" {
		return p.CheckSettings(info.SettingsSchema, settings)
	}
	if settings != "{}" {
		return errors.New("it publishes no schema, so it takes none")
	}
	return nil
}

func waitsForSettings(ctx context.Context, p *Plugin, first func(context.Context, grpc.ClientConnInterface) error) error {
	_, err := p.started(ctx, func(conn grpc.ClientConnInterface) error {
		if err := first(ctx, conn); status.Code(err) != codes.FailedPrecondition {
			return fmt.Errorf("a call before Configure ended with %s", status.Code(err))
		}
		return nil
	})
	return err
}

const unknownSetting = "no_plugin_knows_this_setting"

func refusesSettings(ctx context.Context, p *Plugin) error {
	_, err := p.started(ctx, func(conn grpc.ClientConnInterface) error {
		info, err := sdk.Describe(ctx, conn, p.Kind)
		if err != nil {
			return err
		}
		settings := p.Settings
		if settings.JSON, err = withMember(settings.JSON, unknownSetting); err != nil {
			return err
		}
		if p.admits(info, settings.JSON) != nil {
			return nil
		}
		problems, err := sdk.Configure(ctx, conn, settings)
		switch {
		case err != nil:
			return fmt.Errorf("it answers settings that it does not know with a failure in place of a problem: %w", err)
		case len(problems) == 0:
			return errors.New("its schema admits a setting that it does not know, and it passes over it")
		}
		return nil
	})
	return err
}

func ends(ctx context.Context, p *Plugin) error {
	end, err := p.use(ctx, func(grpc.ClientConnInterface) error { return nil })
	if err == nil && end.Forced {
		return fmt.Errorf("it had not ended after %v and was killed", end.Took)
	}
	return err
}

func printsNothing(ctx context.Context, p *Plugin, first func(context.Context, grpc.ClientConnInterface) error) error {
	end, err := p.use(ctx, func(conn grpc.ClientConnInterface) error {
		_ = first(ctx, conn) // what becomes of it is for the checks of the kind
		return nil
	})
	if err == nil && len(end.Printed) > 0 {
		return fmt.Errorf("it printed %q; standard error is for its log", sdk.Clip(end.Printed[0], 200))
	}
	return err
}
