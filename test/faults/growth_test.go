//go:build linux

package faults

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// Bounds of what a daemon may have more of after its faults than before. Many faults come three times or over a crowd, so that what each of
// them leaves behind adds up. Go keeps memory and threads that it has used, and the plugin's own log counts as the daemon's.
const (
	moreMemory      = 32 << 20
	moreDescriptors = 2
	moreThreads     = 8
	moreProcesses   = 0
	moreFiles       = 0
	moreTheories    = 16 // one for each set of what was approved and heard of meanwhile
	moreState       = 4  // a segment of the journal for each start, a log of the store's
	moreGoroutines  = 4  // so many come and go
	moreLog         = 8 << 20
	moreJournal     = 1 << 10 // for each step
)

// size is what a daemon takes up.
type size struct {
	memory, log, journal                                                int64
	descriptors, threads, processes, files, theories, state, goroutines int
	steps                                                               int
}

// measure tells the size of the daemon, which that ends.
func (w *world) measure(t *testing.T) size {
	t.Helper()
	s := w.weigh(t)
	var err error
	if s.goroutines, err = w.daemon.Goroutines(); err != nil {
		t.Fatal(err)
	}
	return s
}

// weigh tells the size of the daemon but for its goroutines.
func (w *world) weigh(t *testing.T) (s size) {
	t.Helper()
	w.http.CloseIdleConnections() // those of the agents are kept for their next requests
	w.shop.CloseClientConnections()
	time.Sleep(settle)
	var err error
	check := func() {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	s.memory, err = w.daemon.Resident()
	check()
	s.descriptors, err = w.daemon.Descriptors()
	check()
	s.threads, err = w.daemon.Threads()
	check()
	tree, err := w.daemon.Tree()
	check()
	s.processes = len(tree)
	s.files, err = w.Files("state/run")
	check()
	s.theories, err = w.Files("state/theories")
	check()
	s.state, err = w.Files("state")
	check()
	s.state -= s.theories
	s.log = w.bytes(t, w.Beside("log"))
	segments, err := filepath.Glob(w.Path("state/journal/*"))
	check()
	for _, path := range segments {
		s.journal += w.bytes(t, path)
	}
	s.steps = len(w.Steps(t))
	return s
}

func (w *world) bytes(t *testing.T, path string) int64 {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}

// settle is what ends by itself after a call: connections that were given up, and pauses.
const settle = 500 * time.Millisecond

// grownTo demands that a daemon has not grown much.
func (before size) grownTo(t *testing.T, after size) {
	t.Helper()
	t.Logf("before: %+v", before)
	t.Logf("after:  %+v", after)
	for _, m := range []struct {
		what          string
		before, after int64
		more          int64
	}{
		{"bytes of resident memory", before.memory, after.memory, moreMemory},
		{"open descriptors", int64(before.descriptors), int64(after.descriptors), moreDescriptors},
		{"threads", int64(before.threads), int64(after.threads), moreThreads},
		{"processes", int64(before.processes), int64(after.processes), moreProcesses},
		{"files of running plugins", int64(before.files), int64(after.files), moreFiles},
		{"theories", int64(before.theories), int64(after.theories), moreTheories},
		{"other files in the state folder", int64(before.state), int64(after.state), moreState},
		{"goroutines", int64(before.goroutines), int64(after.goroutines), moreGoroutines},
		{"bytes of log", before.log, after.log, moreLog},
		{"bytes of journal", before.journal, after.journal, int64(moreJournal * (after.steps - before.steps))},
	} {
		if m.after > m.before+m.more {
			t.Errorf("%s grew from %d to %d, by more than %d", m.what, m.before, m.after, m.more)
		}
	}
}
