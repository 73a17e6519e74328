// Package installed runs an installation of Argus by its own commands, as a person would, for programs and tests that measure or judge it
// from outside.
//
// It trusts the programs that it is told to run, and never looks into what they keep: whatever it knows, a command said.
package installed

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// Argus is one installation.
type Argus struct {
	Programs string // folder of the program argus, and of plugins/
	Folder   string // of argus.toml; Init makes it

	around string // what New made, with Folder in it
}

// New makes an installation in a temporary folder of its own, whose agents connect at a port that is free. The caller must remove it.
func New(ctx context.Context, programs string) (Argus, error) {
	programs, err := filepath.Abs(programs)
	if err != nil {
		return Argus{}, err
	}
	around, err := os.MkdirTemp("", "argus")
	if err != nil {
		return Argus{}, err
	}
	a := Argus{Programs: programs, Folder: filepath.Join(around, "a"), around: around} // short, because the paths of sockets are
	if err := a.Init(ctx, "127.0.0.1:0"); err != nil {
		return Argus{}, errors.Join(err, a.Remove())
	}
	return a, nil
}

// Remove removes what New made, and nothing else.
func (a Argus) Remove() error {
	if a.around == "" {
		return nil
	}
	return os.RemoveAll(a.around)
}

// Init makes the installation, with an operator key that is not sealed. Agents will connect at the address.
func (a Argus) Init(ctx context.Context, listen string) error {
	_, err := a.Command(ctx, "init", a.Folder, "--unsealed", "--plugin-dir", a.Plugins(), "--listen", listen)
	return err
}

// Program is the path of argus.
func (a Argus) Program() string { return filepath.Join(a.Programs, "argus") }

// Plugins is the plugin folder.
func (a Argus) Plugins() string { return filepath.Join(a.Programs, "plugins") }

// Config is the path of argus.toml.
func (a Argus) Config() string { return filepath.Join(a.Folder, "argus.toml") }

// State is the state folder.
func (a Argus) State() string { return filepath.Join(a.Folder, "state") }

// Scratch is the path of a file in the private folder of a server.
func (a Argus) Scratch(server, file string) string {
	return filepath.Join(a.State(), "scratch", server, file)
}

// Edit changes a file of the installation, by its path in the folder.
func (a Argus) Edit(name string, change func(string) (string, error)) error {
	path := filepath.Join(a.Folder, name)
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	changed, err := change(string(text))
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return os.WriteFile(path, []byte(changed), 0o600)
}

// Serve runs the daemon, by another program where one is given.
func (a Argus) Serve(instead ...string) (*Process, error) {
	program := []string{a.Program(), "serve"}
	if len(instead) > 0 {
		program = instead
	}
	return Serve(filepath.Join(a.Folder, "argus.log"), append(program, "--config", a.Config(), "--plugin-dir", a.Plugins())...)
}

// Command runs a command of argus and answers with what it printed. An error holds what it complained of.
func (a Argus) Command(ctx context.Context, args ...string) ([]byte, error) {
	out, err := exec.CommandContext(ctx, a.Program(), args...).Output()
	if exit, is := errors.AsType[*exec.ExitError](err); is {
		err = fmt.Errorf("%w: %s", err, exit.Stderr)
	}
	if err != nil {
		err = fmt.Errorf("argus %s: %w", args[0], err)
	}
	return out, err
}

// Tell runs a command about the running daemon.
func (a Argus) Tell(ctx context.Context, args ...string) error {
	_, err := a.Command(ctx, append(args, "--config", a.Config())...)
	return err
}

// Ask runs a command about the running daemon that answers with JSON.
func (a Argus) Ask(ctx context.Context, into any, args ...string) error {
	out, err := a.Command(ctx, append(args, "--json", "--config", a.Config())...)
	if err != nil {
		return err
	}
	return json.Unmarshal(out, into)
}

// NewAgent makes an agent and answers with its token. More are flags of the command.
func (a Argus) NewAgent(ctx context.Context, name string, more ...string) (token string, err error) {
	var made struct {
		Token string `json:"token"`
	}
	if err := a.Ask(ctx, &made, append([]string{"agent", "new", name, "--print-token"}, more...)...); err != nil {
		return "", err
	}
	if made.Token == "" {
		return "", errors.New("argus agent new gave no token")
	}
	return made.Token, nil
}
