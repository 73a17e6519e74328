package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
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
	if err := errors.Join(a.configure(), a.decide(), addPolicies(filepath.Join(a.Folder, "policies"), a.policies)); err != nil {
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
	decided := func(t installed.Tool) bool { return t.Level == "public" && (len(t.Sinks) > 0) == (t.Tool == post) }
	if err := a.Approve(ctx, "echo", len(sinks), nil, decided); err != nil {
		return err
	}
	var err error
	if a.token, err = a.NewAgent(ctx, "bench"); err != nil {
		return err
	}
	return a.inspect(ctx)
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

// sinks are where the effects of the two tools go.
var sinks = map[string]string{note: `[]`, post: `["network_external"]`}

// decide says what the two tools bring and where they go. Their definitions nobody has seen yet.
func (a *argus) decide() error {
	entries := "server = \"echo\"\n"
	for tool, where := range sinks {
		entries += fmt.Sprintf("\n[[tool]]\nname = %q\ndigest = \"sha256:%064d\"\ncapabilities = [\"ipc\"]\n"+
			"label = { level = \"public\", integrity = \"verified\" }\nsinks = %s\nstores = { reads = [], writes = [] }\n", tool, 0, where)
	}
	return os.WriteFile(filepath.Join(a.Folder, "registry", "echo.toml"), []byte(entries), 0o600)
}

// inspect sees that the server is confined.
func (a *argus) inspect(ctx context.Context) error {
	told, err := a.Status(ctx)
	if err != nil {
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
