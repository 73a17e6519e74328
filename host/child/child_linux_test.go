package child

import (
	"os"
	"os/exec"
	"runtime"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// inEndingThread does something in a thread that ends before it returns.
func inEndingThread(do func()) {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
		if unix.Gettid() == os.Getpid() {
			inEndingThread(do) // the first thread of a process never ends; while we hold it, this is in another
			return
		}
		do()
	}()
	<-ended
}

func TestAChildOutlivesTheThreadThatAskedForIt(t *testing.T) {
	s := newStarter(t)
	var asked *Process
	var direct *exec.Cmd
	inEndingThread(func() {
		asked, _ = shell(t, s, "exec sleep 60")
		direct = exec.Command("/bin/sleep", "60")
		direct.SysProcAttr = attributes(unix.SIGKILL)
		if err := direct.Start(); err != nil {
			t.Error(err)
		}
	})
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = direct.Wait()
	}()
	within(t, "control: one that was started by that thread itself ends with it", ended)
	select {
	case <-asked.Ended():
		t.Errorf("the child ended with the thread: %v", asked.State())
	case <-time.After(100 * time.Millisecond):
	}
}

func TestTheLastSignalComesWhenTheStarterEnds(t *testing.T) {
	s, err := NewStarter()
	if err != nil {
		t.Fatal(err)
	}
	p, _ := shell(t, s, "exec sleep 60")
	if p.State() != nil {
		t.Fatal("the child ended before")
	}
	s.End()
	within(t, "the child ends", p.Ended())
}
