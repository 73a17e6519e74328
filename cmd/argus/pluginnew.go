package main

import (
	"path/filepath"

	"github.com/spf13/cobra"

	"argus/cmd/argus/internal/scaffold"
	"argus/cmd/argus/internal/show"
)

func newPluginNew(c *console) *cobra.Command {
	return group("new", "Make the folder of a plugin to be written", newPluginNewOracle(c))
}

type madeDocument struct {
	Folder string `json:"folder"`
}

func newPluginNewOracle(c *console) *cobra.Command {
	var source string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "oracle NAME",
		Short: "Make the folder of an oracle: a small one in Go that works, and its test",
		Long: `Makes the folder oracle-NAME here, with a small oracle that works, a test that holds it to its requirements, and settings to test it with.
docs/plugin-author.md goes on from there. The oracle is built with the SDK in the source of Argus, which --source names.`,
		Example: `  argus plugin new oracle acme --source ~/src/argus`,
		Args:    cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			source, err := filepath.Abs(source)
			if err != nil {
				return err
			}
			folder, err := scaffold.Oracle(".", args[0], source)
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
	cmd.Flags().StringVar(&source, "source", "", "`folder` of Argus' source")
	cmd.Flags().BoolVar(&asJSON, "json", false, "tell what was made as JSON")
	_ = cmd.MarkFlagRequired("source")
	return cmd
}
