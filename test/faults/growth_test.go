package faults

import (
	"os"
	"testing"
	"time"
)

// Bounds of what a daemon may have more of after its faults than before. Many faults come three times or over a crowd, so that what each of
// them leaves behind adds up. Go keeps memory that it has used, and the plugin's own log counts as the daemon's.
const (
	moreMemory      = 32 << 20
	moreDescriptors = 2
	moreFiles       = 0
	moreGoroutines  = 4 // so many come and go
	moreLog         = 8 << 20
)

// size is what a daemon takes up.
type size struct {
	memory, log                    int64
	descriptors, files, goroutines int
}

// measure tells the size of the daemon, which that ends.
func (w *world) measure(t *testing.T) (s size) {
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
	s.files, err = w.Files("state/run")
	check()
	info, err := os.Stat(w.Beside("log"))
	check()
	s.log = info.Size()
	s.goroutines, err = w.daemon.Goroutines()
	check()
	return s
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
		{"files of running plugins", int64(before.files), int64(after.files), moreFiles},
		{"goroutines", int64(before.goroutines), int64(after.goroutines), moreGoroutines},
		{"bytes of log", before.log, after.log, moreLog},
	} {
		if m.after > m.before+m.more {
			t.Errorf("%s grew from %d to %d, by more than %d", m.what, m.before, m.after, m.more)
		}
	}
}
