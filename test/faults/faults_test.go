//go:build linux

package faults

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"argus/internal/installed"
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
	// unseen is a fault of which the plugin has nothing to tell: what shows that it came about is in strike.
	unseen bool
	// brief is a fault that is over so fast that a use beside it may be served or not.
	brief bool
	// longer is by how much the daemon may take longer to go on by itself.
	longer time.Duration
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
		{name: "never answers", longer: 15 * time.Second}, // what a sink is given has 30 s
		{name: "stopped", strike: stop, heal: resume, unseen: true},
		{name: "not serving", strike: denyHealth, unseen: true},
	},
	{
		{name: "slowed", bears: []string{"oracle", "sandbox", "registry", "audit"}},
		{name: "another nonce", spares: []string{"registry", "audit"}}, // have none
		{name: "another question", spares: []string{"registry"}},       // says what it holds, whoever asks
		{name: "answers twice", bears: []string{"oracle"}, rounds: 3},
		{name: "exits at start", strike: exitAtStart, heal: startWell, unseen: true},
	},
	{
		{name: "floods", bears: []string{"oracle", "sandbox", "registry", "audit"}},
		{name: "too big", rounds: 3},
		{name: "garbage", rounds: 3},
		{name: "closes", rounds: 3},
		{name: "dies when asked"},
		{name: "killed", strike: kill, heal: func(*testing.T, *world) {}, brief: true, rounds: 3, unseen: true},
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
	w.struck = time.Now()
	daemon.Until(t, "the plugin fails to start", func() bool { return w.exits() >= 3 })
}

// startWell ends a time in which the plugin was started no oftener than pauses that double allow.
func startWell(t *testing.T, w *world) {
	t.Helper()
	const least = 50 * time.Millisecond // half of the first pause
	exits, took := w.exits(), time.Since(w.struck)
	most := 0
	for pause, sum := least, time.Duration(0); sum+pause <= took; pause *= 2 {
		sum += pause
		most++
	}
	if exits > most {
		t.Errorf("a plugin that exits was started %d times in %s, which is more than %d", exits, took, most)
	}
	w.order(t, "")
}

// exits is how often the plugin has failed to start.
func (w *world) exits() int {
	exits, _ := os.ReadFile(w.Path("faulty.exits"))
	return len(exits)
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
				w.recovers(t, fault{name: "nothing"})
				before := w.measure(t)
				w.up(t)
				w.connect(t)
				w.awaitServers(t)
				w.recovers(t, fault{name: "a start"})
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
	needing, spared := w.begin(t, w.kind.uses, w.kind.crowd), w.begin(t, w.kind.spared, 0)
	w.forget(t)
	if f.strike != nil {
		f.strike(t, w)
	} else {
		w.obeys(t, f.name)
	}
	if w.kind.need != nil {
		w.kind.need(t, w, !bears && !f.brief)
	}
	need := func(err error) string {
		switch {
		case f.brief:
			return ""
		case bears && err != nil:
			return "it came to nothing"
		case !bears && err == nil:
			return "the daemon goes on as if nothing were wrong"
		case !bears && !strings.Contains(err.Error(), f.says[w.kind.name]):
			return fmt.Sprintf("the error does not say %q", f.says[w.kind.name])
		}
		return ""
	}
	goOn := func(err error) string {
		if err != nil {
			return "it needs no " + w.kind.name
		}
		return ""
	}
	var both sync.WaitGroup
	both.Go(func() { w.finish(t, f, needing, need) })
	both.Go(func() { w.finish(t, f, spared, goOn) })
	both.Wait()
	if !f.unseen && !w.done(t, f.name) {
		t.Errorf("%s: it was done to no answer", f.name)
	}
	if f.heal != nil {
		f.heal(t, w)
	} else {
		w.order(t, "")
	}
	w.recovers(t, f)
}

// begun is a use that is to meet a fault.
type begun struct {
	use
	finish func() error
}

// begin begins every use, and as many as are wanted at least.
func (w *world) begin(t *testing.T, uses []use, least int) (all []begun) {
	t.Helper()
	for i := 0; len(uses) > 0 && i < max(least, len(uses)); i++ {
		u := uses[i%len(uses)]
		all = append(all, begun{u, u.begin(t, w)})
	}
	return all
}

// finish has the uses go on, all at once, and judges what becomes of each.
func (w *world) finish(t *testing.T, f fault, all []begun, wrong func(error) string) {
	t.Helper()
	var crowd sync.WaitGroup
	for _, b := range all {
		crowd.Go(func() {
			since := time.Now()
			err := b.finish()
			took := time.Since(since)
			if what := wrong(err); what != "" {
				t.Errorf("%s: %s: %s: %v", f.name, b.name, what, err)
			}
			if took > w.kind.within {
				t.Errorf("%s: %s: it took %s, which is more than %s", f.name, b.name, took, w.kind.within)
			}
			t.Logf("%-18s %-22s after %4.1f s: %.120v", f.name, b.name, took.Seconds(), err)
		})
	}
	crowd.Wait()
}

// recovers demands that the plugin serves again, and nobody has done anything for it.
func (w *world) recovers(t *testing.T, from fault) {
	t.Helper()
	since := time.Now()
	for err := w.kind.serves(t, w); err != nil; err = w.kind.serves(t, w) {
		waited := time.Since(since)
		if waited > recovery+from.longer {
			t.Fatalf("%s: not within %s after it: %v", from.name, waited, err)
		}
		time.Sleep(installed.Pause(waited))
	}
	t.Logf("%-18s serves %4.1f s later", from.name, time.Since(since).Seconds())
}
