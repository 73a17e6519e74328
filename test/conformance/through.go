package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"argus/internal/installed"
)

// gateway is an Argus that runs one server, and an agent's way to it.
type gateway struct {
	installed.Argus
	process *installed.Process
	token   string
}

// fixture is a server for Argus to run.
type fixture struct {
	command []string
	network bool
	tools   int // that it offers
}

// openGateway makes an installation that listens at an address and serves it until all tools of its server can be called.
func openGateway(ctx context.Context, programs, folder, listen string, origins []string, f fixture) (_ *gateway, err error) {
	g := &gateway{Argus: installed.Argus{Programs: programs, Folder: folder}}
	if err := g.Init(ctx, listen); err != nil {
		return nil, err
	}
	if err := errors.Join(g.configure(origins, f), g.openChannels(f)); err != nil {
		return nil, err
	}
	if g.process, err = g.Serve(); err != nil {
		return nil, err
	}
	if err := g.explained(g.approve(ctx, f)); err != nil {
		return nil, errors.Join(err, g.close())
	}
	if g.token, err = g.NewAgent(ctx, "suite"); err != nil {
		return nil, errors.Join(err, g.close())
	}
	return g, nil
}

func (g *gateway) close() error { return g.process.Stop() }

// explained adds to what went wrong what the daemon said last.
func (g *gateway) explained(err error) error {
	if err == nil {
		return nil
	}
	said, unread := os.ReadFile(filepath.Join(g.Folder, "argus.log"))
	return errors.Join(err, unread, errors.New("the daemon said: "+tail(string(said))))
}

const server = "fixtures"

// listed is a list of strings in TOML.
func listed(texts []string) string {
	quoted := make([]string, len(texts))
	for i, text := range texts {
		quoted[i] = strconv.Quote(text)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

func (g *gateway) configure(origins []string, f fixture) error {
	return g.Edit("argus.toml", func(text string) (string, error) {
		before, after, found := strings.Cut(text, "allowed_origins = []")
		if !found {
			return "", errors.New("there is no line allowed_origins = []")
		}
		text = before + "allowed_origins = " + listed(origins) + after
		return text + fmt.Sprintf("\n[profile.%s]\nread = []\nwrite = []\nnetwork = %t\n\n[[server]]\nname = %[1]q\ncommand = %[3]q\nargs = %[4]s\n"+
			"profile = %[1]q\nprefix = \"\"\n", server, f.network, f.command[0], listed(f.command[1:])), nil
	})
}

// channels are all by which a server can be reached, or reach out, besides tools.
var channels = []string{"resources", "prompts", "completion", "sampling", "elicitation", "roots", "log", "progress"}

// openChannels declares every channel before the server starts: one of the session era is told once what it may ask for.
func (g *gateway) openChannels(f fixture) error {
	text := fmt.Sprintf("server = %q\n", server)
	for _, name := range channels {
		text += "\n[channels." + name + "]\n" + f.harmless() + "\n"
	}
	return os.WriteFile(filepath.Join(g.Folder, "registry", server+".toml"), []byte(text), 0o600)
}

// approve pins all that the server offers, and says of each tool that it brings nothing confidential.
func (g *gateway) approve(ctx context.Context, f fixture) error {
	if f.tools == 0 {
		return g.Ready(ctx, server)
	}
	narrow := func(pinned string) (string, error) { return f.narrowed(pinned), nil }
	return g.Approve(ctx, server, f.tools, narrow, func(t installed.Tool) bool { return t.Level == "public" })
}

// strictest is what a new entry says.
var strictest = regexp.MustCompile(`(?m)^capabilities = .*\nlabel = .*\nsinks = .*\nendorsed = .*\n# stores = .*$`)

// harmless is what is true of all that a server of the suite offers: nobody keeps its secrets in it. Where it could reach the network, each of
// its tools could.
func (f fixture) harmless() string {
	sinks := "[]"
	if f.network {
		sinks = `["network_external"]`
	}
	return "capabilities = []\nlabel = { level = \"public\", integrity = \"observed\" }\nsinks = " + sinks + "\nstores = { reads = [], writes = [] }"
}

// narrowed says so in each new entry.
func (f fixture) narrowed(text string) string { return strictest.ReplaceAllString(text, f.harmless()) }
