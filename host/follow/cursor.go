package follow

import (
	"context"
	"fmt"
	"iter"

	"argus/host/fault"
	"argus/host/ledger"
)

// maxLooks is how often one follower may read the journal from the files before it is live: each time reads up to a whole segment. One that
// keeps up needs two at most.
const maxLooks = 4

// Behind says that a follower did not keep up. Following on from Last misses nothing.
type Behind struct{ Last uint64 }

func (b Behind) Error() string { return fmt.Sprintf("too slow: go on after %d", b.Last) }

// Cursor is one follower's place. It is used by one goroutine, which must Close it.
type Cursor struct {
	feed   *Feed
	ledger Ledger
	last   uint64 // every durable step up to this record was given
	live   bool
	looks  int
	next   func() (ledger.Record, error, bool) // of the journal; nil while nothing is read from it
	stop   func()
}

// From follows from the record after on. One that does not exist yet is refused: whoever has it has another journal.
func (f *Feed) From(l Ledger, after uint64) (*Cursor, error) {
	if last := l.Durable(); after > last {
		return nil, fault.New(fault.Invalid, "follow", fmt.Errorf("there is no record %d, the last is %d", after, last))
	}
	return &Cursor{feed: f, ledger: l, last: after}, nil
}

// Close lets go of the journal's files.
func (c *Cursor) Close() {
	if c.stop != nil {
		c.stop()
		c.next, c.stop = nil, nil
	}
}

// Last is the number to go on from.
func (c *Cursor) Last() uint64 { return c.last }

// Next gives the next durable step, if there is one. It waits for nobody, but may read files. The error is a [Behind] for one that was too slow.
func (c *Cursor) Next() (s Step, some bool, err error) {
	for {
		if c.next != nil {
			if s, some, err = c.past(); some || err != nil {
				return s, some, err
			}
		}
		s, some, held := c.feed.after(c.last)
		switch {
		case held && some && s.Sequence <= c.ledger.Durable():
			c.live, c.last = true, s.Sequence
			return s, true, nil
		case held:
			c.live, c.last = true, c.feed.through(c.last, c.ledger.Durable())
			return Step{}, false, nil
		case c.live || c.looks == maxLooks:
			return Step{}, false, Behind{c.last}
		}
		c.looks++
		c.next, c.stop = iter.Pull2(c.ledger.History(c.last + 1))
	}
}

// past gives the next step that is read from the journal; none when there is no more to be read now.
func (c *Cursor) past() (Step, bool, error) {
	for {
		r, err, some := c.next()
		switch {
		case err != nil:
			c.Close()
			return Step{}, false, fault.New(fault.Unavailable, "follow", err)
		case !some || r.Sequence > c.ledger.Durable():
			c.Close()
			return Step{}, false, nil
		}
		c.last = r.Sequence
		if r.Event != nil {
			return Step{Sequence: r.Sequence, Chain: r.Chain, Time: r.Time, Event: slim(r.Event)}, true, nil
		}
	}
}

// Wait returns when there may be a step, or when other gets a token.
func (c *Cursor) Wait(ctx context.Context, other <-chan struct{}) error {
	more, firmer := c.feed.more(), c.ledger.Firmer()
	s, some, held := c.feed.after(c.last)
	if !held || some && s.Sequence <= c.ledger.Durable() {
		return nil
	}
	select {
	case <-more:
	case <-firmer:
	case <-other:
	case <-ctx.Done():
		return ctx.Err()
	}
	return nil
}
