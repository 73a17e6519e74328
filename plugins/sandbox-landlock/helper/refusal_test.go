//go:build linux

package main_test

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"argus/plugins/sandbox-landlock/internal/profile"
)

const didNotRun = 125

// TestServerDoesNotRunWhenSomethingCannotBeEnforced wants a report with an error, and no sign of the program.
func TestServerDoesNotRunWhenSomethingCannotBeEnforced(t *testing.T) {
	w := newWorld(t, users()[0])
	w.must(t, os.Symlink(w.outside, w.data+"/link"))
	good := w.profile
	for name, change := range map[string]func(*profile.Profile){
		"a read path that does not exist":        func(p *profile.Profile) { p.Read = []string{w.outside + "/absent"} },
		"a write path that does not exist":       func(p *profile.Profile) { p.Write = []string{w.outside + "/absent"} },
		"a scratch folder that does not exist":   func(p *profile.Profile) { p.Scratch = w.outside + "/absent" },
		"a path through a symbolic link":         func(p *profile.Profile) { p.Write = []string{w.data + "/link"} },
		"a read path below a symbolic link":      func(p *profile.Profile) { p.Read = []string{w.data + "/link/file"} },
		"a scratch folder that is symbolic link": func(p *profile.Profile) { p.Scratch = w.data + "/link" },
	} {
		w.profile = good
		change(&w.profile)
		got := w.confined(t, "/bin/echo", "it ran")
		if got.status != didNotRun || got.err == nil || strings.Contains(got.output, "it ran") {
			t.Errorf("%s: status %d, report %v, output %q", name, got.status, got.err, got.output)
		}
	}
	w.profile = good
	if got := w.confined(t, "/bin/echo", "it ran"); got.status != 0 || got.err != nil || got.output != "it ran\n" {
		t.Errorf("control: %+v", got)
	}
}

// TestReportListsWhatWasPromised compares it for both kinds of profile.
func TestReportListsWhatWasPromised(t *testing.T) {
	w := newWorld(t, users()[0])
	for _, network := range []bool{false, true} {
		w.profile.Network = network
		got := w.confined(t, built.probe, "exit", "0")
		if missing := got.report.Missing(w.profile.Promised()); got.err != nil || len(missing) > 0 {
			t.Errorf("network %v: not reported: %v (%v)", network, missing, got.err)
		}
		w.profile.Network = false
		if network && len(got.report.Missing(w.profile.Promised())) == 0 {
			t.Error("a server with network is reported as one without")
		}
	}
}

// TestHelperInsideASandboxRefuses runs the helper where a layer is missing: inside another one of its kind it can neither count
// processes nor install its listener. It must say so and not run the program with less.
func TestHelperInsideASandboxRefuses(t *testing.T) {
	w := newWorld(t, users()[0])
	text, err := w.profile.Encode()
	w.must(t, err)
	w.profile.Read = append(w.profile.Read, built.folder)
	got := w.confined(t, "/bin/sh", "-c", `"$0" --profile "$1" --report-fd 3 --lifeline-fd 4 -- /bin/echo it ran 3>"$2/report" 4</dev/zero`,
		built.helper, text, w.scratch)
	told, err := os.ReadFile(w.scratch + "/report")
	w.must(t, err)
	if got.status != didNotRun || !strings.Contains(string(told), `"error"`) || strings.Contains(got.output, "it ran") {
		t.Errorf("status %d, report %s, output %q", got.status, told, got.output)
	}
}

// TestHelperRunsFromSealedMemory starts it as the host does: from a copy that has no name, and whose checksum cannot change.
func TestHelperRunsFromSealedMemory(t *testing.T) {
	w := newWorld(t, users()[0])
	program, err := os.ReadFile(built.helper)
	w.must(t, err)
	fd, err := unix.MemfdCreate("helper", unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
	w.must(t, err)
	memory := os.NewFile(uintptr(fd), "helper")
	defer memory.Close()
	_, err = memory.Write(program)
	w.must(t, err)
	text, err := w.profile.Encode()
	w.must(t, err)
	path := fmt.Sprintf("/proc/%d/fd/%d", os.Getpid(), fd)
	got := w.run(t, []string{"host", path, text, w.outside + "/file", "/bin/echo", "it ran"})
	if got.status != 0 || got.err != nil || got.output != "it ran\n" {
		t.Errorf("%+v", got)
	}
}

// TestMemoryLimitIsSet reads it back from inside.
func TestMemoryLimitIsSet(t *testing.T) {
	w := newWorld(t, users()[0])
	w.profile.MaxMemory = 1 << 30
	got := w.confined(t, "/bin/sh", "-c", "ulimit -v")
	if want := strconv.Itoa(1 << 20); strings.TrimSpace(got.output) != want {
		t.Errorf("%q KiB, not %s: %s", strings.TrimSpace(got.output), want, oneLine(got))
	}
}

// TestServerHasThreeDescriptors looks for others from a confined shell.
func TestServerHasThreeDescriptors(t *testing.T) {
	w := newWorld(t, users()[0])
	got := w.confined(t, "/bin/sh", "-c", "for n in 3 4 5 6 7 8 9; do (: <&$n) 2>/dev/null && echo open $n; done; echo done")
	if got.output != "done\n" {
		t.Errorf("%s", got.output)
	}
}
