//go:build linux

package faults

import (
	"strings"
	"syscall"
	"testing"
	"time"

	"argus/internal/processes"
	"argus/test/daemon"
)

// ending is how long the daemon may take to end, whatever hangs.
const ending = 10 * time.Second

// TestDaemonEndsWhateverItsPluginsDo has the daemon end, again and again, while what it runs stands still or dies, with uses on their way.
func TestDaemonEndsWhateverItsPluginsDo(t *testing.T) {
	t.Parallel()
	w := newWorld(t, kindOf(t, "audit")) // a daemon with plugins of all kinds
	for _, c := range []struct {
		name           string
		before, within syscall.Signal // 0: none
		servers        bool           // suffer too
	}{
		{name: "nothing"},
		{name: "stopped", before: syscall.SIGSTOP},
		{name: "stopped with a server", before: syscall.SIGSTOP, servers: true},
		{name: "killed", before: syscall.SIGKILL},
		{name: "killed while it ends", within: syscall.SIGKILL, servers: true},
		{name: "stopped while it ends", within: syscall.SIGSTOP, servers: true},
	} {
		w.recovers(t, fault{name: "the start before: " + c.name})
		victims := w.Status(t).Plugins
		if c.servers {
			victims = append(victims, w.Status(t).Server(w.stub()))
		}
		hit := func(s syscall.Signal) {
			for _, v := range victims {
				_ = syscall.Kill(v.PID, s) // one may be gone while the daemon ends
			}
		}
		uses := append(w.begin(t, w.kind.uses, 0), w.begin(t, []use{running(toOther)}, 3)...)
		tree, err := w.daemon.Tree()
		if err != nil || len(tree) < len(victims) {
			t.Fatal(tree, err)
		}
		if c.before != 0 {
			hit(c.before)
		}
		stopping := func() int { return strings.Count(w.daemon.Log(), "argus is stopping\n") }
		before, begun := stopping(), time.Now()
		ended := make(chan struct{})
		go func() { w.daemon.Stop(); close(ended) }()
		if c.within != 0 {
			daemon.Until(t, "the daemon begins to end", func() bool { return stopping() > before || closed(ended) })
			hit(c.within)
		}
		<-ended
		if took := time.Since(begun); took > ending {
			t.Errorf("%s: it took %s to end", c.name, took)
		}
		t.Logf("%-24s ended after %.1f s", c.name, time.Since(begun).Seconds())
		gone(t, c.name, tree)
		w.finish(t, fault{name: c.name}, uses, func(error) string { return "" })
		w.up(t)
		w.connect(t)
		w.awaitServers(t)
	}
	w.recovers(t, fault{name: "the last start"})
	w.nothingUnrecorded(t)
}

func closed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// gone demands that none of the processes is left. The kernel may still be about to end some.
func gone(t *testing.T, after string, pids []int) {
	t.Helper()
	for begun := time.Now(); len(pids) > 0; {
		if processes.Lives(pids[0]) {
			if time.Since(begun) > 2*time.Second {
				t.Errorf("%s: process %d is left", after, pids[0])
				return
			}
			time.Sleep(10 * time.Millisecond)
			continue
		}
		pids = pids[1:]
	}
}
