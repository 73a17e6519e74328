//go:build linux

package main_test

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"errors"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"argus/internal/processes"
)

// bound is how long anything of a server may outlive its daemon.
const bound = 2 * time.Second

// family is a daemon, its helper, and a server with two orphans, each in a session of its own, that ignore polite signals.
type family struct {
	daemon *running
	helper int
	server []int
	ended  chan time.Time // the last process that held standard output ended
}

func newFamily(t *testing.T, w *world, argv ...string) *family {
	t.Helper()
	text, err := w.profile.Encode()
	w.must(t, err)
	out, theirs, err := os.Pipe()
	w.must(t, err)
	stdin, held, err := os.Pipe()
	w.must(t, err)
	f := &family{ended: make(chan time.Time, 1)}
	f.daemon = w.start(t, append([]string{"host", built.helper, text, w.outside + "/file"}, argv...), stdin, theirs)
	theirs.Close()
	stdin.Close()
	t.Cleanup(func() {
		held.Close()
		_ = f.daemon.cmd.Process.Kill()
		_ = f.daemon.cmd.Wait()
	})
	lines := bufio.NewReader(out)
	f.server = readIDs(t, lines)
	f.helper = onlyChild(t, f.daemon.cmd.Process.Pid)
	go func() {
		_, _ = io.Copy(io.Discard, lines)
		f.ended <- time.Now()
	}()
	return f
}

// readIDs reads three process ids.
func readIDs(t *testing.T, lines *bufio.Reader) []int {
	t.Helper()
	var ids []int
	for range 3 {
		line, err := lines.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		id, err := strconv.Atoi(strings.TrimSpace(line))
		if err != nil {
			t.Fatalf("not a process id: %q", line)
		}
		ids = append(ids, id)
	}
	return ids
}

func onlyChild(t *testing.T, pid int) int {
	t.Helper()
	tasks, err := os.ReadDir("/proc/" + strconv.Itoa(pid) + "/task")
	if err != nil {
		t.Fatal(err)
	}
	for _, task := range tasks {
		text, _ := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/task/" + task.Name() + "/children")
		if child, err := strconv.Atoi(strings.TrimSpace(string(text))); err == nil {
			return child
		}
	}
	t.Fatalf("process %d has no child", pid)
	return 0
}

// mustBeGone waits until nothing of the family is left. The daemon must be gone or have been told.
func (f *family) mustBeGone(t *testing.T, since time.Time) {
	t.Helper()
	select {
	case at := <-f.ended:
		t.Logf("gone after %v", at.Sub(since).Round(time.Millisecond))
	case <-time.After(bound):
		t.Fatal("standard output is still held")
	}
	for _, id := range append(f.server, f.helper) {
		for processes.Lives(id) {
			if time.Since(since) > bound {
				t.Fatalf("process %d is left", id)
			}
			time.Sleep(time.Millisecond)
		}
	}
}

// TestNothingOutlivesTheDaemon ends the daemon in every way that a daemon ends.
func TestNothingOutlivesTheDaemon(t *testing.T) {
	ends := map[string]func(*testing.T, *family){
		"kill -9 of the daemon": func(t *testing.T, f *family) { kill(t, f.daemon.cmd.Process.Pid, unix.SIGKILL) },
		"SIGTERM to the helper": func(t *testing.T, f *family) { kill(t, f.helper, unix.SIGTERM) },
		"the server's own end":  func(t *testing.T, f *family) { kill(t, f.server[0], unix.SIGKILL) },
	}
	for _, u := range users() {
		for name, end := range ends {
			t.Run(u.name+"/"+name, func(t *testing.T) {
				w := newWorld(t, u)
				bystander := w.bystander(t)
				f := newFamily(t, w, built.probe, "orphans", built.probe)
				f.mainFirst(t)
				since := time.Now()
				end(t, f)
				f.mustBeGone(t, since)
				id, _ := strconv.Atoi(bystander)
				if !processes.Lives(id) {
					t.Error("a process that is none of the server's was ended too")
				}
			})
		}
	}
}

// mainFirst puts the server's first process in front: the helper's only child that is no orphan is the one that started the
// others, whose session is the daemon's.
func (f *family) mainFirst(t *testing.T) {
	t.Helper()
	session, err := unix.Getsid(f.helper)
	if err != nil {
		t.Fatal(err)
	}
	for i, id := range f.server {
		if s, err := unix.Getsid(id); err == nil && s == session {
			f.server[0], f.server[i] = f.server[i], f.server[0]
			return
		}
	}
	t.Fatal("no process of the server is in the daemon's session")
}

func kill(t *testing.T, pid int, s unix.Signal) {
	t.Helper()
	if err := unix.Kill(pid, s); err != nil {
		t.Fatal(err)
	}
}

// TestParentDeathAloneEndsTheServer keeps the lifeline open while the daemon dies, as a leaked descriptor would.
func TestParentDeathAloneEndsTheServer(t *testing.T) {
	w := newWorld(t, users()[0])
	t.Setenv("LIFELINE", "stdin")
	f := newFamily(t, w, built.probe, "orphans", built.probe)
	since := time.Now()
	kill(t, f.daemon.cmd.Process.Pid, unix.SIGKILL)
	f.mustBeGone(t, since)
}

// TestForkingChainIsCaught has a process that forks and exits without end, so that no list of processes ever holds it.
func TestForkingChainIsCaught(t *testing.T) {
	w := newWorld(t, users()[0])
	d := w.direct(t, nil, built.probe, "chain", built.probe)
	if _, err := d.out.ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	since := time.Now()
	d.lifeline.Close()
	if _, err := io.Copy(io.Discard, d.out); err != nil {
		t.Fatal(err)
	}
	d.wait()
	if took := time.Since(since); took > bound {
		t.Errorf("the chain went on for %v", took)
	}
}

// direct is a helper that the test starts itself. The world must be of the user of the test, who plays the daemon.
type direct struct {
	cmd      *exec.Cmd
	out      *bufio.Reader
	lifeline *os.File
}

func (w *world) direct(t *testing.T, stdin io.Reader, argv ...string) *direct {
	t.Helper()
	text, err := w.profile.Encode()
	w.must(t, err)
	lifeline, held, err := os.Pipe()
	w.must(t, err)
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	w.must(t, err)
	out, theirs, err := os.Pipe()
	w.must(t, err)
	w.must(t, out.SetReadDeadline(time.Now().Add(20*time.Second)))
	cmd := exec.Command(built.helper, append([]string{"--profile", text, "--report-fd", "3", "--lifeline-fd", "4", "--"}, argv...)...)
	cmd.Stdin, cmd.Stdout = stdin, theirs
	cmd.ExtraFiles = []*os.File{null, lifeline}
	w.must(t, cmd.Start())
	for _, f := range []*os.File{lifeline, null, theirs} {
		f.Close()
	}
	t.Cleanup(func() { held.Close(); out.Close() })
	return &direct{cmd, bufio.NewReader(out), held}
}

func (d *direct) wait() int {
	var ended *exec.ExitError
	if err := d.cmd.Wait(); err != nil && !errors.As(err, &ended) {
		return -1
	}
	return d.cmd.ProcessState.ExitCode()
}

// TestStreamsAreTheServersOwn sends bytes through and wants them back untouched.
func TestStreamsAreTheServersOwn(t *testing.T) {
	w := newWorld(t, users()[0])
	sent := make([]byte, 1<<20)
	if _, err := rand.Read(sent); err != nil {
		t.Fatal(err)
	}
	d := w.direct(t, bytes.NewReader(sent), built.probe, "echo")
	got, err := io.ReadAll(d.out)
	if err != nil || !bytes.Equal(got, sent) {
		t.Errorf("%d bytes came back of %d: %v", len(got), len(sent), err)
	}
	if status := d.wait(); status != 0 {
		t.Errorf("status %d", status)
	}
}

// TestClosedStreamIsSeen has a server that closes its standard output and stays: the helper must not hold it open.
func TestClosedStreamIsSeen(t *testing.T) {
	w := newWorld(t, users()[0])
	d := w.direct(t, nil, built.probe, "close-stdio")
	if _, err := io.ReadAll(d.out); err != nil {
		t.Fatal("standard output does not end:", err)
	}
	if !processes.Lives(d.cmd.Process.Pid) {
		t.Error("the server ended instead")
	}
	d.lifeline.Close()
	if status := d.wait(); status != 128+int(unix.SIGKILL) {
		t.Errorf("status %d of a server that was killed", status)
	}
}

// TestExitStatusIsTheServers passes what the daemon wants to know.
func TestExitStatusIsTheServers(t *testing.T) {
	w := newWorld(t, users()[0])
	for want, argv := range map[int][]string{0: {"exit", "0"}, 7: {"exit", "7"}, 255: {"exit", "255"}, 137: {"die"}} {
		if got := w.confined(t, append([]string{built.probe}, argv...)...); got.status != want {
			t.Errorf("%v: status %d, not %d", argv, got.status, want)
		}
	}
}

// TestForkBombIsBounded tries ten thousand processes.
func TestForkBombIsBounded(t *testing.T) {
	for _, u := range users() {
		t.Run(u.name, func(t *testing.T) {
			w := newWorld(t, u)
			w.profile.MaxProcesses = 20
			got := w.confined(t, built.probe, "bomb", built.probe, "10000")
			had, err := strconv.Atoi(strings.TrimSpace(got.output))
			if err != nil {
				t.Fatal(oneLine(got))
			}
			if had < 10 || had > 20 {
				t.Errorf("it had %d processes, of 20", had)
			}
		})
	}
}

// TestProcessesThatEndedDoNotCount starts far more than the limit, one after another.
func TestProcessesThatEndedDoNotCount(t *testing.T) {
	w := newWorld(t, users()[0])
	w.profile.MaxProcesses = 4
	if got := w.confined(t, built.probe, "one-by-one", "500"); got.status != could {
		t.Error(oneLine(got))
	}
}

// TestThreadBombIsBounded tries a thousand threads in a server of one process, which may have 32.
func TestThreadBombIsBounded(t *testing.T) {
	w := newWorld(t, users()[0])
	w.profile.MaxProcesses = 1
	if got := w.confined(t, built.probe, "threads", "1000"); got.status == could {
		t.Error("it had a thousand threads")
	}
	if got := w.free(t, built.probe, "threads", "1000"); got.status != could {
		t.Logf("not tried: a thousand threads: %s", oneLine(got))
	}
}
