package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"argus/cmd/argus/internal/show"
	"argus/host/front/operator"
)

type watchFlags struct {
	agent   string
	after   uint64
	count   int
	refused bool
	json    bool
}

// errEnough ends a watch that has shown what it was to show.
var errEnough = errors.New("enough")

func newWatch(c *console) *cobra.Command {
	var f watchFlags
	cmd := &cobra.Command{
		Use:   "watch",
		Short: "Show calls and refusals as they happen",
		Long: `Shows what happens from now on, a line each, until it is interrupted: which calls start, what they do to an agent's exposure, and what is
refused, with the reference that argus explain takes. With --after it begins after a record of the journal.

A watcher that takes too little of what happens is ended, and told where to go on.`,
		Example: `  argus watch
  argus watch --agent assistant --refused
  argus watch --after 0 --json | jq .what`,
		Args: cobra.NoArgs,
	}
	at := newPlace(cmd)
	cmd.Flags().StringVar(&f.agent, "agent", "", "show what this `agent` does, and no other")
	cmd.Flags().Uint64Var(&f.after, "after", 0, "begin after this `record` of the journal")
	cmd.Flags().IntVar(&f.count, "count", 0, "end after so `many` lines (default never)")
	cmd.Flags().BoolVar(&f.refused, "refused", false, "show refusals only")
	cmd.Flags().BoolVar(&f.json, "json", false, "print each as JSON, on a line of its own")
	if err := cmd.RegisterFlagCompletionFunc("agent", knownAgents(at)); err != nil {
		panic(err) // there is such a flag
	}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return f.run(cmd, c, at) }
	return cmd
}

func (f *watchFlags) run(cmd *cobra.Command, c *console, at *place) error {
	if f.count < 0 {
		return usage(cmd, "--count is a number of lines")
	}
	ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var after *uint64
	if cmd.Flags().Changed("after") {
		after = &f.after
	}
	client, err := at.dial(ctx)
	if err != nil {
		return err
	}
	defer client.Close()
	if err := f.unknown(ctx, c, client); err != nil {
		return err
	}
	said, last := 0, uint64(0)
	screen := newScreen(c)
	err = client.Watch(ctx, after, f.agent, func() { c.tell("watching\n") }, func(h operator.Happening) error {
		last = max(last, h.Sequence)
		if f.refused && h.What != operator.Refused {
			return nil
		}
		if err := f.show(c, screen, h); err != nil {
			return err
		}
		if said++; said == f.count {
			return errEnough
		}
		return nil
	})
	switch {
	case errors.Is(err, errEnough) || errors.Is(err, context.Canceled):
		return nil
	case errors.Is(err, operator.ErrEnded) && last > 0:
		return fmt.Errorf("%w; to go on where this ended, once it runs again: --after %d", err, last)
	}
	return err
}

// unknown says so where nobody knows the agent now: a person who misspelt it would take silence for peace.
func (f *watchFlags) unknown(ctx context.Context, c *console, client *operator.Client) error {
	if f.agent == "" {
		return nil
	}
	agents, err := client.Agents(ctx)
	if err == nil && len(ofPrincipal(agents, f.agent)) == 0 {
		c.tell("no agent %s acts now: see argus agent list\n", show.Plain(f.agent))
	}
	return err
}

func (f *watchFlags) show(c *console, s *screen, h operator.Happening) error {
	if f.json {
		return c.line(h)
	}
	_, err := c.out.WriteString(s.line(h))
	return err
}

// mostOpen bounds the calls whose tools a screen remembers: an outcome does not tell its tool.
const mostOpen = 1 << 12

// screen shows happenings to a person.
type screen struct {
	paint show.Painter
	tools map[uint64]string // of open calls
}

func newScreen(c *console) *screen { return &screen{paint: c.paint, tools: map[uint64]string{}} }

// line is one happening: when, who, what, and what came of it.
func (s *screen) line(h operator.Happening) string {
	tool := h.Tool
	if h.Invocation != nil {
		id := *h.Invocation
		switch {
		case h.What != "started":
			tool = s.tools[id]
			delete(s.tools, id)
		case len(s.tools) < mostOpen:
			s.tools[id] = h.Tool
		}
		tool = strings.TrimSpace(tool + " #" + strconv.FormatUint(id, 10))
	}
	who := strings.Trim(h.Principal+" "+h.Agent, " ")
	rest := []string{tool, h.Detail}
	if h.Level != "" {
		rest = append(rest, "now "+h.Level+", "+h.Integrity)
	}
	colour := show.Dim
	switch h.What {
	case operator.Refused:
		colour = show.Bad
		rest = append(rest, h.Sentence+" ("+h.Rule+")", "argus explain "+h.Reference)
	case "started", "completed":
		colour = show.Good
	}
	var parts []string
	for _, part := range rest {
		if part != "" {
			parts = append(parts, show.Plain(part))
		}
	}
	return clockOf(h.Time) + "  " + s.paint.Paint(colour, pad(show.Plain(h.What), 18)) + "  " + pad(show.Plain(who), 20) + "  " + strings.Join(parts, "  ") + "\n"
}

func pad(text string, width int) string {
	if short := width - len([]rune(text)); short > 0 {
		return text + strings.Repeat(" ", short)
	}
	return text
}

// clockOf is the time of day where this machine stands.
func clockOf(moment string) string {
	t, err := time.Parse(time.RFC3339Nano, moment)
	if err != nil {
		return show.Plain(moment)
	}
	return t.Local().Format("15:04:05.000")
}
