package main

import (
	"errors"
	"strings"

	"github.com/hashicorp/go-hclog"
	"github.com/spf13/cobra"

	"argus/cmd/argus/internal/show"
	"argus/host"
	"argus/host/child"
	"argus/host/config"
	"argus/host/upstream"
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
		Long: `Looks at what Argus needs of this machine and of its own files: the configuration, the plugins, whether they take the policies and the registry,
what the sandbox plugin can enforce here, each server's confinement, who can read the state folder and the operator key, whether there is room
for the record, whether Argus runs under a user of its own, and the daemon: if one runs how it is, if none does whether its addresses are free and its
record is as it was written.
Nothing is changed and no server is started. Exit code 1 when something is bad.

While there is no configuration it tells what this machine can enforce, as the sandbox plugin of the plugin folder sees it.`,
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
	switch {
	case errors.Is(err, errNoConfiguration):
		found := []finding{{"configuration", stateBad, err.Error(), "argus init makes one"}}
		return append(found, examineMachine(at.cmd.Context(), plugins)...)
	case err != nil:
		return []finding{{"configuration", stateBad, err.Error(), "mend it: whatever else there is to say depends on it"}}
	}
	found := []finding{{"configuration", stateGood, "it has no mistakes", ""}}
	running, unheard := at.status()
	pinned, err := listPlugins(loaded, plugins, running)
	if err != nil {
		found = append(found, finding{"plugins", stateBad, err.Error(), "say with --plugin-dir where the plugins lie"})
	}
	trusted := map[string]bool{}
	for _, p := range pinned {
		f := pluginFinding(p)
		trusted[p.Kind] = f.State == stateGood
		found = append(found, f)
	}
	o := host.Options{Config: loaded, PluginDir: plugins, Logger: hclog.NewNullLogger()}
	other := otherUser(loaded.State)
	switch {
	case !trusted[string(config.Oracle)] || !trusted[string(config.Registry)]: // it was said what is wrong
	case other != "":
		found = append(found, finding{decisions, stateNote, "not looked at: they are " + other + "'s to read", asUser(at, other)})
	default:
		found = append(found, examineDecisions(at.cmd.Context(), o))
	}
	able := upstream.Able()
	found = append(found, systemFindings(able, child.Tied, len(loaded.Servers))...)
	if trusted[string(config.Sandbox)] && able == nil {
		found = append(found, examineSandbox(at.cmd.Context(), o)...)
	}
	found = append(found, examineFiles(loaded.State, at.operatorKey())...)
	found = append(found, examineUser(loaded.State))
	return append(found, examineDaemon(at, loaded, running, unheard)...)
}

func tellFindings(c *console, found []finding) {
	paint := map[string]show.Colour{stateGood: show.Good, stateNote: show.Warn, stateBad: show.Bad}
	bad := 0
	for _, f := range found {
		if f.State == stateBad {
			bad++
		}
		head, blank := c.paint.Paint(paint[f.State], pad(f.State, 4))+"  "+pad(show.Plain(f.What), 24)+"  ", strings.Repeat(" ", 4+2+24+2)
		c.printf("%s%s", head, strings.TrimPrefix(show.Block(f.Detail, blank), blank))
		if f.Fix != "" {
			c.printf("%sfix: %s\n", blank, show.Plain(f.Fix))
		}
	}
	c.printf("\n%d things looked at, %d bad\n", len(found), bad)
}
