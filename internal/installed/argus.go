// Package installed runs an installation of Argus by its own commands, as a person would, for programs that measure or judge it from
// outside.
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
	"slices"
	"time"
)

// Argus is one installation.
type Argus struct {
	Programs string // folder of the program argus, and of plugins/
	Folder   string // of argus.toml; Init makes it
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

// Command runs a command of argus and answers with what it printed.
func (a Argus) Command(ctx context.Context, args ...string) ([]byte, error) {
	out, err := exec.CommandContext(ctx, a.Program(), args...).Output()
	if exit, is := errors.AsType[*exec.ExitError](err); is {
		err = fmt.Errorf("%w: %s", err, exit.Stderr)
	}
	if err != nil {
		return nil, fmt.Errorf("argus %s: %w", args[0], err)
	}
	return out, nil
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

// Tool is what `argus tools --json` tells of one.
type Tool struct {
	Channel string   `json:"channel"`
	Tool    string   `json:"tool"`
	State   string   `json:"state"`
	Level   string   `json:"level"`
	Sinks   []string `json:"sinks"`
}

// Until waits until the tools of a server are as wanted.
func (a Argus) Until(ctx context.Context, server, what string, wanted func([]Tool) bool) error {
	var told struct {
		Tools []Tool `json:"tools"`
	}
	return await(ctx, func() error {
		if err := a.Ask(ctx, &told, "tools", server); err != nil {
			return err
		}
		tools := slices.DeleteFunc(told.Tools, func(t Tool) bool { return t.Channel != "tool" })
		if wanted(tools) {
			return nil
		}
		return fmt.Errorf("the %d tools of %s did not come to be %s", len(tools), server, what)
	})
}

// Ready waits until a server is.
func (a Argus) Ready(ctx context.Context, server string) error {
	var told struct {
		Servers []struct{ Name, State string }
	}
	return await(ctx, func() error {
		if err := a.Ask(ctx, &told, "status"); err != nil {
			return err
		}
		for _, s := range told.Servers {
			if s.Name == server && s.State == "ready" {
				return nil
			}
		}
		return fmt.Errorf("%s did not come to be ready: %+v", server, told.Servers)
	})
}

// Models is the address of the door to models, without the name of a vendor.
func (a Argus) Models(ctx context.Context) (string, error) {
	var told struct{ LLMAddress string }
	if err := a.Ask(ctx, &told, "status"); err != nil {
		return "", err
	}
	if told.LLMAddress == "" {
		return "", errors.New("the door to models is closed")
	}
	return told.LLMAddress, nil
}

// await tries until there is nothing wrong any more, within Patience.
func await(ctx context.Context, try func() error) (err error) {
	for until := time.Now().Add(Patience); time.Now().Before(until) && ctx.Err() == nil; time.Sleep(50 * time.Millisecond) {
		if err = try(); err == nil {
			return nil
		}
	}
	return errors.Join(err, ctx.Err())
}
