package main

import (
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"argus/cmd/argus/internal/show"
	"argus/host/front/operator"
)

func newStatus(c *console) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Show how the daemon, its plugins and its servers are",
		Example: `  argus status
  argus status --json | jq .problems`,
		Args: cobra.NoArgs,
	}
	at := newPlace(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print it as JSON")
	cmd.RunE = func(*cobra.Command, []string) error {
		s, err := at.status()
		if err != nil {
			return err
		}
		if asJSON {
			return c.document(s)
		}
		return writeStatus(c, s)
	}
	return cmd
}

func writeStatus(c *console, s operator.Status) error {
	c.printf("argus %s, up for %s\n", show.Plain(s.Version), s.Up())
	if s.Halted != "" {
		c.printf("%s %s\n", c.paint.Paint(show.Bad, "halted"), show.Plain(s.Halted))
	}
	c.printf("agents  %s\n", show.Plain(s.MCPAddress))
	if s.GRPCAddress != "" {
		c.printf("grpc    %s\n", show.Plain(s.GRPCAddress))
	}
	for _, v := range s.Vendors {
		c.printf("models  %s (%s)\n", show.Plain(v.URL), show.Plain(v.Format))
	}
	c.printf("state   %s\n", show.Plain(s.StateFolder))
	c.printf("theory  %s, journal record %d\n", show.Plain(s.Theory), s.Sequence)
	c.printf("calls   %d started, %d refused\n\n", s.Started, s.Refused)
	if err := c.table(parts("PLUGIN", "WHY", s.Plugins)); err != nil {
		return err
	}
	if len(s.Servers) > 0 {
		c.printf("\n")
		if err := c.table(parts("SERVER", "PROTECTED BY, OR WHY", s.Servers)); err != nil {
			return err
		}
	}
	bullets(c, "problems", s.Problems)
	return nil
}

// parts are plugins or servers.
func parts(kind, last string, parts []operator.Part) *show.Table {
	t := &show.Table{Heading: []string{kind, "STATE", "PID", "STARTED AGAIN", last}}
	for _, p := range parts {
		pid := ""
		if p.PID != 0 {
			pid = strconv.Itoa(int(p.PID))
		}
		t.Add(show.Text(p.Name), show.Cell{Text: p.State, Paint: paintOf(p.State)}, show.Text(pid),
			show.Text(strconv.FormatUint(uint64(p.Restarts), 10)), show.Text(detailOf(p)))
	}
	return t
}

// detailOf says why a part does not run, or under what it does. Why it was started again is history by then.
func detailOf(p operator.Part) string {
	if paintOf(p.State) == show.Good {
		return strings.Join(p.Protections, ", ")
	}
	return p.Detail
}

func paintOf(state string) show.Colour {
	switch state {
	case "running", "ready", operator.Callable:
		return show.Good
	case "starting":
		return show.Warn
	}
	return show.Bad
}

// bullets writes a list under its heading, or nothing when it is empty.
func bullets(c *console, heading string, items []string) {
	if len(items) == 0 {
		return
	}
	c.printf("\n%s\n", c.paint.Paint(show.Bold, heading))
	for _, item := range items {
		c.printf("  - %s\n", show.Plain(item))
	}
}
