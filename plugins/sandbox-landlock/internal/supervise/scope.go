//go:build linux

package supervise

import (
	"errors"
	"fmt"

	ll "github.com/landlock-lsm/go-landlock/landlock/syscall"
	"golang.org/x/sys/unix"
)

// scope is a proof that signals of the thread that made it reach only what that thread has started, so that kill(-1) may be
// used. It is the one way to end every descendant at once: a list of them is old before it is read, and a process that forks and
// exits in a loop is never on it. The zero value kills nothing.
type scope struct{ proven bool }

// enterScope keeps the signals of the calling thread inside a Landlock domain that the processes it starts inherit. The caller must
// have locked its goroutine to the thread, start the server from there, and use the scope from there only. The other threads stay
// out: each would get a domain of its own, beside the server's, and could not serve it.
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
	if err := restrictSignals(); err != nil {
		return scope{}, fmt.Errorf("keep signals inside: %w", err)
	}
	if err := unix.Kill(parent, 0); !errors.Is(err, unix.EPERM) {
		return scope{}, errors.New("the kernel does not keep signals inside")
	}
	return scope{proven: true}, nil
}

func restrictSignals() error {
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("set no_new_privs: %w", err)
	}
	ruleset, err := ll.LandlockCreateRuleset(&ll.RulesetAttr{HandledAccessFS: ll.AccessFSRefer, Scoped: ll.ScopeSignal}, 0)
	if err != nil {
		return fmt.Errorf("make a ruleset: %w", err)
	}
	defer unix.Close(ruleset)
	root, err := unix.Open("/", unix.O_PATH|unix.O_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("open the root folder: %w", err)
	}
	defer unix.Close(root)
	everywhere := ll.PathBeneathAttr{AllowedAccess: ll.AccessFSRefer, ParentFd: root}
	if err := ll.LandlockAddPathBeneathRule(ruleset, &everywhere, 0); err != nil {
		return fmt.Errorf("add a rule: %w", err)
	}
	return ll.LandlockRestrictSelf(ruleset, 0)
}

// killAll sends SIGKILL to every descendant at one instant of the kernel.
func (s scope) killAll() {
	if s.proven {
		_ = unix.Kill(-1, unix.SIGKILL) // ESRCH: nobody is left
	}
}
