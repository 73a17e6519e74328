package main

import (
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/spf13/cobra"

	"argus/cmd/argus/internal/connect"
	"argus/cmd/argus/internal/tokenfile"
)

type connectFlags struct{ agent, tokenFile string }

func newConnect(c *console) *cobra.Command {
	var f connectFlags
	cmd := &cobra.Command{
		Use:   "connect --agent NAME",
		Short: "Be an MCP server on standard streams, for clients that only speak so",
		Long: `Carries MCP messages between standard input and output and the running daemon, over a socket in the state folder, with the token that
argus agent new wrote. An MCP client starts it; argus agent new prints what to write into the client's configuration.

The token is sent only where the daemon's user listens in a folder of its own. While no daemon runs every request is answered with an
error that says so, and with the next request it is looked for again. A daemon is never started, and no server is ever called past it.

It runs as the user of the daemon. For a client of another user, give that client this command by way of sudo: the token stays with the
daemon's user.`,
		Example: `  argus connect --agent assistant
  argus connect --agent assistant --config ./argus/argus.toml
  sudo -n -u argus argus connect --agent assistant`,
		Args: cobra.NoArgs,
	}
	at := newPlace(cmd)
	cmd.Flags().StringVar(&f.agent, "agent", "", "the `name` of the agent that the client is")
	cmd.Flags().StringVar(&f.tokenFile, "token-file", "", "`file` with the token (default in the state folder, where argus agent new puts it)")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if f.agent == "" {
			return usage(cmd, "--agent is needed: the name given to argus agent new")
		}
		return f.run(c, at)
	}
	if err := cmd.RegisterFlagCompletionFunc("agent", agentsIn(at)); err != nil {
		panic(err) // there is such a flag
	}
	return cmd
}

func (f *connectFlags) run(c *console, at *place) error {
	state, err := at.stateAlone()
	if err != nil {
		return err
	}
	file, err := tokenfile.Path(state, f.agent)
	if err != nil {
		return err
	}
	if f.tokenFile != "" {
		file = f.tokenFile
	}
	token, err := tokenfile.Read(file)
	if err != nil {
		return err
	}
	signal.Ignore(syscall.SIGPIPE) // that the client is gone is seen by the write, and the session then ended
	ctx, stop := signal.NotifyContext(at.cmd.Context(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	return connect.Run(ctx, connect.Options{In: c.in, Out: c.out, State: state, Token: token, Serve: at.command("serve")})
}

// agentsIn completes the names of agents whose tokens are at hand.
func agentsIn(at *place) cobra.CompletionFunc {
	return func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
		state, err := at.stateAlone()
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return tokenfile.Agents(state), cobra.ShellCompDirectiveNoFileComp
	}
}

// again are the flags by which a program that starts elsewhere finds the same daemon.
func (p *place) again() ([]string, error) {
	var args []string
	for _, name := range []string{"config", "state"} {
		if flag := p.cmd.Flags().Lookup(name); flag.Changed {
			path, err := filepath.Abs(flag.Value.String())
			if err != nil {
				return nil, err
			}
			args = append(args, "--"+name, path)
		}
	}
	return args, nil
}
