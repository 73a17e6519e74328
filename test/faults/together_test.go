//go:build linux

package faults

import (
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"argus/test/daemon"
)

// rounds is how often everything goes wrong. Each lengthens the pauses before plugins are started again, up to 10 s.
const rounds = 10

// TestPluginsThatGoWrongTogetherHarmNothing kills and stops several plugins at once, and in the end all of them and a server, with uses on
// their way.
func TestPluginsThatGoWrongTogetherHarmNothing(t *testing.T) {
	t.Parallel()
	k := kindOf(t, "audit")                   // a daemon with plugins of all kinds
	k.within = 2 * kindOf(t, "oracle").within // two prompts of one agent take turns, and each asks an oracle that may stand still
	w := newWorld(t, k)
	w.recovers(t, fault{name: "nothing"})
	before := w.measure(t)
	w.up(t)
	w.connect(t)
	w.awaitServers(t)
	w.recovers(t, fault{name: "a start"})
	var early size
	for round := range rounds {
		w.sufferTogether(t, round)
		if round == rounds/2 {
			early = w.weigh(t)
		}
	}
	w.nothingUnrecorded(t)
	after := w.measure(t)
	before.grownTo(t, after)
	early.goroutines = after.goroutines
	early.grownTo(t, after)
}

// sufferTogether kills one plugin and stops the next, and in every third round kills all.
func (w *world) sufferTogether(t *testing.T, round int) {
	t.Helper()
	f := fault{name: "together", brief: true}
	status := w.Status(t)
	parts := status.Plugins
	victims := []daemon.Part{parts[round%len(parts)], parts[(round+1+round/len(parts))%len(parts)]}
	signals := []syscall.Signal{syscall.SIGKILL, syscall.SIGSTOP}
	if round%3 == 2 {
		victims = append(slices.Clone(parts), status.Server(w.stub()))
		signals = slices.Repeat([]syscall.Signal{syscall.SIGKILL}, len(victims))
	}
	needing, running := w.begin(t, w.kind.uses, 2*len(w.kind.uses)), w.begin(t, []use{running(toOther)}, 3)
	var names []string
	for i, v := range victims {
		names = append(names, signals[i].String()+" "+v.Name)
		if err := syscall.Kill(v.PID, signals[i]); err != nil {
			t.Errorf("%s: %v", v.Name, err)
		}
	}
	f.name = strings.Join(names, ", ")
	var all sync.WaitGroup
	all.Go(func() { w.finish(t, f, needing, func(error) string { return "" }) })
	all.Go(func() {
		w.finish(t, f, running, func(err error) string {
			if err != nil {
				return "it needs no plugin"
			}
			return ""
		})
	})
	all.Wait()
	for _, v := range victims {
		_ = syscall.Kill(v.PID, syscall.SIGCONT) // gone already, or stopped
	}
	w.recovers(t, f)
	w.awaitServers(t)
	if err := w.call(t, w.stub()); err != nil {
		t.Errorf("%s: %v", f.name, err)
	}
}
