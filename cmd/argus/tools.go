package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"argus/cmd/argus/internal/show"
	"argus/host/front/operator"
)

type toolsFlags struct{ all, definitions, json bool }

func newTools(c *console) *cobra.Command {
	var f toolsFlags
	cmd := &cobra.Command{
		Use:   "tools [SERVER]",
		Short: "List the tools of the servers, callable or quarantined",
		Long: `Lists the tools that agents can call, and counts what is quarantined: tools, and a server's instructions and channels; --all tells of
each of these why, and what mends it. So it does with the tools that clients have declared to models since the daemon began.
Names and definitions are what a server says of itself: they are untrusted text, and characters that cannot be seen are escaped.
With --json all of it is in the document.`,
		Example: `  argus tools
  argus tools notes --all
  argus tools notes --definitions`,
		Args: cobra.MaximumNArgs(1),
	}
	at := newPlace(cmd)
	cmd.ValidArgsFunction = knownServers(at)
	cmd.Flags().BoolVar(&f.all, "all", false, "tell of what is quarantined one by one")
	cmd.Flags().BoolVar(&f.definitions, "definitions", false, "show each definition, and instructions, as the server gives them now")
	cmd.Flags().BoolVar(&f.json, "json", false, "print it as JSON")
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		server := strings.Join(args, "")
		tools, err := ask(at, func(ctx context.Context, d *operator.Client) ([]operator.Tool, error) { return d.Tools(ctx, server) })
		if err == nil && len(tools) == 0 && server != "" {
			err = known(at, server)
		}
		if err != nil {
			return err
		}
		if f.json {
			return c.document(toolsDocument{tools})
		}
		return f.write(c, server, tools)
	}
	return cmd
}

// known is an error unless the daemon has a server of that name, or a client.
func known(at *place, name string) error {
	s, err := at.status()
	if err != nil {
		return err
	}
	if slices.ContainsFunc(s.Servers, func(p operator.Part) bool { return p.Name == name }) ||
		slices.ContainsFunc(s.Programs, func(p operator.Program) bool { return p.Name == name }) {
		return nil
	}
	return fmt.Errorf("there is no server or client %q: argus status names them", name)
}

type toolsDocument struct {
	Tools []operator.Tool `json:"tools"`
}

func (f *toolsFlags) write(c *console, server string, tools []operator.Tool) error {
	callable, quarantined := in(operator.Callable, tools), in(operator.Quarantined, tools)
	if len(tools) == 0 {
		c.printf("no tools yet: argus status tells whether the servers run\n")
		return nil
	}
	if len(callable) > 0 {
		if err := c.table(callableTable(callable)); err != nil {
			return err
		}
	}
	for _, t := range in(operator.Delivered, tools) {
		c.printf("the instructions of %s are told to agents as they were pinned\n", show.Plain(t.Server))
	}
	if len(quarantined) > 0 {
		if len(callable) > 0 {
			c.printf("\n")
		}
		f.quarantined(c, server, quarantined)
	}
	if !f.definitions {
		return nil
	}
	for _, t := range tools {
		if t.State == operator.Quarantined && !f.all {
			continue
		}
		c.printf("\n%s\n", c.paint.Paint(show.Bold, show.Plain(t.Server+" "+t.Tool)))
		if err := writeDefinition(c, t, "  "); err != nil {
			return err
		}
	}
	return nil
}

func in(state string, tools []operator.Tool) []operator.Tool {
	return slices.DeleteFunc(slices.Clone(tools), func(t operator.Tool) bool { return t.State != state })
}

func callableTable(tools []operator.Tool) *show.Table {
	t := &show.Table{Heading: []string{"TOOL", "SERVER", "BRINGS", "SINKS", "NEEDS", "ENTRY"}}
	for _, tool := range tools {
		brings := tool.Level + ", " + tool.Integrity
		if tool.Endorsed {
			brings += ", endorsed"
		}
		t.Add(show.Cell{Text: tool.Name, Paint: show.Good}, show.Text(tool.Server), show.Text(brings),
			show.Text(strings.Join(tool.Sinks, ", ")), show.Text(fewer(tool.Capabilities)), show.Text(tool.Entry))
	}
	return t
}

// fewer keeps a row short: an entry that nobody narrowed needs every capability there is.
func fewer(capabilities []string) string {
	const most = 3
	if len(capabilities) > most {
		return fmt.Sprintf("%d capabilities", len(capabilities))
	}
	return strings.Join(capabilities, ", ")
}

func (f *toolsFlags) quarantined(c *console, server string, tools []operator.Tool) {
	count := fmt.Sprintf("%d quarantined", len(tools))
	if !f.all {
		command := strings.TrimSpace("argus tools " + server)
		c.printf("%s: %s --all tells why, and what mends it\n", c.paint.Paint(show.Warn, count), command)
		return
	}
	c.printf("%s\n", c.paint.Paint(show.Warn, count))
	for _, t := range tools {
		c.printf("  %s %s: %s\n      fix: %s\n", show.Plain(t.Server), show.Plain(t.Tool), show.Plain(t.Reason), show.Plain(t.Fix))
	}
}
