package upstream

import (
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// The pipes between the host and one process.
const (
	input = iota
	output
	complaint
	reported
	lifeline
	pipeCount
)

type pipes [pipeCount]*os.File

func (p *pipes) close() {
	for _, f := range p {
		if f != nil {
			f.Close()
		}
	}
}

// process is a running helper and what it runs, all in one process group.
type process struct {
	cmd     *exec.Cmd
	pipes   pipes             // the host's ends
	applied []string          // protections in force
	hidden  map[string]string // its environment, secrets included
	exited  chan struct{}     // the helper is gone and reaped

	mu     sync.Mutex
	reaped bool
}

func newProcess(cmd *exec.Cmd, ends pipes, env map[string]string) *process {
	p := &process{cmd: cmd, pipes: ends, hidden: env, exited: make(chan struct{})}
	go p.reap()
	return p
}

func (p *process) pid() int { return p.cmd.Process.Pid }

// reap waits for the helper's end and ends what is left of its group. The group's number can not be reused before the
// helper is reaped, so the signal meets nobody else.
func (p *process) reap() {
	defer close(p.exited)
	for unix.Waitid(unix.P_PID, p.pid(), nil, unix.WEXITED|unix.WNOWAIT, nil) == unix.EINTR {
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	_ = unix.Kill(-p.pid(), unix.SIGKILL) // nobody left is the usual answer
	_ = p.cmd.Wait()                      // an exit status says nothing that the pipes did not
	p.reaped = true
}

func (p *process) killGroup() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.reaped {
		_ = unix.Kill(-p.pid(), unix.SIGKILL)
	}
}

// manner is how patiently a process is ended.
type manner bool

const (
	atOnce manner = false // it broke the rules
	gently manner = true  // it may finish what it does when its input ends
)

// How long each step of an end may take; closeWithin holds them all.
const (
	inputGrace  = 200 * time.Millisecond
	helperGrace = 1500 * time.Millisecond
)

// end ends the process in steps: end of input, end of lifeline with SIGTERM to the helper, SIGKILL. It returns when the
// helper is reaped.
func (p *process) end(how manner) {
	p.pipes[input].Close()
	if how == gently && p.gone(inputGrace) {
		return
	}
	p.pipes[lifeline].Close()
	_ = p.cmd.Process.Signal(syscall.SIGTERM) // already gone is fine
	if p.gone(helperGrace) {
		return
	}
	p.killGroup()
	<-p.exited
}

func (p *process) gone(within time.Duration) bool {
	timer := time.NewTimer(within)
	defer timer.Stop()
	select {
	case <-p.exited:
		return true
	case <-timer.C:
		return false
	}
}

// closePipes ends every reading from the process, even when a descendant that got away holds the other end.
func (p *process) closePipes() { p.pipes.close() }
