//go:build linux

// Package confine puts the calling process inside its sandbox and then becomes the server's program.
//
// It decides which files, system calls and limits the program gets, from a profile. It trusts the kernel and its supervisor, and
// proves what it can from inside: after the restrictions are on, it tries what must fail. It never runs the program with less than
// was promised: every step either holds or ends the process with a report that says what is missing.
//
// The restrictions are on the calling thread; execve ends every other thread of the process.
package confine

import (
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"syscall"

	"golang.org/x/sys/unix"

	"argus/plugin/sdk/sandbox/report"
	"argus/plugins/sandbox-landlock/internal/machine"
	"argus/plugins/sandbox-landlock/internal/profile"
)

// Supervisor is the process outside that keeps the limits. Take hands it the listener of the filter and returns once it serves it.
type Supervisor interface {
	Take(listener int) error
}

// Become confines this process as p says, tells what was applied through tell, and runs argv. It returns only an error, and then
// nothing of argv ran. The caller must call it first thing on the main goroutine.
func Become(p profile.Profile, argv []string, supervisor Supervisor, tell func([]report.Protection) error) error {
	runtime.LockOSThread()
	// The address space may be limited below; the little that is left to do needs no collection.
	debug.SetGCPercent(-1)

	if l, missing := machine.Missing(); missing {
		return fmt.Errorf("%s: %s", l.Name, l.Detail)
	}
	held, err := holdDescriptors()
	if err != nil {
		return err
	}
	if err := restrict(p, argv[0], supervisor); err != nil {
		return err
	}
	if err := verify(p, held); err != nil {
		return fmt.Errorf("the sandbox does not hold: %w", err)
	}
	environment := os.Environ()
	if err := limitMemory(p.MaxMemory); err != nil {
		return err
	}
	if err := tell(p.Promised()); err != nil {
		return fmt.Errorf("send the report: %w", err)
	}
	return fmt.Errorf("run %q: %w", argv[0], syscall.Exec(argv[0], argv, environment))
}

// restrict applies every layer, in an order in which no later step needs what an earlier one took.
func restrict(p profile.Profile, command string, supervisor Supervisor) error {
	if err := limit(); err != nil {
		return err
	}
	if err := dropPrivileges(); err != nil {
		return err
	}
	if err := restrictFiles(p, command); err != nil {
		return err
	}
	listener, err := filterCalls(p.Network)
	if err != nil {
		return err
	}
	if err := supervisor.Take(listener); err != nil {
		return fmt.Errorf("hand the process limit to the supervisor: %w", err)
	}
	return unix.Close(listener)
}
