// Command oracle-cedar is an oracle plugin: it authorizes calls and vouches for content by policies in Cedar.
//
// README.md tells what a policy can say. The parts are internal/source (the folder), internal/check (mistakes, and what a policy
// reads), internal/engine (answers) and internal/keeper (reloading).
package main

import (
	"context"

	"argus/plugin/sdk"
	"argus/plugin/sdk/oracle"
	"argus/plugins/oracle-cedar/internal/keeper"
)

var info = sdk.Info{
	Name:    "oracle-cedar",
	Version: "1.0.0",
	SettingsSchema: `{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "type": "object",
  "properties": {
    "policies": {
      "type": "string",
      "minLength": 1,
      "description": "folder with the policies (*.cedar); a relative path starts at the folder of the configuration"
    }
  },
  "required": ["policies"],
  "additionalProperties": false
}`,
}

func main() {
	p := &plugin{}
	defer p.close()
	oracle.Serve(info, p)
}

// plugin is the oracle as the host sees it. The host configures it once, before anything else.
type plugin struct{ keeper *keeper.Keeper }

// Configure starts with the folder of policies, also when that has mistakes: those are told with the policy in force, which is
// then none, and mending them needs no restart.
func (p *plugin) Configure(_ context.Context, settings sdk.Settings) []sdk.Problem {
	var s struct {
		Policies string `json:"policies"`
	}
	if err := settings.Decode(&s); err != nil {
		return []sdk.Problem{{Message: err.Error(), Fix: `set "policies" to the folder of the policies and nothing else`}}
	}
	if s.Policies == "" {
		return []sdk.Problem{{Message: `the setting "policies" is missing`, Fix: `set "policies" to the folder of the policies`}}
	}
	p.keeper = keeper.Open(settings.Path(s.Policies), sdk.Logger(info.Name))
	return nil
}

func (p *plugin) Policy() (oracle.PolicyState, <-chan struct{}) { return p.keeper.Policy() }

func (p *plugin) Ask(_ context.Context, q oracle.Question) oracle.Answer { return p.keeper.Ask(q) }

func (p *plugin) close() {
	if p.keeper != nil {
		p.keeper.Close()
	}
}
