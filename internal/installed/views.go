package installed

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"
)

// Tool is how one tool stands, as `argus tools --json` tells it.
type Tool struct {
	Server, Channel, Tool, Name, Digest, PinnedDigest, State, Reason, Definition string

	Level string
	Sinks []string
}

// Callable reports whether agents can call it.
func (t Tool) Callable() bool { return t.State == "callable" }

// Status is what `argus status --json` tells.
type Status struct {
	Plugins, Servers []Part
	Problems         []string
	Started, Refused uint64
	Halted           string
	GRPCAddress      string // with TLS; empty where none is configured
	LLMAddress       string // of the door to models; empty while it is closed
}

// Part is a plugin or a server of a Status.
type Part struct {
	Name, State, Detail string
	PID, Restarts       int
	Protections         []string
}

// Server finds one server in it.
func (s Status) Server(name string) Part { return find(s.Servers, name) }

// Plugin finds one plugin in it.
func (s Status) Plugin(name string) Part { return find(s.Plugins, name) }

func find(parts []Part, name string) Part {
	for _, p := range parts {
		if p.Name == name {
			return p
		}
	}
	return Part{}
}

// Status asks how the daemon is.
func (a Argus) Status(ctx context.Context) (s Status, err error) {
	return s, a.Ask(ctx, &s, "status")
}

// Until waits until the tools of a server are as wanted.
func (a Argus) Until(ctx context.Context, server, what string, wanted func([]Tool) bool) error {
	var told struct{ Tools []Tool }
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

// Approve waits until so many tools of a server are known, pins them, and waits until all of them can be called and are as wanted. Nil is to want
// no more. Decide replaces what the registry then says of the server; nil is what it said before, with the digests that were pinned.
func (a Argus) Approve(ctx context.Context, server string, tools int, decide func(pinned string) (string, error), wanted func(Tool) bool) error {
	known := func(found []Tool) bool { return len(found) == tools }
	if err := a.Until(ctx, server, "known", known); err != nil {
		return err
	}
	if err := a.Tell(ctx, "registry", "pin", server, "--yes"); err != nil {
		return err
	}
	if decide != nil {
		if err := a.Edit(filepath.Join("registry", server+".toml"), decide); err != nil {
			return err
		}
	}
	return a.Until(ctx, server, "callable", func(found []Tool) bool {
		return known(found) && !slices.ContainsFunc(found, func(t Tool) bool { return !t.Callable() || wanted != nil && !wanted(t) })
	})
}

// Ready waits until a server is.
func (a Argus) Ready(ctx context.Context, server string) error {
	return await(ctx, func() error {
		s, err := a.Status(ctx)
		if err == nil && s.Server(server).State != "ready" {
			err = fmt.Errorf("%s did not come to be ready: %+v", server, s.Servers)
		}
		return err
	})
}

// Models is the address of the door to models, without the name of a vendor.
func (a Argus) Models(ctx context.Context) (string, error) {
	s, err := a.Status(ctx)
	if err == nil && s.LLMAddress == "" {
		err = errors.New("the door to models is closed")
	}
	return s.LLMAddress, err
}

// await tries until there is nothing wrong any more, within patience.
func await(ctx context.Context, try func() error) (err error) {
	for begun := time.Now(); ; {
		if err = try(); err == nil {
			return nil
		}
		waited := time.Since(begun)
		if waited > patience || ctx.Err() != nil {
			return errors.Join(err, ctx.Err())
		}
		time.Sleep(Pause(waited))
	}
}

// Pause is how long to wait before one looks again who has waited so long already: looking mostly runs a command.
func Pause(waited time.Duration) time.Duration {
	return min(max(waited/10, 50*time.Millisecond), 500*time.Millisecond)
}
