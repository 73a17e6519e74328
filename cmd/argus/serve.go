package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/spf13/cobra"

	"argus/host"
	"argus/host/config"
)

// patience is how long the parts may take to stop. What they started dies with the daemon.
const patience = 5 * time.Second

type serveFlags struct {
	pluginDir, logFormat string
	readyFD              int
}

func newServe() *cobra.Command {
	f := serveFlags{}
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Run the daemon",
		Long: `Runs the daemon until SIGINT or SIGTERM; a second signal ends it at once. The log goes to standard error. One line on standard output
tells the address for agents as soon as they can connect. Exit code 1 and the cause when it cannot start or cannot go on.`,
		Example: `  argus serve
  argus serve --config ./argus/argus.toml --plugin-dir bin/plugins
  argus serve --log-format json 2>argus.log`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return f.run(cmd) },
	}
	config.AddFlags(cmd.Flags())
	cmd.Flags().StringVar(&f.pluginDir, "plugin-dir", "", pluginDirUsage)
	cmd.Flags().StringVar(&f.logFormat, "log-format", "text", "text or json")
	cmd.Flags().IntVar(&f.readyFD, "ready-fd", -1, "write \"ready\" and a line end to this open file `descriptor` when agents can connect")
	return cmd
}

func (f *serveFlags) run(cmd *cobra.Command) error {
	if f.logFormat != "text" && f.logFormat != "json" {
		return usage(cmd, "--log-format %q is neither text nor json", f.logFormat)
	}
	c, err := load(cmd)
	if err != nil {
		return err
	}
	if len(c.State) > host.MaxState {
		return fmt.Errorf("the state folder %s has a path of %d bytes, and the sockets in it allow %d: choose one with a shorter path",
			c.State, len(c.State), host.MaxState)
	}
	plugins, err := pluginDir(f.pluginDir)
	if err != nil {
		return err
	}
	logger := hclog.New(&hclog.LoggerOptions{
		Name: "argus", Level: hclog.LevelFromString(c.Log.Level), Output: os.Stderr, JSONFormat: f.logFormat == "json",
	})
	ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, func() {
		stop() // the next signal ends the process by itself
		time.AfterFunc(patience, func() {
			logger.Error("the parts did not stop in time", "after", patience)
			os.Exit(exitError)
		})
	})
	return f.serve(ctx, host.Options{Config: c, PluginDir: plugins, Logger: logger})
}

// serve runs a host from its first part to its last.
func (f *serveFlags) serve(ctx context.Context, o host.Options) error {
	h, err := host.Open(ctx, o)
	if err != nil {
		return fmt.Errorf("the daemon cannot start: %w", err)
	}
	err = f.ready(h.URL())
	if err == nil {
		err = h.Run(ctx)
	}
	return errors.Join(err, h.Close())
}

// ready tells that agents can connect.
func (f *serveFlags) ready(url string) error {
	fmt.Fprintf(os.Stdout, "argus is up: %s\n", url)
	if f.readyFD < 0 {
		return nil
	}
	told := os.NewFile(uintptr(f.readyFD), "ready")
	if told == nil {
		return fmt.Errorf("--ready-fd %d is no open descriptor", f.readyFD)
	}
	_, err := io.WriteString(told, "ready\n")
	if err = errors.Join(err, told.Close()); err != nil {
		return fmt.Errorf("tell --ready-fd %d: %w", f.readyFD, err)
	}
	return nil
}
