package installed

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Process is a program that serves, and tells its address on the first line of its output.
type Process struct {
	URL string

	cmd   *exec.Cmd
	ended sync.Once
	how   error // it ended
}

// patience is how long a program may take to start, and to stop, on a slow machine.
const patience = 30 * time.Second

// Serve starts a program. Its standard error goes to the end of a file.
func Serve(log string, command ...string) (*Process, error) {
	return Start(log, exec.Command(command[0], command[1:]...))
}

// Start is Serve of a command that was made otherwise. Where the program tells no address, the error has what it said instead, from the
// second line on.
func Start(log string, cmd *exec.Cmd) (*Process, error) {
	p := &Process{cmd: cmd}
	file, err := os.OpenFile(log, os.O_CREATE|os.O_APPEND|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	before, err := file.Seek(0, io.SeekEnd)
	if err != nil {
		return nil, err
	}
	cmd.Stderr = file
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	told := make(chan string, 1)
	go func() {
		line, _ := bufio.NewReader(out).ReadString('\n')
		told <- line
		_, _ = io.Copy(io.Discard, out)
	}()
	select {
	case line := <-told:
		if at := strings.Index(line, "http://"); at >= 0 {
			p.URL = strings.TrimSpace(line[at:])
			return p, nil
		}
	case <-time.After(patience):
	}
	how := p.Stop()
	said, _ := io.ReadAll(io.NewSectionReader(file, before, 1<<20))
	return nil, errors.Join(fmt.Errorf("%s told no address:\n%s", cmd.Path, bytes.TrimSpace(said)), how)
}

// PID is that of the process.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Stop asks the process to end and waits for it.
func (p *Process) Stop() error { return p.End(syscall.SIGTERM) }

// End sends the process a signal and waits for its end. What ends twice ended the first time; nil never began.
func (p *Process) End(signal syscall.Signal) error {
	if p == nil {
		return nil
	}
	p.ended.Do(func() {
		late := time.AfterFunc(patience, func() { _ = p.cmd.Process.Kill() })
		defer late.Stop()
		_ = p.cmd.Process.Signal(signal)
		err := p.cmd.Wait()
		if exit, is := errors.AsType[*exec.ExitError](err); is && exit.Sys().(syscall.WaitStatus).Signal() == signal {
			return // it knows nothing better
		}
		if err != nil {
			p.how = fmt.Errorf("%s: %w", filepath.Base(p.cmd.Path), err)
		}
	})
	return p.how
}
