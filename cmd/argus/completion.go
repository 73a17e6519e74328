package main

import (
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

func newCompletion(c *console) *cobra.Command {
	scripts := map[string]func(root *cobra.Command, out io.Writer) error{
		"bash": func(root *cobra.Command, out io.Writer) error { return root.GenBashCompletionV2(out, true) },
		"fish": func(root *cobra.Command, out io.Writer) error { return root.GenFishCompletion(out, true) },
		"zsh":  (*cobra.Command).GenZshCompletion,
	}
	shells := slices.Sorted(maps.Keys(scripts))
	return &cobra.Command{
		Use:   "completion SHELL",
		Short: "Print what a shell completes commands, flags and names by",
		Long: `Prints the script by which bash, zsh or fish completes commands, flags, and the names that the running daemon knows. The shell finds it,
when it is started the next time, where the examples put it: bash with the package bash-completion, zsh if its fpath has that folder when
.zshrc calls compinit.`,
		Example: `  argus completion bash >~/.local/share/bash-completion/completions/argus
  argus completion zsh >~/.zfunc/_argus
  argus completion fish >~/.config/fish/completions/argus.fish`,
		Args:      cobra.ExactArgs(1),
		ValidArgs: shells,
		RunE: func(cmd *cobra.Command, args []string) error {
			script, known := scripts[args[0]]
			if !known {
				return usage(cmd, "%q is not one of %s", args[0], strings.Join(shells, ", "))
			}
			return script(cmd.Root(), c.out)
		},
	}
}
