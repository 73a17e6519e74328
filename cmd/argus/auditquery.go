package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"argus/host/front/operator"
)

// auditFlags say which events are meant.
type auditFlags struct {
	agent, context, tool, rule, what, text, since, until string
	json                                                 bool
}

func (f *auditFlags) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.agent, "agent", "", "events of this `agent`")
	cmd.Flags().StringVar(&f.context, "context", "", "events of the context with this `id`, as argus agent list tells it, and of those below it")
	cmd.Flags().StringVar(&f.tool, "tool", "", "events of this `tool`: SERVER/TOOL of calls that started, the name toward agents of refused ones")
	cmd.Flags().StringVar(&f.rule, "rule", "", "refusals by this `rule`")
	cmd.Flags().StringVar(&f.what, "what", "", "refused, started, completed, delegated, ...")
	cmd.Flags().StringVar(&f.text, "text", "", "events that hold this `text` anywhere")
	cmd.Flags().BoolVar(&f.json, "json", false, "print each as JSON, on a line of its own")
}

func (f *auditFlags) query() operator.AuditQuery {
	return operator.AuditQuery{Principal: f.agent, Agent: f.context, Tool: f.tool, Rule: f.rule, What: f.what, Text: f.text}
}

func (f *auditFlags) show(c *console, s *screen, e operator.AuditEvent) error {
	if f.json {
		return c.line(e)
	}
	_, err := c.out.WriteString(dateOf(e.Time) + " " + s.line(e.Happening))
	return err
}

func newAuditQuery(c *console) *cobra.Command {
	var f auditFlags
	var limit int
	cmd := &cobra.Command{
		Use:   "query",
		Short: "Find what happened, in the audit sink",
		Long: `Finds the steps and refusals that the audit sink has kept, the newest of them, and prints them in the order in which they were kept. Every
condition that is given must hold. A time is RFC 3339 (2026-11-25T12:00:00Z), a date, or how long ago (90m, 36h).

The configuration must have a plugin of kind audit that can be asked, such as audit-sqlite: argus init --audit.`,
		Example: `  argus audit query --agent assistant --since 24h
  argus audit query --what refused --rule 2a --text mail
  argus audit query --tool db/read-db --since 2026-11-01 --until 2026-11-08 --limit 1000 --json`,
		Args: cobra.NoArgs,
	}
	at := newPlace(cmd)
	f.flags(cmd)
	cmd.Flags().StringVar(&f.since, "since", "", "events from this `time` on")
	cmd.Flags().StringVar(&f.until, "until", "", "events before this `time`")
	cmd.Flags().IntVar(&limit, "limit", 100, fmt.Sprintf("at most so `many`, 1 to %d", operator.MaxFound))
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		q := f.query()
		var err error
		if q.From, err = parseTime(f.since, time.Now()); err != nil {
			return usage(cmd, "--since: %v", err)
		}
		if q.Before, err = parseTime(f.until, time.Now()); err != nil {
			return usage(cmd, "--until: %v", err)
		}
		if q.Limit = limit; limit < 1 || limit > operator.MaxFound {
			return usage(cmd, "--limit is 1 to %d", operator.MaxFound)
		}
		found, err := ask(at, func(ctx context.Context, d *operator.Client) ([]operator.AuditEvent, error) { return d.Audit(ctx, q) })
		if err != nil {
			return err
		}
		s := newScreen(c)
		for i := len(found) - 1; i >= 0; i-- {
			if err := f.show(c, s, found[i]); err != nil {
				return err
			}
		}
		if len(found) == limit {
			c.tell("there may be more: the newest %d are shown\n", limit)
		}
		return nil
	}
	return cmd
}

// tailEvery is how often what is new is asked for.
const tailEvery = 500 * time.Millisecond

func newAuditTail(c *console) *cobra.Command {
	var f auditFlags
	var last, count int
	cmd := &cobra.Command{
		Use:   "tail",
		Short: "Show what the audit sink kept last, and what it keeps from now on",
		Long: `Shows the newest events that the audit sink has kept, and then each that it keeps, until it is interrupted. argus watch shows the same a moment
earlier and without a sink; what is shown here is on the disk.`,
		Example: `  argus audit tail
  argus audit tail --last 0 --what refused --json`,
		Args: cobra.NoArgs,
	}
	at := newPlace(cmd)
	f.flags(cmd)
	cmd.Flags().IntVar(&last, "last", 10, fmt.Sprintf("begin with so `many` that were kept already, 0 to %d", operator.MaxFound))
	cmd.Flags().IntVar(&count, "count", 0, "end after so `many` lines (default never)")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if last < 0 || last > operator.MaxFound || count < 0 {
			return usage(cmd, "--last is 0 to %d, and --count a number of lines", operator.MaxFound)
		}
		ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
		defer stop()
		client, err := at.dial(ctx)
		if err != nil {
			return err
		}
		defer client.Close()
		t := &tail{flags: &f, client: client, console: c, screen: newScreen(c), left: count}
		err = t.run(ctx, last)
		if errors.Is(err, errEnough) || ctx.Err() != nil {
			return nil
		}
		return err
	}
	return cmd
}

// tail shows events as they are kept.
type tail struct {
	flags   *auditFlags
	client  *operator.Client
	console *console
	screen  *screen
	after   uint64
	left    int // lines until it is enough; 0: never
}

func (t *tail) run(ctx context.Context, last int) error {
	newest := operator.AuditQuery{Limit: 1} // of all events: what is kept from now on comes after it
	found, err := t.client.Audit(ctx, newest)
	if err != nil {
		return err
	}
	if len(found) > 0 {
		t.after = found[0].ID
	}
	if last > 0 {
		if err := t.begin(ctx, last); err != nil {
			return err
		}
	}
	t.console.tell("watching\n")
	tick := time.NewTicker(tailEvery)
	defer tick.Stop()
	for {
		if err := t.more(ctx); err != nil {
			return err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// begin shows the last of what was kept already.
func (t *tail) begin(ctx context.Context, last int) error {
	q := t.flags.query()
	q.Limit = last
	found, err := t.client.Audit(ctx, q)
	if err != nil {
		return err
	}
	for i := len(found) - 1; i >= 0; i-- {
		if found[i].ID <= t.after {
			if err := t.show(found[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

// more shows all that was kept since.
func (t *tail) more(ctx context.Context) error {
	for {
		q := t.flags.query()
		q.AfterID, q.OldestFirst, q.Limit = t.after, true, operator.MaxFound
		found, err := t.client.Audit(ctx, q)
		if err != nil {
			return err
		}
		for _, e := range found {
			t.after = e.ID
			if err := t.show(e); err != nil {
				return err
			}
		}
		if len(found) < operator.MaxFound {
			return nil
		}
	}
}

func (t *tail) show(e operator.AuditEvent) error {
	if err := t.flags.show(t.console, t.screen, e); err != nil {
		return err
	}
	if t.left--; t.left == 0 {
		return errEnough
	}
	return nil
}

// parseTime reads a moment as a person writes it: a time, a date where this machine stands, or how long before now. None is the zero time.
func parseTime(text string, now time.Time) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t, nil
	}
	if t, err := time.ParseInLocation(time.DateOnly, text, now.Location()); err == nil {
		return t, nil
	}
	if ago, err := time.ParseDuration(text); err == nil && ago >= 0 {
		return now.Add(-ago), nil
	}
	return time.Time{}, fmt.Errorf("%q is no time: write 2026-11-25T12:00:00Z, 2026-11-25, or 90m", text)
}

// dateOf is the day where this machine stands.
func dateOf(moment string) string {
	t, err := time.Parse(time.RFC3339Nano, moment)
	if err != nil {
		return ""
	}
	return t.Local().Format(time.DateOnly)
}
