package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/hashicorp/go-hclog"

	"argus/cmd/argus/internal/setup"
	"argus/host"
	"argus/host/child"
	"argus/host/config"
	"argus/host/upstream"
)

func pluginFinding(p listedPlugin) finding {
	f := finding{What: "plugin " + p.Name, State: stateBad}
	switch p.Pin {
	case pinHolds:
		f.State, f.Detail = stateGood, "it is the file that was pinned"
	case pinMissing:
		f.Detail, f.Fix = "there is no "+p.File, "make build, or say with --plugin-dir where the plugins lie"
	case pinOpen:
		f.Detail, f.Fix = p.why.Error(), "the daemon does not start with it until then"
	default:
		f.Detail, f.Fix = p.File+" is not the file that was pinned", "find out why; if you trust it as it is now: argus plugin pin "+p.Name
	}
	return f
}

const decisions = "policies and registry"

// examineDecisions has the oracle and the registry plugin read what they decide by.
func examineDecisions(ctx context.Context, o host.Options) finding {
	if _, err := host.Rehearse(ctx, o, nil); err != nil {
		return finding{decisions, stateBad, err.Error(), "a daemon that starts now refuses every call until then"}
	}
	return finding{decisions, stateGood, "the plugins take them", ""}
}

// examineSandbox asks the sandbox plugin about this machine, and about each server of the configuration.
func examineSandbox(ctx context.Context, o host.Options) []finding {
	layers, servers, err := host.Survey(ctx, o)
	found := []finding{}
	if err != nil {
		found = append(found, finding{"sandbox", stateBad, err.Error(), "no server can be started until then"})
	}
	for _, l := range layers {
		found = append(found, layerFinding(l))
	}
	for _, s := range servers {
		found = append(found, serverFinding(s))
	}
	return found
}

// examineMachine looks at a machine on which there is no configuration yet, by the plugin that argus init would pin.
func examineMachine(ctx context.Context, plugins string) []finding {
	if able := upstream.Able(); able != nil {
		return systemFindings(able, child.Tied, 0)
	}
	initial, err := setup.Options{PluginDir: plugins, Sandboxed: true}.Plugins()
	if err != nil {
		return []finding{{"plugins", stateBad, err.Error(), "make build makes them"}}
	}
	var c config.Config
	for _, p := range initial {
		settings, err := json.Marshal(p.Settings)
		if err != nil {
			return []finding{{"plugins", stateBad, err.Error(), ""}}
		}
		c.Plugins = append(c.Plugins, config.Plugin{Kind: p.Kind, Binary: p.Binary, SHA256: p.SHA256, Settings: settings, Folder: plugins})
	}
	return examineSandbox(ctx, host.Options{Config: c, PluginDir: plugins, Logger: hclog.NewNullLogger()})
}

// systemFindings tell what this operating system lacks: able is why it cannot run servers, tied whether it ends plugins with the daemon.
func systemFindings(able error, tied bool, servers int) []finding {
	var found []finding
	if able != nil {
		f := finding{"servers", stateNote, "none can be started: " + able.Error(), "have the daemon on Linux run them; calls to models and over gRPC are guarded here too"}
		if servers > 0 {
			f.State = stateBad
		}
		found = append(found, f)
	}
	if !tied {
		found = append(found, finding{"plugins", stateNote,
			"this system does not end them with a daemon that is killed: those written with the Go SDK end themselves, others may stay", ""})
	}
	return found
}

func layerFinding(l host.Layer) finding {
	f := finding{What: "sandbox: " + l.Name, State: stateGood, Detail: l.Detail}
	if !l.Available {
		f.State, f.Fix = stateBad, "there is no weaker mode: no server can be started without it"
	}
	return f
}

func serverFinding(s host.Confinement) finding {
	f := finding{What: "server " + s.Server, State: stateGood, Detail: "would be protected by " + strings.Join(s.Protections, ", ")}
	if s.Err != nil {
		f.State, f.Detail, f.Fix = stateBad, s.Err.Error(), "it cannot be started until then"
	}
	return f
}

// examineUser tells whether what runs outside Argus is kept from what Argus keeps. Whoever owns the folder from which Argus works is Argus's
// user.
func examineUser(state string) finding {
	person := os.Getuid()
	if sudo, err := strconv.Atoi(os.Getenv("SUDO_UID")); err == nil {
		person = sudo
	}
	return userFinding(ownerOf(state), person)
}

func userFinding(owner, person int) finding {
	const what = "user"
	switch {
	case owner == person:
		return finding{what, stateNote,
			"same user: not a boundary against agents with a shell outside Argus, which can read what you can read",
			"run the daemon as a user of its own: argus service print --system shows how"}
	case person == 0: // who it is that works on this machine cannot be told
		return finding{what, stateNote,
			fmt.Sprintf("Argus runs as %s: a boundary only against programs that run as neither that user nor root", userName(owner)),
			"ask as the user whose agents these are: argus doctor"}
	}
	return finding{what, stateGood, fmt.Sprintf("own user: Argus runs as %s, which is a boundary against your other programs", userName(owner)), ""}
}
