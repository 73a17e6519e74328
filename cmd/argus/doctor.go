package main

import (
	"github.com/hashicorp/go-hclog"
	"github.com/spf13/cobra"

	"argus/cmd/argus/internal/show"
	"argus/host"
)

// finding is one thing that was looked at.
type finding struct {
	What   string `json:"what"`
	State  string `json:"state"` // good, note or bad
	Detail string `json:"detail"`
	Fix    string `json:"fix"` // what to do; empty where nothing is to be done
}

// How a thing is found. A note does not keep Argus from what it promises, but a person should know.
const (
	stateGood = "good"
	stateNote = "note"
	stateBad  = "bad"
)

type doctorDocument struct {
	Findings []finding `json:"findings"`
}

func newDoctor(c *console) *cobra.Command {
	var dir string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Tell what this machine can enforce, what is missing, and how to get it",
		Long: `Looks at what Argus needs of this machine and of its own files: the configuration, the plugins, what the sandbox plugin can enforce here, each
server's confinement, who can read the state folder and the operator key, whether Argus runs under a user of its own, and the daemon if one
runs. Nothing is changed and no server is started. Exit code 1 when something is bad.`,
		Example: `  argus doctor
  argus doctor --plugin-dir bin/plugins --json`,
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
		found := examine(at, folder)
		if asJSON {
			err = c.document(doctorDocument{found})
		} else {
			tellFindings(c, found)
		}
		for _, f := range found {
			if f.State == stateBad && err == nil {
				err = errTold
			}
		}
		return err
	}
	return cmd
}

// examine looks at everything that can be looked at, whatever else is wrong.
func examine(at *place, plugins string) []finding {
	loaded, err := load(at.cmd)
	if err != nil {
		return []finding{{"configuration", stateBad, err.Error(), "mend the file; argus init makes one"}}
	}
	found := []finding{{"configuration", stateGood, "it has no mistakes", ""}}
	pinned, err := listPlugins(at, plugins)
	if err != nil {
		found = append(found, finding{"plugins", stateBad, err.Error(), "say with --plugin-dir where the plugins lie"})
	}
	for _, p := range pinned {
		found = append(found, pluginFinding(p))
	}
	layers, servers, err := host.Survey(at.cmd.Context(), host.Options{Config: loaded, PluginDir: plugins, Logger: hclog.NewNullLogger()})
	if err != nil {
		found = append(found, finding{"sandbox", stateBad, err.Error(), ""})
	}
	for _, l := range layers {
		found = append(found, layerFinding(l))
	}
	for _, s := range servers {
		found = append(found, serverFinding(s))
	}
	found = append(found, examineFiles(loaded, at.operatorKey())...)
	found = append(found, examineUser(loaded.State))
	return append(found, examineDaemon(at)...)
}

func tellFindings(c *console, found []finding) {
	paint := map[string]show.Colour{stateGood: show.Good, stateNote: show.Warn, stateBad: show.Bad}
	bad := 0
	for _, f := range found {
		if f.State == stateBad {
			bad++
		}
		c.printf("%s  %s  %s\n", c.paint.Paint(paint[f.State], pad(f.State, 4)), pad(show.Plain(f.What), 24), show.Plain(f.Detail))
		if f.Fix != "" {
			c.printf("%s  %s  fix: %s\n", pad("", 4), pad("", 24), show.Plain(f.Fix))
		}
	}
	c.printf("\n%d things looked at, %d bad\n", len(found), bad)
}
