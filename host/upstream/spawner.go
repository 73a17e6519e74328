package upstream

import (
	"math"
	"os/exec"
	"runtime"

	"golang.org/x/sys/unix"
)

// spawner starts processes from one OS thread that lives until end. The kernel sends the parent-death signal when the
// *thread* that forked ends, so a thread that Go is free to retire would kill healthy servers.
type spawner struct {
	jobs chan func()
	done chan struct{}
}

// newSpawner also marks every descriptor that this process inherited from its own parent as not to be handed on; those that
// Go opened are marked already.
func newSpawner() *spawner {
	_ = unix.CloseRange(3, math.MaxUint32, unix.CLOSE_RANGE_CLOEXEC) // kernels before 5.11 leave it to the helper
	s := &spawner{jobs: make(chan func()), done: make(chan struct{})}
	go func() {
		defer close(s.done)
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
		for job := range s.jobs {
			job()
		}
	}()
	return s
}

func (s *spawner) start(cmd *exec.Cmd) error {
	result := make(chan error, 1)
	s.jobs <- func() { result <- cmd.Start() }
	return <-result
}

// end must come after every process that was started here is gone.
func (s *spawner) end() {
	close(s.jobs)
	<-s.done
}
