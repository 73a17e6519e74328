//go:build linux

package faults

import (
	"slices"
	"testing"
	"time"

	"argus/test/daemon"
)

// Of an outage so long that the pauses between the attempts to start a server have become as long as they get.
const (
	outage = 30 * time.Second
	prompt = 3 * time.Second // from the plugin's return until every server is ready
	storm  = 20              // starts of one server, at most
)

// TestServersStartWhenTheSandboxIsBack keeps the sandbox away from servers that have to start.
func TestServersStartWhenTheSandboxIsBack(t *testing.T) {
	t.Parallel()
	k := kindOf(t, "sandbox")
	w := newWorld(t, k)
	exitAtStart(t, w)
	for range w.servers[1:] { // all but the other
		w.turn++
		startServerAgain(t, w, true)
	}
	before := w.Status(t)
	time.Sleep(outage)
	if err := w.call(t, other); err != nil {
		t.Errorf("a server that runs: %v", err)
	}
	w.order(t, "")
	daemon.Until(t, "the sandbox is back", func() bool { return w.Status(t).Plugin(faulty).State == "running" })
	back := time.Now()
	w.awaitServers(t)
	if took := time.Since(back); took > prompt {
		t.Errorf("the servers were ready %s after the sandbox was back", took)
	}
	for _, s := range w.Status(t).Servers {
		if more := s.Restarts - before.Server(s.Name).Restarts; more > storm {
			t.Errorf("%s was started %d times in %s", s.Name, more, outage)
		}
	}
	for _, name := range w.servers {
		if err := w.call(t, name); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	w.nothingUnrecorded(t)
}

func (w *world) awaitServers(t *testing.T) {
	t.Helper()
	daemon.Until(t, "every server is ready", func() bool {
		return !slices.ContainsFunc(w.Status(t).Servers, func(s daemon.Part) bool { return s.State != "ready" })
	})
}

func kindOf(t *testing.T, name string) kind {
	t.Helper()
	at := slices.IndexFunc(kinds, func(k kind) bool { return k.name == name })
	if at < 0 {
		t.Fatalf("no kind %s", name)
	}
	return kinds[at]
}
