package installed

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// Process is a program that serves, and tells its address on the first line of its output.
type Process struct {
	URL string

	cmd *exec.Cmd
	log *os.File
}

// Patience is how long a program may take to start, and to stop.
const Patience = 15 * time.Second

// Serve starts a program. Its standard error goes to a file.
func Serve(log string, command ...string) (*Process, error) {
	p := &Process{cmd: exec.Command(command[0], command[1:]...)}
	var err error
	if p.log, err = os.Create(log); err != nil {
		return nil, err
	}
	p.cmd.Stderr = p.log
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, errors.Join(err, p.log.Close())
	}
	if err := p.cmd.Start(); err != nil {
		return nil, errors.Join(err, p.log.Close())
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
	case <-time.After(Patience):
	}
	said, _ := os.ReadFile(log)
	return nil, errors.Join(fmt.Errorf("%s told no address:\n%s", command[0], said), p.Stop())
}

// PID is that of the process.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Stop asks the process to end and waits for it.
func (p *Process) Stop() error {
	defer p.log.Close()
	late := time.AfterFunc(Patience, func() { _ = p.cmd.Process.Kill() })
	defer late.Stop()
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	err := p.cmd.Wait()
	if exit, is := errors.AsType[*exec.ExitError](err); is && exit.Sys().(syscall.WaitStatus).Signal() == syscall.SIGTERM {
		return nil // it knows nothing better
	}
	if err != nil {
		return fmt.Errorf("%s: %w", filepath.Base(p.cmd.Path), err)
	}
	return nil
}
