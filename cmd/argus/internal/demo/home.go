package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"argus/host/front/operator"
)

// stopPatience is how long a process may take to end when it is asked to.
const stopPatience = 10 * time.Second

// home is a person's folder of Argus, and their way to run it.
type home struct {
	program   string // argus
	pluginDir string // empty: where argus looks by itself
	dir       string
}

func (h home) config() string { return filepath.Join(h.dir, "argus.toml") }

// log is where a server's own log is: its scratch folder is the one that it runs in.
func (h home) log(server string) string {
	return filepath.Join(h.dir, "state", "scratch", server, logName)
}

// command is argus with nothing of this process's environment that could configure it.
func (h home) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, h.program, args...)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + h.dir, "NO_COLOR=1"}
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = stopPatience
	return cmd
}

// plugins adds where the plugins lie, if that was said.
func (h home) plugins(args ...string) []string {
	if h.pluginDir != "" {
		args = append(args, "--plugin-dir", h.pluginDir)
	}
	return args
}

// run runs one command to its end. The error holds what the command said.
func (h home) run(ctx context.Context, args ...string) ([]byte, error) {
	cmd := h.command(ctx, args...)
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("argus %s: %w: %s", strings.Join(args[:min(2, len(args))], " "), err, strings.TrimSpace(said.String()))
	}
	return out.Bytes(), nil
}

// ask runs a command that prints JSON.
func ask[T any](ctx context.Context, h home, args ...string) (T, error) {
	var v T
	out, err := h.run(ctx, append(args, "--json", "--config", h.config())...)
	if err != nil {
		return v, err
	}
	if err := json.Unmarshal(out, &v); err != nil {
		return v, fmt.Errorf("argus %s: read what it printed: %w", args[0], err)
	}
	return v, nil
}

// make runs argus init and adds the demo's servers and registry entries to what it made.
func (h home) make(ctx context.Context, w world, stub, collector string) error {
	if _, err := h.run(ctx, h.plugins("init", h.dir, "--unsealed", "--listen", "127.0.0.1:0")...); err != nil {
		return err
	}
	if err := appendTo(h.config(), w.config(stub, collector)); err != nil {
		return err
	}
	return errors.Join(h.copyEntries(), h.addCapabilities())
}

func appendTo(file, text string) error {
	f, err := os.OpenFile(file, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return fmt.Errorf("add to %s: %w", file, err)
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Close())
}

func (h home) registry(name string) string { return filepath.Join(h.dir, "registry", name) }

func (h home) copyEntries() error {
	return fs.WalkDir(entries, "registry", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := entries.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(h.registry(entry.Name()), text, 0o600)
	})
}

const noCapabilities = "capabilities = []"

// addCapabilities gives each tool of the stories one capability of its own. The flow policy stays what argus init wrote.
func (h home) addCapabilities() error {
	file := h.registry("flow.toml")
	text, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("read the flow policy: %w", err)
	}
	var names []string
	for _, tool := range tools() {
		names = append(names, fmt.Sprintf("%q", capability(tool)))
	}
	changed := strings.Replace(string(text), noCapabilities, "capabilities = ["+strings.Join(names, ", ")+"]", 1)
	if changed == string(text) {
		return fmt.Errorf("%s does not say %q: the demo does not know where to add its capabilities", file, noCapabilities)
	}
	return os.WriteFile(file, []byte(changed), 0o600)
}

// pin approves every tool of the stories, which is all that the servers offer.
func (h home) pin(ctx context.Context) error {
	for _, s := range servers {
		if _, err := h.run(ctx, "registry", "pin", s.name, "--yes", "--config", h.config()); err != nil {
			return err
		}
	}
	return until(ctx, "every tool to be callable", func() (bool, error) {
		all, err := h.tools(ctx)
		for _, t := range all {
			if t.State != operator.Callable {
				return false, err
			}
		}
		return len(all) == len(tools()), err
	})
}

func (h home) tools(ctx context.Context) ([]operator.Tool, error) {
	listed, err := ask[struct{ Tools []operator.Tool }](ctx, h, "tools")
	return listed.Tools, err
}

func (h home) status(ctx context.Context) (operator.Status, error) {
	return ask[operator.Status](ctx, h, "status")
}

// exposures are those of every principal's present context.
func (h home) exposures(ctx context.Context) (map[string]Exposure, error) {
	listed, err := ask[struct{ Agents []operator.Agent }](ctx, h, "agent", "list")
	all := map[string]Exposure{}
	for _, a := range listed.Agents {
		if a.Present {
			all[a.Principal] = Exposure{a.Level, a.Integrity}
		}
	}
	return all, err
}

const (
	pollEvery    = 50 * time.Millisecond
	pollPatience = 20 * time.Second
)

// until asks again and again.
func until(ctx context.Context, what string, holds func() (bool, error)) error {
	ctx, cancel := context.WithTimeoutCause(ctx, pollPatience, fmt.Errorf("waited %v for %s", pollPatience, what))
	defer cancel()
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		if yes, err := holds(); err != nil || yes {
			return err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}
