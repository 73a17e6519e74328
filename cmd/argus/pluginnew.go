package main

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"argus/cmd/argus/internal/scaffold"
	"argus/cmd/argus/internal/show"
)

type madeDocument struct {
	Folder string `json:"folder"`
}

func newPluginNew(c *console) *cobra.Command {
	var source string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "new KIND NAME",
		Short: "Make the folder of a plugin to be written: a small one in Go that works, and its test",
		Long: `Makes the folder KIND-NAME here, with a small plugin that works, a test that holds it to its requirements, and settings to test it with.
docs/plugin-author.md goes on from there. The plugin is built with the SDK in the source of Argus, which --source names.

KIND is one of ` + strings.Join(scaffold.Kinds(), ", ") + `. There is no small sandbox: the guide tells where to start with one.`,
		Example: `  argus plugin new oracle acme --source ~/src/argus`,
		Args:    cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			if !slices.Contains(scaffold.Kinds(), args[0]) {
				return usage(cmd, "there is no small plugin of kind %q to start from, only of %s", args[0], strings.Join(scaffold.Kinds(), ", "))
			}
			source, err := filepath.Abs(source)
			if err != nil {
				return err
			}
			folder, err := scaffold.Plugin(".", args[0], args[1], source)
			if err != nil {
				return err
			}
			if asJSON {
				return c.document(madeDocument{folder})
			}
			c.printf("made %s\n\nnext:\n  cd %s\n  go test ./...\n", show.Plain(folder), show.Plain(folder))
			return nil
		},
	}
	cmd.ValidArgsFunction = func(_ *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return scaffold.Kinds(), cobra.ShellCompDirectiveNoFileComp
	}
	cmd.Flags().StringVar(&source, "source", "", "`folder` of Argus' source")
	cmd.Flags().BoolVar(&asJSON, "json", false, "tell what was made as JSON")
	_ = cmd.MarkFlagRequired("source")
	return cmd
}
