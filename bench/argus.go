package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

// argus is an installation made by its own commands, as a person would.
type argus struct {
	folder   string // of argus.toml
	programs string
	echo     string
	policies int
	beside   bool   // of another build
	serve    string // in place of `argus serve`

	token       string
	protections []string // of the sandbox, as the server's process reported them from inside
}

func (a *argus) name() string {
	if a.beside {
		return fmt.Sprintf("other build, %d policies", a.policies)
	}
	return fmt.Sprintf("argus, %d policies", a.policies)
}

func (a *argus) state() string { return filepath.Join(a.folder, "state") }

// limits of the installation, far above what a person needs: the bench measures what a call costs, not where Argus stops one.
var limits = map[string]string{"calls_per_minute": "1000000", "flights_per_agent": "1000"}

// start makes the installation and serves it until its tools can be called and an agent may.
func (a *argus) start(ctx context.Context) (p *process, err error) {
	if _, err := a.command(ctx, "init", a.folder, "--unsealed", "--plugin-dir", a.plugins(), "--listen", "127.0.0.1:0"); err != nil {
		return nil, err
	}
	if err := errors.Join(a.configure(), addPolicies(filepath.Join(a.folder, "policies"), a.policies)); err != nil {
		return nil, err
	}
	program := []string{filepath.Join(a.programs, "argus"), "serve"}
	if a.serve != "" {
		program = []string{a.serve}
	}
	p, err = serve(filepath.Join(a.folder, "argus.log"), append(program, "--config", a.config(), "--plugin-dir", a.plugins())...)
	if err != nil {
		return nil, err
	}
	if err := a.open(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", a.name(), err), p.stop())
	}
	return p, nil
}

// open approves the tools and makes an agent.
func (a *argus) open(ctx context.Context) error {
	steps := []func(context.Context) error{a.pin, a.narrow, a.newAgent, a.inspect}
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (a *argus) plugins() string { return filepath.Join(a.programs, "plugins") }

func (a *argus) config() string { return filepath.Join(a.folder, "argus.toml") }

// configure adds the server, and raises limits.
func (a *argus) configure() error {
	text, err := os.ReadFile(a.config())
	if err != nil {
		return err
	}
	for key, value := range limits {
		line := regexp.MustCompile(`(?m)^` + key + ` = \S+`)
		if !line.Match(text) {
			return fmt.Errorf("argus.toml has no line %s", key)
		}
		text = line.ReplaceAll(text, []byte(key+" = "+value))
	}
	text = fmt.Appendf(text, "\n[profile.echo]\nread = []\nwrite = []\nnetwork = false\n\n[[server]]\nname = \"echo\"\ncommand = %q\nprofile = \"echo\"\nprefix = \"\"\n",
		a.echo)
	return os.WriteFile(a.config(), text, 0o600)
}

func (a *argus) command(ctx context.Context, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, filepath.Join(a.programs, "argus"), args...)
	out, err := cmd.Output()
	if exit, is := errors.AsType[*exec.ExitError](err); is {
		err = fmt.Errorf("%w: %s", err, exit.Stderr)
	}
	if err != nil {
		return nil, fmt.Errorf("argus %s: %w", args[0], err)
	}
	return out, nil
}

// ask runs a command about the running daemon that answers with JSON.
func (a *argus) ask(ctx context.Context, into any, args ...string) error {
	out, err := a.command(ctx, append(args, "--json", "--config", a.config())...)
	if err != nil {
		return err
	}
	return json.Unmarshal(out, into)
}

// tool is what `argus tools --json` tells of one.
type tool struct {
	Tool  string   `json:"tool"`
	State string   `json:"state"`
	Level string   `json:"level"`
	Sinks []string `json:"sinks"`
}

// tools waits until those of the server are as wanted.
func (a *argus) tools(ctx context.Context, what string, wanted func([]tool) bool) error {
	var told struct {
		Tools []tool `json:"tools"`
	}
	var err error
	for until := time.Now().Add(patience); time.Now().Before(until) && ctx.Err() == nil; time.Sleep(50 * time.Millisecond) {
		if err = a.ask(ctx, &told, "tools", "echo"); err == nil && len(told.Tools) == 2 && wanted(told.Tools) {
			return nil
		}
	}
	return fmt.Errorf("the tools of the server did not come to be %s: %+v (%v)", what, told.Tools, err)
}

func (a *argus) pin(ctx context.Context) error {
	if err := a.tools(ctx, "known", func([]tool) bool { return true }); err != nil {
		return err
	}
	_, err := a.command(ctx, "registry", "pin", "echo", "--yes", "--config", a.config())
	return err
}

var digestLine = regexp.MustCompile(`(?m)^name = "(note|post)"\ndigest = "(sha256:[0-9a-f]{64})"$`)

// narrow says what the two tools bring and where they go. The digests are those that were approved.
func (a *argus) narrow(ctx context.Context) error {
	file := filepath.Join(a.folder, "registry", "echo.toml")
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	sinks := map[string]string{note: `[]`, post: `["network_external"]`}
	entries := "server = \"echo\"\n"
	for _, found := range digestLine.FindAllStringSubmatch(string(text), -1) {
		entries += fmt.Sprintf("\n[[tool]]\nname = %q\ndigest = %q\ncapabilities = [\"ipc\"]\nlabel = { level = \"public\", integrity = \"verified\" }\n"+
			"sinks = %s\nstores = { reads = [], writes = [] }\n", found[1], found[2], sinks[found[1]])
	}
	if err := os.WriteFile(file, []byte(entries), 0o600); err != nil {
		return err
	}
	return a.tools(ctx, "callable", func(tools []tool) bool {
		return !slices.ContainsFunc(tools, func(t tool) bool {
			return t.State != "callable" || t.Level != "public" || (len(t.Sinks) > 0) != (t.Tool == post)
		})
	})
}

func (a *argus) newAgent(ctx context.Context) error {
	var made struct {
		Token string `json:"token"`
	}
	if err := a.ask(ctx, &made, "agent", "new", "bench", "--print-token"); err != nil {
		return err
	}
	if a.token = made.Token; a.token == "" {
		return errors.New("argus agent new gave no token")
	}
	return nil
}

// status is what `argus status --json` tells.
type status struct {
	Problems []string `json:"problems"`
	Refused  uint64   `json:"refused"`
	Servers  []struct {
		Protections []string `json:"protections"`
	} `json:"servers"`
}

// inspect sees that the server is confined.
func (a *argus) inspect(ctx context.Context) error {
	var told status
	if err := a.ask(ctx, &told, "status"); err != nil {
		return err
	}
	switch {
	case len(told.Problems) > 0:
		return fmt.Errorf("argus has problems: %s", strings.Join(told.Problems, "; "))
	case len(told.Servers) != 1 || len(told.Servers[0].Protections) == 0:
		return errors.New("the sandbox of the server does not report that it is on")
	}
	a.protections = told.Servers[0].Protections
	return nil
}
