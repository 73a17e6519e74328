package daemon

import (
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"testing"

	"argus/internal/installed"
)

// Canary is in the environment of every daemon, and of nothing that it starts.
const Canary = "CANARY=of-the-daemon-alone"

// Daemon is a running `argus serve`.
type Daemon struct {
	*installed.Process
	log string // a file
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
	d := &Daemon{log: f.Beside("log")}
	if _, err := os.Stat(d.log); os.IsNotExist(err) {
		t.Cleanup(func() {
			if t.Failed() {
				t.Logf("the log of the daemon ends with:\n%s", tail(d.Log(), 4<<10))
			}
		})
	}
	cmd := exec.Command(f.argus.Program(), "serve", "--config", f.Config(), "--plugin-dir", f.argus.Plugins())
	cmd.Env = append(os.Environ(), Canary)
	var err error
	if d.Process, err = installed.Start(d.log, cmd); err != nil {
		return nil, fmt.Errorf("the daemon did not come up: %w", err)
	}
	t.Cleanup(d.Stop)
	return d, nil
}

// Stop ends the daemon as a person does.
func (d *Daemon) Stop() { _ = d.Process.Stop() }

// Kill ends the daemon without any chance to put things in order.
func (d *Daemon) Kill() { _ = d.End(syscall.SIGKILL) }

// Log is everything that this daemon, and earlier ones of its folder, said.
func (d *Daemon) Log() string {
	text, err := os.ReadFile(d.log)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

func tail(text string, most int) string { return text[max(0, len(text)-most):] }
