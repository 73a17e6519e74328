package main

import (
	"errors"
	"io/fs"
	"path/filepath"

	"github.com/spf13/cobra"

	"argus/cmd/argus/internal/show"
	"argus/host/catalog"
	"argus/host/config"
	"argus/host/front/operator"
)

// How the file of a plugin stands to its pin.
const (
	pinHolds   = "pinned"
	pinDiffers = "differs"
	pinMissing = "missing"
	pinNone    = "not pinned"
	pinOpen    = "not ours alone" // somebody else could change it, or put another in its place
)

// listedPlugin is what --json tells of one.
type listedPlugin struct {
	Kind   string `json:"kind"`
	Name   string `json:"name"`
	File   string `json:"file"`
	SHA256 string `json:"sha256"` // of the file as it is now; empty if there is none
	Pin    string `json:"pin"`
	State  string `json:"state"` // empty while no daemon runs

	why error // of pinOpen
}

type pluginsDocument struct {
	Plugins []listedPlugin `json:"plugins"`
}

func newPluginList(c *console) *cobra.Command {
	var dir string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the configured plugins, whether their files are the pinned ones, and how they are",
		Long: `Lists the plugins of the configuration: whether each file is the one that was pinned and, while a daemon runs, how each is. Exit code 1 when a
file is not the pinned one, or one that others could change: the daemon would not start with it.`,
		Example: `  argus plugin list
  argus plugin list --plugin-dir bin/plugins --json`,
		Args: cobra.NoArgs,
	}
	at := newPlace(cmd)
	cmd.Flags().StringVar(&dir, "plugin-dir", "", pluginDirUsage)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print it as JSON")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		folder, err := pluginDir(dir)
		if err != nil {
			return err
		}
		loaded, err := load(cmd)
		if err != nil {
			return err
		}
		running, err := at.status()
		if _, none := errors.AsType[*operator.NoDaemon](err); err != nil && !none {
			c.tell("how they are cannot be told: %s\n", show.Plain(err.Error()))
		}
		plugins, err := listPlugins(loaded, folder, running)
		if err != nil {
			return err
		}
		if asJSON {
			err = c.document(pluginsDocument{plugins})
		} else {
			err = c.table(pluginTable(plugins))
		}
		if err != nil {
			return err
		}
		return pinsHold(c, plugins, asJSON)
	}
	return cmd
}

// listPlugins compares the files with the configuration. Of a daemon that does not run the status is zero.
func listPlugins(loaded config.Config, folder string, running operator.Status) ([]listedPlugin, error) {
	states := map[string]string{}
	for _, p := range running.Plugins {
		states[p.Name] = p.State
	}
	plugins := []listedPlugin{}
	for _, p := range loaded.Plugins {
		one := listedPlugin{Kind: string(p.Kind), Name: p.Binary, File: filepath.Join(folder, p.Binary), State: states[p.Binary]}
		sum, err := catalog.Pin(one.File)
		one.SHA256 = sum
		switch {
		case errors.Is(err, fs.ErrNotExist):
			one.Pin = pinMissing
		case err != nil:
			return nil, err
		case p.SHA256 == "":
			one.Pin = pinNone
		case one.SHA256 != p.SHA256:
			one.Pin = pinDiffers
		default:
			if one.Pin, one.why = pinHolds, catalog.Trusted(one.File); one.why != nil {
				one.Pin = pinOpen
			}
		}
		plugins = append(plugins, one)
	}
	return plugins, nil
}

func pluginTable(plugins []listedPlugin) *show.Table {
	t := &show.Table{Heading: []string{"KIND", "PLUGIN", "FILE", "STATE"}}
	for _, p := range plugins {
		paint := show.Bad
		if p.Pin == pinHolds {
			paint = show.Good
		}
		t.Add(show.Text(p.Kind), show.Text(p.Name), show.Cell{Text: p.Pin, Paint: paint}, show.Cell{Text: p.State, Paint: paintOf(p.State)})
	}
	return t
}

// pinsHold says what to do about the files that are not the pinned ones.
func pinsHold(c *console, plugins []listedPlugin, quiet bool) error {
	var err error
	for _, p := range plugins {
		if p.Pin == pinHolds {
			continue
		}
		err = errTold
		switch {
		case quiet:
		case p.Pin == pinOpen:
			c.tell("%s\n", show.Plain(p.why.Error()))
		case p.Pin == pinMissing:
			c.tell("there is no %s: say with --plugin-dir where the plugins lie\n", show.Plain(p.File))
		default:
			c.tell("%s is not the file that was pinned: find out why; if you trust it as it is now: argus plugin pin %s\n", show.Plain(p.File), show.Plain(p.Name))
		}
	}
	return err
}
