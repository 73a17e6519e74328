//go:build linux

package main_test

import (
	"os"
	"os/exec"
	"slices"
	"testing"
	"time"
)

// BenchmarkStart is what the sandbox adds to the start of a server: the median from starting the helper to its end, for a program
// that ends at once, less the median of that program alone. Run it with -benchtime=20x.
func BenchmarkStart(b *testing.B) {
	w := newWorld(b, users()[0])
	text, err := w.profile.Encode()
	w.must(b, err)
	lifeline, held, err := os.Pipe()
	w.must(b, err)
	defer held.Close()
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	w.must(b, err)
	run := func(argv ...string) time.Duration {
		cmd := exec.Command(argv[0], argv[1:]...)
		cmd.ExtraFiles = []*os.File{null, lifeline}
		since := time.Now()
		w.must(b, cmd.Run())
		return time.Since(since)
	}
	var alone, confined []time.Duration
	for b.Loop() {
		alone = append(alone, run("/bin/true"))
		confined = append(confined, run(built.helper, "--profile", text, "--report-fd", "3", "--lifeline-fd", "4", "--", "/bin/true"))
	}
	slices.Sort(alone)
	slices.Sort(confined)
	added := confined[len(confined)/2] - alone[len(alone)/2]
	b.ReportMetric(float64(added.Microseconds())/1000, "added-ms/start")
	b.ReportMetric(0, "ns/op")
}
