package catalog

import (
	"os/exec"
	"runtime"
)

// spawner starts processes from one thread. Linux sends a parent-death signal when the thread that forked ends, not the process,
// so a plugin started from any goroutine would die with whichever thread the runtime retires.
type spawner struct {
	commands chan *exec.Cmd
	results  chan error
	ended    chan struct{}
}

func newSpawner() *spawner {
	s := &spawner{commands: make(chan *exec.Cmd), results: make(chan error), ended: make(chan struct{})}
	go func() {
		defer close(s.ended)
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
		for cmd := range s.commands {
			s.results <- cmd.Start()
		}
	}()
	return s
}

// start is cmd.Start on the spawner's thread. The next command is taken only after the result of this one was, so concurrent
// callers never get each other's.
func (s *spawner) start(cmd *exec.Cmd) error {
	s.commands <- cmd
	return <-s.results
}

// stop ends the thread, and by the kernel's hand every process started from it that still lives.
func (s *spawner) stop() {
	close(s.commands)
	<-s.ended
}
