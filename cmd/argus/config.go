package main

import (
	"github.com/spf13/cobra"

	"argus/cmd/argus/internal/show"
	"argus/host/config"
)

func newConfig(c *console) *cobra.Command {
	return group("config", "Look at the configuration", newConfigShow(c))
}

type setting struct {
	Key    string `json:"key"`
	Value  string `json:"value"`
	Origin string `json:"origin"`
}

type settingsDocument struct {
	Settings []setting `json:"settings"`
}

func newConfigShow(c *console) *cobra.Command {
	var origin, asJSON bool
	cmd := &cobra.Command{
		Use:   "show",
		Short: "Show every value in force, and where it comes from",
		Long:  `Shows the merged configuration as serve would take it, and all that is wrong with it. What may be a secret is hidden.`,
		Example: `  argus config show --origin
  argus config show --config ./argus/argus.toml --json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			loaded, err := load(cmd)
			if err != nil {
				return err
			}
			settings := []setting{}
			for _, s := range loaded.Settings() {
				settings = append(settings, setting(s))
			}
			if asJSON {
				return c.document(settingsDocument{settings})
			}
			return c.table(settingsTable(settings, origin))
		},
	}
	config.AddFlags(cmd.Flags())
	cmd.Flags().BoolVar(&origin, "origin", false, "tell where each value comes from")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print it as JSON")
	return cmd
}

func settingsTable(settings []setting, origin bool) *show.Table {
	t := &show.Table{Heading: []string{"KEY", "VALUE"}}
	if origin {
		t.Heading = append(t.Heading, "FROM")
	}
	for _, s := range settings {
		cells := []show.Cell{show.Text(s.Key), show.Text(s.Value), show.Text(s.Origin)}
		t.Add(cells[:len(t.Heading)]...)
	}
	return t
}
