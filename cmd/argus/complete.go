package main

import (
	"context"
	"os"
	"time"

	"github.com/spf13/cobra"

	"argus/host/front/operator"
)

// tabPatience is how long a person who pressed a key waits for names.
const tabPatience = 2 * time.Second

// oneOf completes the first argument from what the running daemon knows. Without a daemon there is nothing to offer.
func oneOf(at *place, names func(context.Context, *operator.Client) ([]string, error)) cobra.CompletionFunc {
	return func(_ *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		ctx, cancel := context.WithTimeout(at.cmd.Context(), tabPatience)
		defer cancel()
		at.cmd.SetContext(ctx)
		found, err := ask(at, names)
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return found, cobra.ShellCompDirectiveNoFileComp
	}
}

// knownAgents completes the name of an agent.
func knownAgents(at *place) cobra.CompletionFunc {
	return oneOf(at, func(ctx context.Context, d *operator.Client) ([]string, error) {
		agents, err := d.Agents(ctx)
		return distinct(agents, func(a operator.Agent) string { return a.Principal }), err
	})
}

// knownServers completes the name of a server.
func knownServers(at *place) cobra.CompletionFunc {
	return oneOf(at, func(ctx context.Context, d *operator.Client) ([]string, error) {
		tools, err := d.Tools(ctx, "")
		return distinct(tools, func(t operator.Tool) string { return t.Server }), err
	})
}

// distinct are the names of things, each once, in their order.
func distinct[T any](things []T, name func(T) string) []string {
	seen := map[string]bool{"": true}
	var names []string
	for _, thing := range things {
		if n := name(thing); !seen[n] {
			seen[n] = true
			names = append(names, n)
		}
	}
	return names
}

// pluginFiles completes the name of a file in the plugin folder.
func pluginFiles(dir *string) cobra.CompletionFunc {
	return func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
		folder, err := pluginDir(*dir)
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		files, _ := os.ReadDir(folder) // none, if it cannot be read
		var names []string
		for _, file := range files {
			if file.Type().IsRegular() {
				names = append(names, file.Name())
			}
		}
		return names, cobra.ShellCompDirectiveNoFileComp
	}
}
