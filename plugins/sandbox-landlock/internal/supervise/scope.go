//go:build linux

package supervise

import (
	"errors"
	"fmt"

	"github.com/landlock-lsm/go-landlock/landlock"
	ll "github.com/landlock-lsm/go-landlock/landlock/syscall"
	"golang.org/x/sys/unix"
)

// scope is a proof that signals of the thread that made it reach only this process and its descendants, so that kill(-1) may be
// used. It is the one way to end every descendant at once: a list of them is old before it is read, and a process that forks and
// exits in a loop is never on it. The zero value kills nothing.
type scope struct{ proven bool }

// enterScope keeps the signals of this process inside a Landlock domain that its descendants inherit. The caller must have locked
// its goroutine to the thread, and use the scope from there only.
//
// A domain refuses to move files between folders unless told otherwise, so this one allows it everywhere; the sandbox of the
// server decides.
func enterScope() (scope, error) {
	parent := unix.Getppid()
	// The parent has the same user, so a signal to it is possible before, and must not be after. 0 is a parent in another PID
	// namespace: as an argument of kill it would mean this process group.
	if parent < 1 || unix.Kill(parent, 0) != nil {
		return scope{}, errors.New("cannot prove that signals stay inside: start the helper from a process of the same user")
	}
	config, err := landlock.NewConfig(landlock.AccessFSSet(ll.AccessFSRefer), landlock.ScopedSet(ll.ScopeSignal))
	if err != nil {
		return scope{}, fmt.Errorf("keep signals inside: %w", err)
	}
	if err := config.Restrict(landlock.PathAccess(ll.AccessFSRefer, "/")); err != nil {
		return scope{}, fmt.Errorf("keep signals inside: %w", err)
	}
	if err := unix.Kill(parent, 0); !errors.Is(err, unix.EPERM) {
		return scope{}, errors.New("the kernel does not keep signals inside")
	}
	return scope{proven: true}, nil
}

// killAll sends SIGKILL to every descendant at one instant of the kernel.
func (s scope) killAll() {
	if s.proven {
		_ = unix.Kill(-1, unix.SIGKILL) // ESRCH: nobody is left
	}
}
