package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// programs are built into a folder: the product's as they are shipped, and the bench's own.
var programs = map[string]string{
	"argus":                    "argus/cmd/argus",
	"plugins/oracle-cedar":     "argus/plugins/oracle-cedar",
	"plugins/registry-git":     "argus/plugins/registry-git",
	"plugins/sandbox-landlock": "argus/plugins/sandbox-landlock",
	"plugins/argus-confine":    "argus/plugins/sandbox-landlock/helper",
	"echo":                     "argus/bench/echo",
	"passthrough":              "argus/bench/passthrough",
}

// build makes the named programs, or all.
func build(ctx context.Context, folder string, names ...string) error {
	for name, source := range programs {
		if len(names) > 0 && !slices.Contains(names, name) {
			continue
		}
		cmd := exec.CommandContext(ctx, "go", "build", "-o", filepath.Join(folder, name), source)
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("build %s: %w\n%s", source, err, out)
		}
	}
	return nil
}

// process is a program that serves, and tells its address on the first line of its output.
type process struct {
	cmd *exec.Cmd
	url string
	log *os.File
}

// patience is how long a program may take to start, and to stop.
const patience = 15 * time.Second

// serve starts a program. Its standard error goes to a file.
func serve(log string, command ...string) (*process, error) {
	p := &process{cmd: exec.Command(command[0], command[1:]...)}
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
			p.url = strings.TrimSpace(line[at:])
			return p, nil
		}
	case <-time.After(patience):
	}
	said, _ := os.ReadFile(log)
	return nil, errors.Join(fmt.Errorf("%s told no address:\n%s", command[0], said), p.stop())
}

// stop asks the process to end and waits for it.
func (p *process) stop() error {
	defer p.log.Close()
	late := time.AfterFunc(patience, func() { _ = p.cmd.Process.Kill() })
	defer late.Stop()
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	err := p.cmd.Wait()
	if exit, is := errors.AsType[*exec.ExitError](err); is && exit.Sys().(syscall.WaitStatus).Signal() == syscall.SIGTERM {
		return nil // the bench's own programs know nothing better
	}
	if err != nil {
		return fmt.Errorf("%s: %w", filepath.Base(p.cmd.Path), err)
	}
	return nil
}
