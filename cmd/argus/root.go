package main

import (
	"strings"

	"github.com/spf13/cobra"
)

func newRoot(c *console) *cobra.Command {
	root := &cobra.Command{
		Use:   "argus",
		Short: "Stand between agents and their tools, and let no secret out",
		Long: `Argus is a daemon between language-model agents and the tools they use. It tracks what each agent has been exposed to, and refuses
the calls that would let exposed data leave or let untrusted content do harm.

Exit codes: 0 done; 1 it went wrong, and the message says what to do; 2 the command line is wrong; 3 a dry run was refused.`,
		Example: `  argus init
  argus serve
  argus agent new assistant
  argus registry pin notes`,
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	asGroup(root)
	root.CompletionOptions.DisableDefaultCmd = true
	root.AddCommand(
		newInit(c), newServe(), newStatus(c), newWatch(c), newTools(c), newAgent(c), newConnect(c), newExplain(c), newRegistry(c), newPolicy(c), newPlugin(c), newConfig(c),
		newDemo(c), newDoctor(c), newAudit(c), newService(c), newUninstall(c), newCompletion(c), newMan(c), newVersion(c),
	)
	return root
}

// group is a command that only holds others.
func group(use, short string, commands ...*cobra.Command) *cobra.Command {
	g := &cobra.Command{Use: use, Short: short}
	asGroup(g)
	g.AddCommand(commands...)
	return g
}

func asGroup(cmd *cobra.Command) {
	cmd.Args, cmd.RunE = cobra.ArbitraryArgs, subcommands
	cmd.DisableFlagsInUseLine = true
	cmd.SuggestionsMinimumDistance = 2 // letters that a word may be off
}

// subcommands answers where cobra found no command to run.
func subcommands(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return cmd.Help()
	}
	hint := ""
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		hint = "; did you mean " + strings.Join(near, " or ") + "?"
	}
	return usage(cmd, "there is no command %q%s", args[0], hint)
}
