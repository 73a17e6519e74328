package child

import (
	"os"
	"os/exec"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// Process is a child that was started, with what it started in turn, as far as that stayed in its group.
type Process struct {
	cmd   *exec.Cmd
	ended chan struct{}

	mu     sync.Mutex
	reaped bool
}

// PID is the child's number. It may be somebody else's once the child has ended.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Ended is closed when the child is gone and its group was killed.
func (p *Process) Ended() <-chan struct{} { return p.ended }

// State says how the child ended. It is nil before it has.
func (p *Process) State() *os.ProcessState {
	select {
	case <-p.ended:
		return p.cmd.ProcessState
	default:
		return nil
	}
}

// Signal sends a signal to the child alone, unless it has ended.
func (p *Process) Signal(s syscall.Signal) {
	_ = p.cmd.Process.Signal(s) // gone already is fine
}

// Kill ends the whole group at once. It may be called at any time and often.
func (p *Process) Kill() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.reaped {
		p.killGroup()
	}
}

// reap waits for the child's end and ends what is left of its group. The group's number can not be reused before the child is reaped, so the
// signal meets nobody else.
func (p *Process) reap() {
	defer close(p.ended)
	awaitEnd(p.PID())
	p.mu.Lock()
	defer p.mu.Unlock()
	p.killGroup()
	_ = p.cmd.Wait() // State tells it
	p.reaped = true
}

func (p *Process) killGroup() {
	_ = unix.Kill(-p.PID(), unix.SIGKILL) // nobody left is the usual answer
}
