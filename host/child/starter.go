package child

import (
	"fmt"
	"os/exec"
	"runtime"
	"syscall"
)

// Starter starts processes from one OS thread that lives until End. Linux signals a child when the *thread* that started it ends, so a thread
// that Go is free to retire would end healthy children.
type Starter struct {
	jobs chan func()
	done chan struct{}
}

// NewStarter marks every descriptor that this process inherited from its own parent as not to be handed on; those that Go opens are marked
// already. Without that nothing may be started, and the error says so. The caller must End the Starter.
func NewStarter() (*Starter, error) {
	if err := keepInherited(); err != nil {
		return nil, fmt.Errorf("keep inherited descriptors from the processes that are started: %w", err)
	}
	s := &Starter{jobs: make(chan func()), done: make(chan struct{})}
	go func() {
		defer close(s.done)
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
		for job := range s.jobs {
			job()
		}
	}()
	return s, nil
}

// Start starts cmd, whose SysProcAttr is set here. Where the system can, the child gets the signal last when this process ends.
func (s *Starter) Start(cmd *exec.Cmd, last syscall.Signal) (*Process, error) {
	cmd.SysProcAttr = attributes(last)
	result := make(chan error, 1)
	s.jobs <- func() { result <- cmd.Start() }
	if err := <-result; err != nil {
		return nil, err
	}
	p := &Process{cmd: cmd, ended: make(chan struct{})}
	go p.reap()
	return p, nil
}

// End ends the thread, and on Linux what was started and still lives gets its last signal. No Start may be under way.
func (s *Starter) End() {
	close(s.jobs)
	<-s.done
}
