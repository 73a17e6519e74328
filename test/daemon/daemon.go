package daemon

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// patience is how long a start or an end may take on a slow machine.
const patience = 30 * time.Second

// Canary is in the environment of every daemon, and of nothing that it starts.
const Canary = "CANARY=of-the-daemon-alone"

// Daemon is a running `argus serve`.
type Daemon struct {
	URL string // of the door toward agents

	cmd   *exec.Cmd
	log   string // a file
	ended chan error
	once  sync.Once
}

// Serve starts the daemon and waits until agents can connect. The test's end ends it.
func (f *Folder) Serve(t testing.TB) *Daemon {
	t.Helper()
	d, err := f.TryServe(t)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TryServe starts a daemon that may not come up. The error holds what it said.
func (f *Folder) TryServe(t testing.TB) (*Daemon, error) {
	t.Helper()
	d := &Daemon{log: f.Beside("log"), ended: make(chan error, 1)}
	log, err := os.OpenFile(d.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	begun, err := log.Seek(0, io.SeekEnd)
	if err != nil {
		return nil, err
	}
	if begun == 0 {
		t.Cleanup(func() {
			if t.Failed() {
				t.Logf("the log of the daemon ends with:\n%s", tail(d.Log(), 4<<10))
			}
		})
	}
	d.cmd = exec.Command(f.programs.Argus, "serve", "--config", f.Config(), "--plugin-dir", f.programs.Plugins)
	d.cmd.Env = append(os.Environ(), Canary)
	d.cmd.Stderr = log
	out, err := d.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := d.cmd.Start(); err != nil {
		return nil, err
	}
	t.Cleanup(d.Stop)
	stuck := time.AfterFunc(patience, func() { _ = d.cmd.Process.Kill() })
	line, _ := bufio.NewReader(out).ReadString('\n')
	stuck.Stop()
	go func() { d.ended <- d.cmd.Wait() }()
	url, up := strings.CutPrefix(strings.TrimSpace(line), "argus is up: ")
	if !up {
		d.Stop()
		return nil, fmt.Errorf("the daemon did not come up:\n%s", d.Log()[begun:])
	}
	d.URL = url
	return d, nil
}

// Stop ends the daemon as a person does.
func (d *Daemon) Stop() { d.end(syscall.SIGTERM) }

// Kill ends the daemon without any chance to put things in order.
func (d *Daemon) Kill() { d.end(syscall.SIGKILL) }

func (d *Daemon) end(signal syscall.Signal) {
	d.once.Do(func() {
		_ = d.cmd.Process.Signal(signal)
		stuck := time.AfterFunc(patience, func() { _ = d.cmd.Process.Kill() })
		<-d.ended
		stuck.Stop()
	})
}

// PID is the daemon's process.
func (d *Daemon) PID() int { return d.cmd.Process.Pid }

// Log is everything that this daemon, and earlier ones of its folder, said.
func (d *Daemon) Log() string {
	text, err := os.ReadFile(d.log)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

func tail(text string, most int) string { return text[max(0, len(text)-most):] }
