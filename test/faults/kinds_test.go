//go:build linux

package faults

import (
	"errors"
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"argus/internal/installed"
	"argus/test/daemon"
)

// kind is a kind of plugins, and what shows from outside whether one of them serves.
type kind struct {
	name, real string
	// table configures the plugin, up to its checksum, where argus init does not.
	table string
	// need makes the daemon need the plugin, and waits until it knows that it gets nothing if that is so; in the fault. It may be nil.
	need func(t *testing.T, w *world, nothing bool)
	// uses need the plugin.
	uses []use
	// served is nil when the plugin has served just now. Nil: every use is.
	served func(*testing.T, *world) error
	// spared are uses that need no plugin of the kind.
	spared []use
	// crowd is how many uses at once meet a fault, at least.
	crowd int
	// within is how long one of them may take to come to nothing.
	within time.Duration
	// stubs is how many servers take their turns, one for each fault, because each end lengthens the pause before the next start of a
	// server. 0 is one for all.
	stubs int
	// small is a daemon whose state lies on a disk of its own.
	small bool
	// once is a kind that suffers no fault several times in a row.
	once bool
}

// slack is what a busy machine may take longer.
const slack = 10 * time.Second

var kinds = []kind{
	{
		name: "oracle", real: "oracle-cedar",
		uses:   []use{calling, answering, prompting, handing},
		spared: []use{running(toStub)},
		crowd:  6, // fewer unanswered questions than make the daemon start an oracle again
		within: 5*time.Second + slack,
	},
	{
		name: "sandbox", real: "sandbox-landlock",
		need:   startServerAgain,
		uses:   []use{calling},
		spared: []use{running(toOther), answering, prompting, handing},
		within: slack,
		stubs:  6,
		once:   true,
	},
	{
		name: "registry", real: "registry-git",
		uses:   []use{approving},
		served: approve,
		spared: []use{running(toStub), calling, answering, prompting, handing},
		within: 30*time.Second + slack,
	},
	{
		name: "audit", real: "audit-sqlite",
		table:  "[[plugin]]\nkind = \"audit\"\nsettings = { file = \"state/audit/events.db\" }\nrequired = true\nmax_lag = 100\n",
		need:   lag,
		uses:   []use{calling, answering, prompting, handing},
		served: keeps,
		spared: []use{running(toStub)},
		within: slack,
		once:   true,
	},
}

func toStub(w *world) string { return w.stub() }
func toOther(*world) string  { return other }

// approving meets the fault before a person approves a tool that nobody has.
var approving = use{"an approval", func(t *testing.T, w *world) func() error {
	w.register(t, other, approval(post, unknown))
	daemon.Until(t, "nobody has approved the tool", func() bool { return !w.Tool(t, other, post).Callable() })
	return func() error { return approve(t, w) }
}}

// serves is nil when the plugin has served just now.
func (k kind) serves(t *testing.T, w *world) error {
	t.Helper()
	if k.served != nil {
		return k.served(t, w)
	}
	for _, u := range k.uses {
		if err := u.whole(t, w); err != nil {
			return err
		}
	}
	return nil
}

// soon is how long what a plugin has taken may take until it shows.
const soon = 2 * time.Second

// startServerAgain kills a server, whose next start needs a plan.
func startServerAgain(t *testing.T, w *world, nothing bool) {
	t.Helper()
	before := w.Status(t).Server(w.stub())
	if err := syscall.Kill(before.PID, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	daemon.Until(t, "the server is ready again, or cannot be started", func() bool {
		now := w.Status(t).Server(w.stub())
		if nothing {
			return strings.Contains(now.Detail, "plan the confinement")
		}
		return now.Restarts > before.Restarts && now.State == "ready"
	})
}

// approve pins a tool that was not, and uses it.
func approve(t *testing.T, w *world) error {
	t.Helper()
	if _, err := w.Try("registry", "pin", other, "--yes"); err != nil {
		return err
	}
	for begun := time.Now(); !w.Tool(t, other, post).Callable(); {
		waited := time.Since(begun)
		if waited > soon {
			return errors.New("what was approved is not in force")
		}
		time.Sleep(installed.Pause(waited))
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
		if waited > soon {
			return fmt.Errorf("the sink tells of %d starts and not of %d", kept, started)
		}
		time.Sleep(installed.Pause(waited))
	}
}
