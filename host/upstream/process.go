package upstream

import (
	"os"
	"syscall"
	"time"

	"argus/host/child"
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
	*child.Process
	pipes   pipes             // the host's ends
	applied []string          // protections in force
	hidden  map[string]string // its environment, secrets included
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
	p.Signal(syscall.SIGTERM)
	if p.gone(helperGrace) {
		return
	}
	p.Kill()
	<-p.Ended()
}

func (p *process) gone(within time.Duration) bool {
	timer := time.NewTimer(within)
	defer timer.Stop()
	select {
	case <-p.Ended():
		return true
	case <-timer.C:
		return false
	}
}

// closePipes ends every reading from the process, even when a descendant that got away holds the other end.
func (p *process) closePipes() { p.pipes.close() }
