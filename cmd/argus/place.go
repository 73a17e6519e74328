package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"argus/cmd/argus/internal/setup"
	"argus/host/config"
	"argus/host/front/operator"
)

// place is where a command finds the daemon and what belongs to it: by the same rules as serve.
type place struct{ cmd *cobra.Command }

func newPlace(cmd *cobra.Command) *place {
	cmd.Flags().String("config", "", "read this `file` instead of "+config.SystemFile+" and the user's argus.toml")
	cmd.Flags().String("state", "", "state `folder` of the daemon (default as the configuration says)")
	return &place{cmd}
}

// state is the state folder. A flag that names it makes the configuration unnecessary.
func (p *place) state() (string, error) {
	return p.stateOr(func() (string, error) {
		c, err := load(p.cmd)
		return c.State, err
	})
}

// stateAlone is the state folder for who wants nothing else of the configuration, whatever is wrong with it.
func (p *place) stateAlone() (string, error) {
	return p.stateOr(func() (string, error) {
		o, err := sources(p.cmd)
		if err != nil {
			return "", err
		}
		return config.StateFolder(o)
	})
}

func (p *place) stateOr(configured func() (string, error)) (string, error) {
	if flag := p.cmd.Flags().Lookup("state"); flag.Changed {
		return filepath.Abs(flag.Value.String())
	}
	return configured()
}

var errNoConfiguration = errors.New("there is no configuration: make one with argus init, or name one with --config")

// load reads the configuration as serve would.
func load(cmd *cobra.Command) (config.Config, error) {
	o, err := sources(cmd)
	if err != nil {
		return config.Config{}, err
	}
	c, err := config.Load(o)
	if err != nil {
		return c, fmt.Errorf("the configuration has mistakes:\n%w", err)
	}
	return c, nil
}

// sources are where the configuration is read from.
func sources(cmd *cobra.Command) (config.Options, error) {
	o := config.Process(cmd.Flags())
	o.OtherNames = []string{"ARGUS_ACTIVE_HELP"} // fish sets it to ask for completions
	if o.File == "" && !isFile(o.System) && !isFile(o.User) {
		return o, errNoConfiguration
	}
	return o, nil
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// operatorKey is the default place of the key: beside the argus.toml that is read last.
func (p *place) operatorKey() string {
	o := config.Process(p.cmd.Flags())
	for _, file := range []string{o.File, o.User} {
		if file != "" && (file == o.File || isFile(file)) {
			return filepath.Join(filepath.Dir(file), setup.KeyFile)
		}
	}
	return filepath.Join(filepath.Dir(o.System), setup.KeyFile)
}

// dial opens the operator's door of the running daemon.
func (p *place) dial(ctx context.Context) (*operator.Client, error) {
	state, err := p.state()
	if err != nil {
		return nil, err
	}
	client, err := operator.Dial(ctx, state)
	if none, is := errors.AsType[*operator.NoDaemon](err); is {
		return nil, fmt.Errorf("%w: start it with: %s", none, p.command("serve"))
	}
	return client, err
}

// command is a command line about the same daemon.
func (p *place) command(name string) string {
	command := "argus " + name
	for _, name := range []string{"config", "state"} {
		if flag := p.cmd.Flags().Lookup(name); flag.Changed {
			command += " --" + name + " " + flag.Value.String()
		}
	}
	return command
}

// status asks the daemon how it is. The error is an *operator.NoDaemon when none runs.
func (p *place) status() (operator.Status, error) {
	return ask(p, func(ctx context.Context, d *operator.Client) (operator.Status, error) { return d.Status(ctx) })
}

// ask runs a question to the daemon.
func ask[T any](p *place, question func(context.Context, *operator.Client) (T, error)) (T, error) {
	var none T
	client, err := p.dial(p.cmd.Context())
	if err != nil {
		return none, err
	}
	defer client.Close()
	return question(p.cmd.Context(), client)
}
