//go:build linux

// Command sandbox-landlock is the sandbox plugin for Linux: it plans how a server is started inside Landlock and seccomp.
//
// README.md tells what is enforced and what is not. The parts are internal/profile (what the helper is told), internal/machine
// (what the kernel has), internal/confine (the inside), internal/supervise (the outside) and helper (the program made of them).
package main

import (
	"context"

	"argus/plugin/sdk"
	"argus/plugin/sdk/sandbox"
	"argus/plugins/sandbox-landlock/internal/machine"
)

var info = sdk.Info{
	Name:    "sandbox-landlock",
	Version: "1.0.0",
	SettingsSchema: `{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "type": "object",
  "properties": {
    "helper_sha256": {
      "type": "string",
      "pattern": "^[0-9a-f]{64}$",
      "description": "SHA-256 of argus-confine; while set, no other helper confines a server"
    }
  },
  "additionalProperties": false
}`,
}

func main() { sandbox.Serve(info, &plugin{}) }

// plugin is the sandbox as the host sees it. The host configures it once, before anything else.
type plugin struct {
	folder string
	pinned string // checksum of the helper; empty when the settings pin none
}

// Configure takes the helper's pin and remembers where the helper lies.
func (p *plugin) Configure(_ context.Context, settings sdk.Settings) []sdk.Problem {
	var s struct {
		Pinned string `json:"helper_sha256"`
	}
	if err := settings.Decode(&s); err != nil {
		return []sdk.Problem{{Message: err.Error(), Fix: `set "helper_sha256" and nothing else: a server's rights are in its own profile`}}
	}
	if _, err := trustedHelper(settings.PluginFolder, s.Pinned); err != nil {
		return []sdk.Problem{{Message: err.Error(), Fix: "put " + helper + " of this release beside the plugin"}}
	}
	p.folder, p.pinned = settings.PluginFolder, s.Pinned
	return nil
}

// Survey asks the kernel anew each time.
func (p *plugin) Survey(context.Context) []sandbox.Layer {
	var layers []sandbox.Layer
	for _, l := range machine.Layers() {
		layers = append(layers, sandbox.Layer(l))
	}
	return layers
}
