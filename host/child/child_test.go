package child

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/sys/unix"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func newStarter(t *testing.T) *Starter {
	t.Helper()
	s, err := NewStarter()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.End)
	return s
}

// shell starts a script and gives what it prints.
func shell(t *testing.T, s *Starter, script string) (*Process, *bufio.Reader) {
	t.Helper()
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { read.Close() })
	cmd := exec.Command("/bin/sh", "-c", script)
	cmd.Stdout, cmd.Stderr = write, os.Stderr
	p, err := s.Start(cmd, unix.SIGKILL)
	write.Close()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Kill(); <-p.Ended() })
	return p, bufio.NewReader(read)
}

func number(t *testing.T, from *bufio.Reader) int {
	t.Helper()
	line, err := from.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.Atoi(strings.TrimSpace(line))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func within(t *testing.T, what string, done <-chan struct{}) {
	t.Helper()
	select {
	case <-done:
	case <-time.After(10 * time.Second):
		t.Fatalf("not within ten seconds: %s", what)
	}
}

// silent is closed when nobody holds the other end any more.
func silent(from *bufio.Reader) <-chan struct{} {
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = from.ReadString(0)
	}()
	return done
}

func TestAGroupEndsWithItsChild(t *testing.T) {
	// The grandchild holds the pipe open as long as it lives.
	p, out := shell(t, newStarter(t), "sleep 60 & echo $!")
	if grandchild := number(t, out); grandchild == p.PID() {
		t.Fatal("there is no grandchild")
	}
	within(t, "the child ends by itself", p.Ended())
	within(t, "the grandchild is killed", silent(out))
	if s := p.State(); s == nil || !s.Success() {
		t.Errorf("the child ended by %v", s)
	}
}

func TestKillMeetsTheWholeGroup(t *testing.T) {
	p, out := shell(t, newStarter(t), "sleep 60 & echo $!; wait")
	number(t, out)
	if p.State() != nil {
		t.Fatal("the child ended before it was killed")
	}
	p.Kill()
	within(t, "the child ends", p.Ended())
	within(t, "the grandchild is killed", silent(out))
	p.Kill() // nobody of that number is ours any more
	if s := p.State(); s.Success() {
		t.Errorf("a killed child ended by %v", s)
	}
}

func TestASignalMeetsTheChildAlone(t *testing.T) {
	p, out := shell(t, newStarter(t), `trap 'echo 1' TERM; (trap 'echo 2' TERM; echo 0; while :; do sleep 0.01; done) & while :; do wait; done`)
	number(t, out)
	p.Signal(syscall.SIGTERM)
	if got := number(t, out); got != 1 {
		t.Errorf("process %d of the group got the signal", got)
	}
}

func TestAStoppedChildHasNotEnded(t *testing.T) {
	p, out := shell(t, newStarter(t), "echo $$; exec sleep 60")
	pid := number(t, out)
	p.Signal(syscall.SIGSTOP)
	select {
	case <-p.Ended():
		t.Fatal("a child that was stopped was taken for ended")
	case <-time.After(100 * time.Millisecond):
	}
	if err := syscall.Kill(pid, syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	p.Kill()
	within(t, "control: the child ends", p.Ended())
}

func TestTheNumberOfAnEndedChildIsTakenUntilItsGroupIsKilled(t *testing.T) {
	cmd := exec.Command("/bin/sh", "-c", "exit 7")
	cmd.SysProcAttr = attributes(unix.SIGKILL)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	awaitEnd(cmd.Process.Pid)
	if err := syscall.Kill(-cmd.Process.Pid, 0); err != nil {
		t.Errorf("the group of the ended child: %v", err)
	}
	if err := cmd.Wait(); cmd.ProcessState.ExitCode() != 7 {
		t.Errorf("the child was collected by somebody else: %v", err)
	}
	if err := syscall.Kill(-cmd.Process.Pid, 0); !errors.Is(err, unix.ESRCH) {
		t.Errorf("control: the group of a collected child: %v", err)
	}
}

// inherit opens a descriptor as one that this process was started with.
func inherit(t *testing.T) int {
	t.Helper()
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer write.Close()
	defer read.Close()
	fd, err := syscall.Dup(int(read.Fd())) // without close-on-exec
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Close(fd) })
	return fd
}

// has reports whether a child finds the descriptor open.
func has(t *testing.T, s *Starter, fd int) bool {
	t.Helper()
	p, out := shell(t, s, fmt.Sprintf("if [ -e /dev/fd/%d ]; then echo 1; else echo 0; fi", fd))
	defer func() { <-p.Ended() }()
	return number(t, out) == 1
}

func TestAChildHasNoDescriptorThatWeInherited(t *testing.T) {
	s := newStarter(t)
	fd := inherit(t)
	if !has(t, s, fd) {
		t.Fatal("control: a descriptor that nobody marked is not handed on")
	}
	if has(t, newStarter(t), fd) {
		t.Error("a child has a descriptor of our parent's")
	}
}

func TestDescriptorsAreMarkedOneByOneToo(t *testing.T) {
	s := newStarter(t)
	a, b := inherit(t), inherit(t)
	marked, beyond := min(a, b), max(a, b)
	if err := closeOnExec(beyond); err != nil {
		t.Fatal(err)
	}
	if has(t, s, marked) {
		t.Error("a child has a descriptor that was marked")
	}
	if !has(t, s, beyond) {
		t.Error("control: one beyond the limit is marked")
	}
}

func TestAChildThatCannotBeStartedIsAnError(t *testing.T) {
	if p, err := newStarter(t).Start(exec.Command("/nowhere/nothing"), unix.SIGKILL); err == nil {
		t.Errorf("process %d", p.PID())
	}
}
