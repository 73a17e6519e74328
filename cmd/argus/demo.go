package main

import (
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"argus/cmd/argus/internal/demo"
	"argus/cmd/argus/internal/show"
)

type demoFlags struct {
	pluginDir, examples, dir string
	keep, json               bool
}

func newDemo(c *console) *cobra.Command {
	var f demoFlags
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Play attacks and everyday tasks, without Argus and through it",
		Long: `Plays an agent that believes an injected mail: first without Argus, where a collector on this machine receives the secret, then through
a daemon that is started for it, with the default policies and every server in its sandbox. Then every story of the protocol, each played
by client processes. What is blocked and what leaked is read from the collector and from the servers' own logs after the run.

Exit code 1 when an attack went through or an everyday task did not. Nothing leaves this machine, and nothing stays on it.`,
		Example: `  argus demo
  argus demo --json 2>/dev/null | jq .attacks_blocked
  argus demo --dir ./argus-demo --keep`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return f.run(cmd, c) },
	}
	cmd.Flags().StringVar(&f.pluginDir, "plugin-dir", "", pluginDirUsage)
	cmd.Flags().StringVar(&f.examples, "examples-dir", "", "`folder` of the programs to play with (default examples beside the argus program)")
	cmd.Flags().StringVar(&f.dir, "dir", "", "make and use this `folder` instead of a temporary one; keep its path short")
	cmd.Flags().BoolVar(&f.keep, "keep", false, "leave the folder behind")
	cmd.Flags().BoolVar(&f.json, "json", false, "print the numbers as JSON, and play on standard error")
	return cmd
}

func (f *demoFlags) run(cmd *cobra.Command, c *console) error {
	o, err := f.options(c)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	summary, err := demo.Run(ctx, o)
	if err != nil {
		return fmt.Errorf("the demo could not be played: %w", err)
	}
	if f.json {
		if err := c.document(summary); err != nil {
			return err
		}
	}
	if !summary.Good() {
		return errTold
	}
	return nil
}

func (f *demoFlags) options(c *console) (demo.Options, error) {
	out := c.out
	if f.json {
		out = c.err
	}
	o := demo.Options{
		Dir: f.dir, Keep: f.keep, Out: out, Paint: show.For(out), Live: term.IsTerminal(int(out.Fd())) && os.Getenv("TERM") != "dumb",
	}
	var err error
	if o.Program, err = os.Executable(); err == nil {
		o.Program, err = filepath.EvalSymlinks(o.Program)
	}
	if err != nil {
		return o, fmt.Errorf("find this program: %w", err)
	}
	if o.Examples = filepath.Join(filepath.Dir(o.Program), "examples"); f.examples != "" {
		o.Examples, err = filepath.Abs(f.examples)
	}
	if err == nil && f.pluginDir != "" {
		o.PluginDir, err = filepath.Abs(f.pluginDir)
	}
	return o, err
}
