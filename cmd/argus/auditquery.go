package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"argus/cmd/argus/internal/show"
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
	var after uint64
	cmd := &cobra.Command{
		Use:   "query",
		Short: "Find what happened, in the audit sink",
		Long: `Finds the steps and refusals that the audit sink has kept, the newest of them, and prints them in the order in which they were kept. Every
condition that is given must hold. A time is RFC 3339 (2026-11-25T12:00:00Z), a date, or how long ago (90m, 36h).

With --after it finds the oldest of those that were kept after an id, so that all can be had page by page: --after 0, then with the last id that was printed.

The configuration must have a plugin of kind audit that can be asked, such as audit-sqlite: argus init --audit.`,
		Example: `  argus audit query --agent assistant --since 24h
  argus audit query --what refused --rule 2a --text mail
  argus audit query --tool db/read-db --since 2026-11-01 --until 2026-11-08 --limit 1000 --json
  argus audit query --after 0 --limit 1000 --json`,
		Args: cobra.NoArgs,
	}
	at := newPlace(cmd)
	f.flags(cmd)
	cmd.Flags().StringVar(&f.since, "since", "", "events from this `time` on")
	cmd.Flags().StringVar(&f.until, "until", "", "events before this `time`")
	cmd.Flags().IntVar(&limit, "limit", 100, fmt.Sprintf("at most so `many`, 1 to %d", operator.MaxFound))
	cmd.Flags().Uint64Var(&after, "after", 0, "the oldest events that were kept after this `id`")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		q := f.query()
		q.AfterID, q.OldestFirst = after, cmd.Flags().Changed("after")
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
		if !q.OldestFirst {
			slices.Reverse(found)
		}
		s := newScreen(c)
		for _, e := range found {
			if err := f.show(c, s, e); err != nil {
				return err
			}
		}
		switch {
		case len(found) < limit:
		case q.OldestFirst:
			c.tell("there may be more: --after %d\n", found[limit-1].ID)
		default:
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
		Long: `Shows the newest events that the audit sink has kept, and then each that it keeps, until it is interrupted. While the sink or the daemon is away
it waits, and goes on where it was. argus watch shows the same a moment earlier and without a sink; what is shown here is on the disk.`,
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
		t := &tail{flags: &f, dial: at.dial, console: c, screen: newScreen(c), left: count}
		err := t.run(ctx, last)
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
	dial    func(context.Context) (*operator.Client, error)
	console *console
	screen  *screen
	after   uint64
	left    int // lines until it is enough; 0: never
}

// run shows the last of what is kept already, which must work, and then what is kept from now on.
func (t *tail) run(ctx context.Context, last int) error {
	if err := t.on(ctx, func(client *operator.Client) error { return t.begin(ctx, client, last) }); err != nil {
		return err
	}
	t.console.tell("watching\n")
	away := false
	for {
		err := t.on(ctx, func(client *operator.Client) error {
			if away {
				t.console.tell("the audit sink answers again\n")
				away = false
			}
			return t.follow(ctx, client)
		})
		if !isAway(err) {
			return err
		}
		if !away {
			t.console.tell("waiting for the audit sink: %s\n", show.Plain(err.Error()))
			away = true
		}
		if err := pause(ctx); err != nil {
			return err
		}
	}
}

// on runs something with a connection to the daemon and a sink that answers.
func (t *tail) on(ctx context.Context, do func(*operator.Client) error) error {
	client, err := t.dial(ctx)
	if err != nil {
		return err
	}
	defer client.Close()
	if _, err := newest(ctx, client); err != nil {
		return err
	}
	return do(client)
}

// isAway reports whether what failed can be there again by itself.
func isAway(err error) bool {
	_, none := errors.AsType[*operator.NoDaemon](err)
	_, silent := errors.AsType[*operator.Silent](err)
	_, away := errors.AsType[*operator.Away](err)
	return none || silent || away || errors.Is(err, operator.ErrEnded)
}

func pause(ctx context.Context) error {
	select {
	case <-time.After(tailEvery):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// newest is the id of the event that was kept last, whatever it is; 0: none.
func newest(ctx context.Context, client *operator.Client) (uint64, error) {
	found, err := client.Audit(ctx, operator.AuditQuery{Limit: 1})
	if err != nil || len(found) == 0 {
		return 0, err
	}
	return found[0].ID, nil
}

// begin shows the last of what was kept already.
func (t *tail) begin(ctx context.Context, client *operator.Client, last int) (err error) {
	if t.after, err = newest(ctx, client); err != nil || last == 0 {
		return err
	}
	q := t.flags.query()
	q.Limit = last
	found, err := client.Audit(ctx, q)
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

// follow shows all that is kept after what was shown, until something fails.
func (t *tail) follow(ctx context.Context, client *operator.Client) error {
	for {
		shown, err := t.more(ctx, client)
		if err != nil {
			return err
		}
		if shown == operator.MaxFound {
			continue
		}
		last, err := newest(ctx, client)
		if err != nil {
			return err
		}
		if last < t.after {
			t.console.tell("the audit sink has a new store, which is shown from its beginning\n")
			t.after = 0
		}
		if err := pause(ctx); err != nil {
			return err
		}
	}
}

// more shows as much of what was kept since as can be asked for at once.
func (t *tail) more(ctx context.Context, client *operator.Client) (shown int, err error) {
	q := t.flags.query()
	q.AfterID, q.OldestFirst, q.Limit = t.after, true, operator.MaxFound
	found, err := client.Audit(ctx, q)
	for _, e := range found {
		if err := t.show(e); err != nil {
			return shown, err
		}
		t.after = e.ID
		shown++
	}
	return shown, err
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
