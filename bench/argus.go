package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"argus/internal/installed"
)

// argus is an installation with the echo server.
type argus struct {
	installed.Argus
	echo     string
	policies int
	beside   bool     // of another build
	serve    []string // in place of `argus serve`

	token       string
	protections []string // of the sandbox, as the server's process reported them from inside
}

func (a *argus) name() string {
	if a.beside {
		return fmt.Sprintf("other build, %d policies", a.policies)
	}
	return fmt.Sprintf("argus, %d policies", a.policies)
}

// limits of the installation, far above what a person needs: the bench measures what a call costs, not where Argus stops one.
var limits = map[string]string{"calls_per_minute": "1000000", "flights_per_agent": "1000"}

// start makes the installation and serves it until its tools can be called and an agent may.
func (a *argus) start(ctx context.Context) (p *installed.Process, err error) {
	if err := a.Init(ctx, "127.0.0.1:0"); err != nil {
		return nil, err
	}
	if err := errors.Join(a.configure(), addPolicies(filepath.Join(a.Folder, "policies"), a.policies)); err != nil {
		return nil, err
	}
	p, err = a.Serve(a.serve...)
	if err != nil {
		return nil, err
	}
	if err := a.open(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", a.name(), err), p.Stop())
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

// configure adds the server, and raises limits.
func (a *argus) configure() error {
	return a.Edit("argus.toml", func(text string) (string, error) {
		for key, value := range limits {
			line := regexp.MustCompile(`(?m)^` + key + ` = \S+`)
			if !line.MatchString(text) {
				return "", fmt.Errorf("there is no line %s", key)
			}
			text = line.ReplaceAllString(text, key+" = "+value)
		}
		return text + fmt.Sprintf("\n[profile.echo]\nread = []\nwrite = []\nnetwork = false\n\n[[server]]\nname = \"echo\"\ncommand = %q\n"+
			"profile = \"echo\"\nprefix = \"\"\n", a.echo), nil
	})
}

// tools waits until those of the server are as wanted.
func (a *argus) tools(ctx context.Context, what string, wanted func([]installed.Tool) bool) error {
	return a.Until(ctx, "echo", what, func(tools []installed.Tool) bool { return len(tools) == 2 && wanted(tools) })
}

func (a *argus) pin(ctx context.Context) error {
	if err := a.tools(ctx, "known", func([]installed.Tool) bool { return true }); err != nil {
		return err
	}
	return a.Tell(ctx, "registry", "pin", "echo", "--yes")
}

var digestLine = regexp.MustCompile(`(?m)^name = "(note|post)"\ndigest = "(sha256:[0-9a-f]{64})"$`)

// narrow says what the two tools bring and where they go. The digests are those that were approved.
func (a *argus) narrow(ctx context.Context) error {
	err := a.Edit("registry/echo.toml", func(text string) (string, error) {
		sinks := map[string]string{note: `[]`, post: `["network_external"]`}
		entries := "server = \"echo\"\n"
		for _, found := range digestLine.FindAllStringSubmatch(text, -1) {
			entries += fmt.Sprintf("\n[[tool]]\nname = %q\ndigest = %q\ncapabilities = [\"ipc\"]\nlabel = { level = \"public\", integrity = \"verified\" }\n"+
				"sinks = %s\nstores = { reads = [], writes = [] }\n", found[1], found[2], sinks[found[1]])
		}
		return entries, nil
	})
	if err != nil {
		return err
	}
	return a.tools(ctx, "callable", func(tools []installed.Tool) bool {
		return !slices.ContainsFunc(tools, func(t installed.Tool) bool {
			return t.State != "callable" || t.Level != "public" || (len(t.Sinks) > 0) != (t.Tool == post)
		})
	})
}

func (a *argus) newAgent(ctx context.Context) (err error) {
	a.token, err = a.NewAgent(ctx, "bench")
	return err
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
	if err := a.Ask(ctx, &told, "status"); err != nil {
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
