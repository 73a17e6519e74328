//go:build linux

// Package supervise is the part of the helper that stays outside the sandbox of a server: it starts the confined process, counts
// what it starts, and ends all of it when the daemon, the server or the order to stop says so.
//
// It trusts the daemon and the kernel, and nothing that the server does: all that comes from the server are the kernel's questions
// about new processes, and about modes and times of files, which it changes itself where the server may write. It never touches standard input, output or error, which are between the daemon and the server.
package supervise

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Order says what to start and how to know that the daemon is gone.
type Order struct {
	Arguments []string // of this same program: the confined stage, which finds the report at 3 and the handover at 4
	Processes int      // how many processes the server may have at once
	Writable  []string // real paths, files or folders, where the server may change modes and times
	Report    *os.File // is closed here once the stage holds it
	Lifeline  *os.File // end of file: the daemon is gone
}

// patience is how long killed processes may take to go. One that hangs in the kernel longer dies when that call ends.
const patience = 2 * time.Second

// Run starts the stage and comes back with its exit status when no descendant of this process is left. The caller must call it
// first thing on the main goroutine, and exit after it.
func Run(o Order) (int, error) {
	// Both the scope of signals and the parent-death signal of the child belong to a thread.
	runtime.LockOSThread()
	ends := make(chan os.Signal, 4)
	signal.Notify(ends, unix.SIGTERM, unix.SIGINT, unix.SIGHUP, unix.SIGQUIT)
	scope, err := prepare()
	if err != nil {
		return 0, err
	}
	handover, theirs, err := handoverPair()
	if err != nil {
		return 0, err
	}
	main, err := start(o, theirs)
	if err != nil {
		return 0, err
	}
	if err := releaseStandard(); err != nil {
		scope.killAll()
		return 0, err
	}
	g := &guard{quota: newQuota(o.Processes), writable: o.Writable}
	go g.run(handover)
	family := reap(main)
	return attend(scope, family, ends, gone(o.Lifeline)), nil
}

// prepare makes this process the one that orphans come to, and have it told when its parent dies.
func prepare() (scope, error) {
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		return scope{}, fmt.Errorf("become the reaper of descendants: %w", err)
	}
	// Not SIGKILL, which the daemon may have set: this process must live to end the others.
	if err := unix.Prctl(unix.PR_SET_PDEATHSIG, uintptr(unix.SIGTERM), 0, 0, 0); err != nil {
		return scope{}, fmt.Errorf("be told of the daemon's death: %w", err)
	}
	if err := unix.CloseRange(3, ^uint(0), unix.CLOSE_RANGE_CLOEXEC); err != nil {
		return scope{}, fmt.Errorf("keep descriptors from the server: %w", err)
	}
	return enterScope()
}

func start(o Order, handover *os.File) (int, error) {
	defer handover.Close()
	stage := &exec.Cmd{
		// The running program itself, even if its file was replaced or never had a name.
		Path:        "/proc/self/exe",
		Args:        append([]string{os.Args[0]}, o.Arguments...),
		Env:         os.Environ(),
		Stdin:       os.Stdin,
		Stdout:      os.Stdout,
		Stderr:      os.Stderr,
		ExtraFiles:  []*os.File{o.Report, handover},
		SysProcAttr: &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL},
	}
	if err := stage.Start(); err != nil {
		return 0, fmt.Errorf("start the confined stage: %w", err)
	}
	pid := stage.Process.Pid
	// Not before: if the stage does not start, the report is ours to write.
	return pid, errors.Join(o.Report.Close(), stage.Process.Release())
}

// releaseStandard lets go of what belongs to the server: the daemon must see end of file when the server closes it.
func releaseStandard() error {
	null, err := unix.Open(os.DevNull, unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("open the empty device: %w", err)
	}
	for fd := range 3 {
		if err := unix.Dup3(null, fd, 0); err != nil {
			return fmt.Errorf("let go of the server's streams: %w", err)
		}
	}
	return unix.Close(null)
}

func gone(lifeline *os.File) <-chan struct{} {
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		var b [64]byte
		for {
			if _, err := lifeline.Read(b[:]); err != nil {
				return
			}
		}
	}()
	return closed
}

// attend waits for the first reason to end, ends everything, and gives the status of the main child.
func attend(s scope, f *family, ends <-chan os.Signal, gone <-chan struct{}) int {
	select {
	case <-ends:
	case <-gone:
	case <-f.mainEnded:
	}
	deadline := time.After(patience)
	for {
		s.killAll()
		select {
		case <-f.ended:
			return f.status
		case <-deadline:
			return killedStatus
		case <-time.After(5 * time.Millisecond):
			// Orphans may have come to us since.
		}
	}
}
