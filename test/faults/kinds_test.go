package faults

import (
	"errors"
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"argus/test/daemon"
)

// kind is a kind of plugins, and what shows from outside whether one of them serves.
type kind struct {
	name, real string
	// table configures the plugin, up to its checksum, where argus init does not.
	table string
	// prepare makes something that will need the plugin; before the fault. It may be nil.
	prepare func(*testing.T, *world)
	// need makes the daemon need the plugin, and waits until it knows that it gets nothing if that is so; in the fault. It may be nil.
	need func(t *testing.T, w *world, nothing bool)
	// served is nil when the plugin has served just now.
	served func(*testing.T, *world) error
	// spared is what goes on without the plugin. It may be nil.
	spared func(*testing.T, *world) error
	// crowd is how many at once are not served in a fault; 0 is one.
	crowd int
	// stubs is how many servers take their turns, one for each fault, because each fault lengthens the pause before the next start of a
	// server. 0 is one for all.
	stubs int
	// once is a kind that suffers no fault several times in a row.
	once bool
}

var kinds = []kind{
	{
		name: "oracle", real: "oracle-cedar",
		served: func(t *testing.T, w *world) error { return w.call(t, w.stub()) },
		crowd:  6, // fewer unanswered questions than make the daemon start an oracle again
	},
	{
		name: "sandbox", real: "sandbox-landlock",
		need:   startServerAgain,
		served: func(t *testing.T, w *world) error { return w.call(t, w.stub()) },
		spared: func(t *testing.T, w *world) error { return w.call(t, other) },
		stubs:  6,
		once:   true,
	},
	{
		name: "registry", real: "registry-git",
		prepare: func(t *testing.T, w *world) {
			w.register(t, other, unknown)
			daemon.Until(t, "nobody has approved the tool", func() bool { return !w.Tool(t, other, post).Callable() })
		},
		served: approve,
		spared: func(t *testing.T, w *world) error { return w.call(t, w.stub()) },
	},
	{
		name: "audit", real: "audit-sqlite",
		table:  "[[plugin]]\nkind = \"audit\"\nsettings = { file = \"state/audit/events.db\" }\nrequired = true\nmax_lag = 100\n",
		need:   lag,
		served: keeps,
		once:   true,
	},
}

// startServerAgain kills a server, whose next start needs a plan.
func startServerAgain(t *testing.T, w *world, nothing bool) {
	t.Helper()
	before := w.Status(t).Server(w.stub())
	if err := syscall.Kill(before.PID, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	daemon.Until(t, "the server is started again, or cannot be", func() bool {
		now := w.Status(t).Server(w.stub())
		if nothing {
			return strings.Contains(now.Detail, "plan the confinement")
		}
		return now.Restarts > before.Restarts
	})
}

// approve pins a tool that was not, and uses it.
func approve(t *testing.T, w *world) error {
	t.Helper()
	if _, err := w.Try("registry", "pin", other, "--yes"); err != nil {
		return err
	}
	if !w.Tool(t, other, post).Callable() {
		return errors.New("what was approved is not in force yet")
	}
	return w.call(t, other)
}

// lag has the agent make calls until the daemon allows no more, since the sink keeps nothing.
func lag(t *testing.T, w *world, nothing bool) {
	t.Helper()
	if !nothing {
		return
	}
	for range 200 { // a call is two records, so a quarter of them is over max_lag
		if w.call(t, w.stub()) != nil {
			return
		}
	}
	t.Error("a required sink may lag for ever")
}

// keeps makes a call and demands that the sink has it and every one before, each once.
func keeps(t *testing.T, w *world) error {
	t.Helper()
	if err := w.call(t, w.stub()); err != nil {
		return err
	}
	started := len(daemon.Starts(w.Steps(t)))
	for begun := time.Now(); ; {
		found, err := w.Try("audit", "query", "--what", "started", "--limit", "1000", "--json")
		if err != nil {
			return err
		}
		kept, waited := strings.Count(found, "\n"), time.Since(begun)
		if kept == started {
			return nil
		}
		if waited > 2*time.Second {
			return fmt.Errorf("the sink tells of %d starts and not of %d", kept, started)
		}
		time.Sleep(daemon.Pause(waited))
	}
}
