package upstream

import (
	"sync/atomic"
	"time"
)

// State is where a server stands. The zero State is none of them.
type State uint8

// A server is starting, then ready; when it ended it is waiting for its next start. It is closed for good with its Set.
const (
	_ State = iota
	Starting
	Ready
	Waiting
	Closed
)

var stateNames = [...]string{"unknown", "starting", "ready", "waiting", "closed"}

func (s State) String() string {
	if int(s) < len(stateNames) {
		return stateNames[s]
	}
	return stateNames[0]
}

// Status is one server's standing at one moment.
type Status struct {
	Server  string
	State   State
	Since   time.Time
	Reason  string   // why it last ended; empty when it never did
	PID     int      // of the helper, 0 when none runs
	Applied []string // protections in force, as the helper reported
	Tools   int
	Counts  Counts
}

// Counts are of all lives of a server.
type Counts struct {
	Starts     int64
	Violations int64 // lives that ended by a breach of the protocol
	Strays     int64 // answers to nothing, second and late answers
	Dropped    int64 // notifications
	Closed     int64 // the server's requests that were told the channel is closed
	Broken     int64 // calls that ended because the server did not keep to the rounds of questions, or answered at too great length
	Unlogged   int64 // lines of standard error beyond the rate
}

type counters struct {
	starts, violations, strays, dropped, closed, broken, unlogged atomic.Int64
}

func (c *counters) read() Counts {
	return Counts{
		Starts:     c.starts.Load(),
		Violations: c.violations.Load(),
		Strays:     c.strays.Load(),
		Dropped:    c.dropped.Load(),
		Closed:     c.closed.Load(),
		Broken:     c.broken.Load(),
		Unlogged:   c.unlogged.Load(),
	}
}
