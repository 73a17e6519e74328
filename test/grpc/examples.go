package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// story is one, told by a client. It fails with what went another way than it goes.
type story struct {
	name string
	tell func(ctx context.Context, h *house) error
}

// examples are the agents that users are given.
func examples(programs, script string) []story {
	all := []story{{"the agent in Go", played(filepath.Join(programs, "tools", "agent"))}}
	if script != "" {
		all = append(all, story{"the agent in TypeScript", played("node", script)})
	}
	return all
}

// played runs an agent to its end. Of the letters that its agents write, the one of the agent that had met nothing is sent.
func played(command ...string) func(context.Context, *house) error {
	return func(ctx context.Context, h *house) error {
		a, err := h.principal(ctx)
		if err != nil {
			return err
		}
		file := filepath.Join(h.Folder, a.name+".token")
		if err := os.WriteFile(file, []byte(a.token), 0o600); err != nil {
			return err
		}
		before, err := h.calls(mail)
		if err != nil {
			return err
		}
		said, err := exec.CommandContext(ctx, command[0], append(command[1:], "--socket", h.socket(), "--token-file", file)...).CombinedOutput()
		if err != nil {
			return fmt.Errorf("%w\n%s", err, said)
		}
		h.refused++ // the letter of the chief, or the agent would have failed
		return h.reached(mail, before, 1)
	}
}
