//go:build linux

package faults

import (
	"errors"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"argus/internal/processes"
	"argus/test/daemon"
)

// TestNothingIsAllowedThatCannotBeWritten fills the disk under the daemon's state. It ends, as nothing may be allowed any more, and goes on
// where it was once there is room.
func TestNothingIsAllowedThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	k := kindOf(t, "audit") // a daemon with plugins of all kinds
	k.small = true
	w := newWorld(t, k)
	w.recovers(t, fault{name: "nothing"})
	uses := append(w.begin(t, w.kind.uses, 0), w.begin(t, []use{running(toStub)}, 0)...)
	roomAgain := w.fillDisk(t)
	w.finish(t, fault{name: "full disk"}, uses, func(err error) string {
		if err == nil {
			return "the daemon goes on as if there were room"
		}
		return ""
	})
	daemon.Until(t, "the daemon ends", func() bool { return !processes.Lives(w.daemon.PID()) })
	if again, err := w.TryServe(w.owner); err == nil {
		w.daemon = again // there may be room for what a start writes
		if err := w.call(t, other); err == nil {
			t.Error("a daemon that was started on a full disk allows a call")
		}
		w.daemon.Stop()
	}
	roomAgain()
	w.up(t)
	w.connect(t)
	w.recovers(t, fault{name: "full disk"})
	w.nothingUnrecorded(t)
}

// smallDisk is a disk for the state of one daemon.
const smallDisk = "size=64m,mode=0700"

// mountSmall puts the state on a disk of its own, where this user may do so.
func (w *world) mountSmall(t *testing.T) {
	t.Helper()
	state := w.Path("state")
	if err := os.MkdirAll(state, 0o700); err != nil {
		t.Fatal(err)
	}
	err := syscall.Mount("none", state, "tmpfs", 0, smallDisk)
	if errors.Is(err, syscall.EPERM) {
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	w.ownDisk = true
	t.Cleanup(func() { _ = syscall.Unmount(state, unix.MNT_DETACH) })
}

// fillDisk leaves no room for another byte. Whoever may not mount a disk has the kernel end the daemon at its next write to a file, which
// holds as little of the record.
func (w *world) fillDisk(t *testing.T) (roomAgain func()) {
	t.Helper()
	if !w.ownDisk {
		none := unix.Rlimit{Cur: 0, Max: unix.RLIM_INFINITY}
		if err := unix.Prlimit(w.daemon.PID(), unix.RLIMIT_FSIZE, &none, nil); err != nil {
			t.Fatal(err)
		}
		return func() {}
	}
	ballast := w.Path("state/ballast")
	file, err := os.Create(ballast)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for piece := 1 << 20; piece > 0; {
		if _, err := file.Write(make([]byte, piece)); errors.Is(err, syscall.ENOSPC) {
			piece /= 2
		} else if err != nil {
			t.Fatal(err)
		}
	}
	return func() {
		if err := os.Remove(ballast); err != nil {
			t.Fatal(err)
		}
	}
}

// dearth is how long the daemon may open nothing.
const dearth = 5 * time.Second

// TestDaemonWithoutDescriptorsHarmsNothing takes from the daemon the right to open anything, and ends all that it would have to start
// again.
func TestDaemonWithoutDescriptorsHarmsNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, kindOf(t, "audit")) // a daemon with plugins of all kinds
	w.recovers(t, fault{name: "nothing"})
	status := w.Status(t)
	victims := append(status.Plugins, status.Server(w.stub()))
	uses := append(w.begin(t, w.kind.uses, 0), w.begin(t, []use{running(toOther)}, 0)...)
	var before unix.Rlimit
	none := unix.Rlimit{Cur: 3}
	if err := unix.Prlimit(w.daemon.PID(), unix.RLIMIT_NOFILE, nil, &before); err != nil {
		t.Fatal(err)
	}
	none.Max = before.Max
	if err := unix.Prlimit(w.daemon.PID(), unix.RLIMIT_NOFILE, &none, nil); err != nil {
		t.Fatal(err)
	}
	for _, v := range victims {
		if err := syscall.Kill(v.PID, syscall.SIGKILL); err != nil {
			t.Errorf("%s: %v", v.Name, err)
		}
	}
	daemon.Until(t, "the daemon lacks descriptors", func() bool { return strings.Contains(w.daemon.Log(), "too many open files") })
	// Whoever has no connection yet is not answered before the daemon can take one.
	time.AfterFunc(dearth, func() {
		if err := unix.Prlimit(w.daemon.PID(), unix.RLIMIT_NOFILE, &before, nil); err != nil {
			t.Error(err)
		}
	})
	w.kind.within = dearth + recovery
	w.finish(t, fault{name: "no descriptors"}, uses, func(error) string { return "" })
	w.recovers(t, fault{name: "no descriptors"})
	w.awaitServers(t)
	w.nothingUnrecorded(t)
}

// asleep is longer than a question to an oracle may take, and than two checks of a plugin's health.
const asleep = 12 * time.Second

// TestTimeThatWasSleptAwayHarmsNothing has the daemon find that much later it is than it was, as after a machine's sleep.
func TestTimeThatWasSleptAwayHarmsNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, kindOf(t, "audit")) // a daemon with plugins of all kinds
	w.recovers(t, fault{name: "nothing"})
	before := w.Status(t)
	uses := append(w.begin(t, w.kind.uses, 0), w.begin(t, []use{running(toOther)}, 0)...)
	if err := syscall.Kill(w.daemon.PID(), syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(asleep, func() { _ = syscall.Kill(w.daemon.PID(), syscall.SIGCONT) })
	begun := time.Now()
	// A client whose answer meets a connection that the daemon gives up as too slow does not say it again, and waits as long as it waits for anything.
	w.kind.within = asleep + time.Minute + slack
	w.finish(t, fault{name: "asleep"}, uses, func(error) string { return "" })
	if took := time.Since(begun); took < asleep {
		t.Errorf("the daemon answered after %s in its sleep", took)
	}
	w.recovers(t, fault{name: "asleep"})
	after := w.Status(t)
	for _, p := range before.Plugins {
		if now := after.Plugin(p.Name); now.Restarts != p.Restarts || now.PID != p.PID {
			t.Errorf("%s, which did nothing wrong, was started again", p.Name)
		}
	}
	w.nothingUnrecorded(t)
}
