package faults

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"argus/test/daemon"
)

// recovery is how long the daemon may take to go on by itself once a plugin is well.
const recovery = 20 * time.Second

// fault is one way to go wrong.
type fault struct {
	name string
	// strike begins it. Nil: the plugin is told its name.
	strike func(*testing.T, *world)
	// heal ends it. Nil: the plugin is told to be well.
	heal func(*testing.T, *world)
	// bears are the kinds which it keeps from nothing.
	bears []string
	// spares are the kinds of which it cannot be said.
	spares []string
	// says is what is told of it to a person who waited for a plugin of a kind.
	says map[string]string
	// brief is a fault that is over so fast that a call beside it may be served or not.
	brief bool
	// rounds is how often in a row; 0 is once.
	rounds int
}

// groups suffer one after the other in the same daemon. What ends a plugin comes last, since each end in a row lengthens the pause
// before the next start.
var groups = [][]fault{
	{
		{name: "answers late", says: map[string]string{"registry": "pin: timeout"}},
	},
	{
		{name: "stopped", strike: stop, heal: resume},
		{name: "not serving", strike: denyHealth},
	},
	{
		{name: "slowed", bears: []string{"oracle", "sandbox", "registry", "audit"}},
		{name: "another nonce", spares: []string{"registry", "audit"}},    // have none
		{name: "another question", spares: []string{"registry", "audit"}}, // do not say which they answer
		{name: "answers twice", bears: []string{"oracle"}, rounds: 3},
		{name: "exits at start", strike: exitAtStart},
	},
	{
		{name: "floods", bears: []string{"oracle", "sandbox", "registry", "audit"}},
		{name: "too big", rounds: 3},
		{name: "garbage", rounds: 3},
		{name: "closes", rounds: 3},
		{name: "killed", strike: kill, heal: func(*testing.T, *world) {}, brief: true, rounds: 3},
	},
}

func kill(t *testing.T, w *world) { w.signal(t, syscall.SIGKILL) }

// stop waits until every thread of the plugin has taken notice: on a busy machine some run on for a while.
func stop(t *testing.T, w *world) {
	t.Helper()
	pid := w.signal(t, syscall.SIGSTOP)
	daemon.Until(t, "the plugin stands still", func() bool {
		threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", pid))
		if err != nil {
			t.Fatal(err)
		}
		return !slices.ContainsFunc(threads, func(path string) bool {
			stat, err := os.ReadFile(path)
			_, state, _ := strings.Cut(string(stat), ") ")
			return err == nil && !strings.HasPrefix(state, "T")
		})
	})
}

// signal sends a signal to the plugin's process.
func (w *world) signal(t *testing.T, s syscall.Signal) (pid int) {
	t.Helper()
	pid = w.pid(t)
	if err := syscall.Kill(pid, s); err != nil {
		t.Fatal(err)
	}
	return pid
}

// resume lets a stopped process go on, if the daemon has not put another in its place.
func resume(t *testing.T, w *world) {
	if pid := w.Status(t).Plugin(faulty).PID; pid != 0 {
		_ = syscall.Kill(pid, syscall.SIGCONT)
	}
}

// exitAtStart ends a plugin that then fails to start three times at least.
func exitAtStart(t *testing.T, w *world) {
	t.Helper()
	w.order(t, "exits at start")
	w.signal(t, syscall.SIGKILL)
	daemon.Until(t, "the plugin fails to start", func() bool {
		exits, _ := os.ReadFile(w.Path("faulty.exits"))
		return len(exits) >= 3
	})
}

// denyHealth waits until the daemon has given up on a plugin that says that it does not serve.
func denyHealth(t *testing.T, w *world) {
	t.Helper()
	w.obeys(t, "not serving")
	daemon.Until(t, "the daemon takes the plugin at its word", func() bool {
		return w.Status(t).Plugin(faulty).State != "running"
	})
}

func TestPluginsThatGoWrongHarmNothing(t *testing.T) {
	for _, group := range groups {
		for _, k := range kinds {
			t.Run(k.name+": "+names(group), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, k)
				w.recovers(t, "nothing")
				before := w.measure(t)
				w.up(t)
				w.connect(t)
				w.recovers(t, "a start")
				for _, f := range group {
					w.sufferAll(t, f)
				}
				w.nothingUnrecorded(t)
				before.grownTo(t, w.measure(t))
			})
		}
	}
}

func names(group []fault) string {
	var all []string
	for _, f := range group {
		all = append(all, f.name)
	}
	return strings.Join(all, ", ")
}

// sufferAll is one fault as often as it is suffered in a row. That the plugin serves was seen before, and at the end of each.
func (w *world) sufferAll(t *testing.T, f fault) {
	t.Helper()
	if slices.Contains(f.spares, w.kind.name) {
		return
	}
	rounds := max(f.rounds, 1)
	if w.kind.once {
		rounds = 1
	}
	for range rounds {
		w.turn++
		w.suffer(t, f)
	}
}

func (w *world) suffer(t *testing.T, f fault) {
	t.Helper()
	bears := slices.Contains(f.bears, w.kind.name)
	if w.kind.prepare != nil {
		w.kind.prepare(t, w)
	}
	if f.strike != nil {
		f.strike(t, w)
	} else {
		w.obeys(t, f.name)
	}
	if w.kind.need != nil {
		w.kind.need(t, w, !bears && !f.brief)
	}
	if bears {
		w.recovers(t, "in it: "+f.name)
	} else {
		w.unserved(t, f)
	}
	if w.kind.spared != nil {
		if err := w.kind.spared(t, w); err != nil {
			t.Errorf("%s: what needs no %s: %v", f.name, w.kind.name, err)
		}
	}
	if f.heal != nil {
		f.heal(t, w)
	} else {
		w.order(t, "")
	}
	w.recovers(t, f.name)
}

// unserved demands that nobody of a crowd is served.
func (w *world) unserved(t *testing.T, f fault) {
	t.Helper()
	begun := time.Now()
	var crowd sync.WaitGroup
	for i := range max(w.kind.crowd, 1) {
		crowd.Go(func() {
			err := w.kind.served(t, w)
			switch {
			case err == nil && !f.brief:
				t.Errorf("%s: the daemon goes on as if nothing were wrong", f.name)
			case err != nil && !strings.Contains(err.Error(), f.says[w.kind.name]):
				t.Errorf("%s: the error does not say %q: %v", f.name, f.says[w.kind.name], err)
			}
			if i == 0 {
				t.Logf("%-26s after %4.1f s: %.120v", f.name, time.Since(begun).Seconds(), err)
			}
		})
	}
	crowd.Wait()
}

// recovers demands that the plugin serves again, and nobody has done anything for it.
func (w *world) recovers(t *testing.T, from string) {
	t.Helper()
	begun := time.Now()
	for err := w.kind.served(t, w); err != nil; err = w.kind.served(t, w) {
		waited := time.Since(begun)
		if waited > recovery {
			t.Fatalf("%s: not within %s after it: %v", from, recovery, err)
		}
		time.Sleep(daemon.Pause(waited))
	}
	t.Logf("%-26s serves %4.1f s later", from, time.Since(begun).Seconds())
}

// nothingUnrecorded holds what the servers say they were asked for against the starts in the journal.
func (w *world) nothingUnrecorded(t *testing.T) {
	t.Helper()
	done, allowed := w.Effects(t, w.servers...), daemon.Starts(w.Steps(t))
	if over := daemon.Beyond(done, allowed); len(over) > 0 {
		t.Errorf("without a start of their own: %v", over)
	}
	made := daemon.Effect{Server: w.stub(), Tool: post, Arguments: "sha256:of-no-call"}
	if over := daemon.Beyond(append(done, made), allowed); len(over) != 1 || over[0] != made {
		t.Errorf("the control, a call that nobody allowed, is not found: %v", over)
	}
	w.nothingInVain(t)
}

// nothingInVain holds the servers' logs against what agents were told of calls that failed.
func (w *world) nothingInVain(t *testing.T) {
	t.Helper()
	var all strings.Builder
	for _, server := range w.servers {
		text, err := os.ReadFile(w.CallLog(server))
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
		all.Write(text)
	}
	played := func(marker string) bool { return strings.Contains(all.String(), fmt.Sprintf("%q", marker)) }
	for _, marker := range w.vain {
		if played(marker) {
			t.Errorf("%s had an effect, and its agent was told that nothing had", marker)
		}
	}
	if last := fmt.Sprintf("call %d", w.calls); !played(last) {
		t.Errorf("the control, %s, is in no log", last)
	}
}
