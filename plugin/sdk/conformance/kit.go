package conformance

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"google.golang.org/grpc"
)

// Kit is the checks of one kind, in the order in which they are played.
type Kit []Check

// Check tries one requirement.
type Check struct {
	ID   string // as in docs/plugin-author.md
	Text string // the requirement as there
	// First tells that nothing after it can be tried where it fails.
	First bool
	// Process tells that only a plugin in a process of its own can be held to it.
	Process bool
	// Try is nil where the plugin does as it must, and NotClaimed where it need not.
	Try func(ctx context.Context, p *Plugin) error
}

// On makes checks that start the plugin, give it its settings, and try a requirement on what open makes of the connection, which they
// close after.
func On[T io.Closer](
	open func(context.Context, *Plugin, grpc.ClientConnInterface) (T, error),
) func(id, text string, try func(context.Context, T) error) Check {
	return func(id, text string, try func(context.Context, T) error) Check {
		return Check{ID: id, Text: text, Try: func(ctx context.Context, p *Plugin) error {
			return p.Use(ctx, func(conn grpc.ClientConnInterface) (err error) {
				opened, err := open(ctx, p, conn)
				if err != nil {
					return err
				}
				defer func() { err = errors.Join(err, opened.Close()) }()
				return try(ctx, opened)
			})
		}}
	}
}

// AsFirst is c as one that nothing after it can be tried without.
func (c Check) AsFirst() Check {
	c.First = true
	return c
}

// Outcome is how a check ended.
type Outcome string

// The zero Outcome is none.
const (
	Pass      Outcome = "pass"
	Fail      Outcome = "fail"
	Unclaimed Outcome = "not claimed" // the plugin does not have the ability, and need not
	NotTried  Outcome = "not tried"
)

// Result is what came of one check.
type Result struct {
	ID      string
	Text    string
	Outcome Outcome
	Why     string // empty for a pass
}

// NotClaimed is the error of a check of an ability that the plugin does not claim to have.
type NotClaimed struct{ What string }

func (n *NotClaimed) Error() string { return n.What }

// patience is how long one check may take, with all the starts in it.
const patience = time.Minute

// Run plays the checks of k against p, one after the other, and tells each result as it comes. It reports whether none failed.
func Run(ctx context.Context, k Kit, p *Plugin, told func(Result)) bool {
	holds, stopped := true, ""
	for _, c := range k {
		r := Result{ID: c.ID, Text: c.Text}
		switch {
		case stopped != "":
			r.Outcome, r.Why = NotTried, stopped
		case c.Process && !p.Process:
			r.Outcome, r.Why = NotTried, "it takes a process of the plugin's own: argus plugin test"
		default:
			r.Outcome, r.Why = c.play(ctx, p)
		}
		if r.Outcome == Fail {
			holds = false
			if c.First {
				stopped = fmt.Sprintf("%s does not hold", c.ID)
			}
		}
		told(r)
	}
	return holds
}

func (c Check) play(ctx context.Context, p *Plugin) (Outcome, string) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	err := c.Try(ctx, p)
	if not := (*NotClaimed)(nil); errors.As(err, &not) {
		return Unclaimed, not.What
	}
	if err != nil {
		return Fail, err.Error()
	}
	return Pass, ""
}
