// Command audit-sqlite is an audit sink that can be asked: it keeps what happened in one SQLite file.
//
// It decides nothing. It trusts the order in which the host gives events, and the owner of its folder. README.md tells the settings and the table.
package main

import (
	"context"

	"argus/plugin/sdk"
	"argus/plugin/sdk/audit"
	"argus/plugins/audit-sqlite/store"
)

var info = sdk.Info{
	Name:    "audit-sqlite",
	Version: "0.1.0",
	SettingsSchema: `{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "type": "object",
  "properties": {
    "file": {
      "type": "string",
      "minLength": 1,
      "description": "the SQLite file; its folder is made when absent; a relative path starts at the folder of the configuration"
    },
    "max_events": {
      "type": "integer",
      "minimum": 1000,
      "description": "how many events are kept: the oldest go first; 10,000,000 unless said"
    }
  },
  "required": ["file"],
  "additionalProperties": false
}`,
}

func main() {
	p := &plugin{}
	defer p.close()
	audit.Serve(info, p)
}

// plugin is the sink as the host sees it. The host configures it once, before anything else.
type plugin struct{ store *store.Store }

// Configure opens the file.
func (p *plugin) Configure(ctx context.Context, settings sdk.Settings) []sdk.Problem {
	var s struct {
		File      string `json:"file"`
		MaxEvents int64  `json:"max_events"`
	}
	if err := settings.Decode(&s); err != nil {
		return []sdk.Problem{{Message: err.Error(), Fix: `set "file" to the SQLite file`}}
	}
	if s.File == "" {
		return []sdk.Problem{{Message: `the setting "file" is missing`, Fix: `set "file" to the SQLite file`}}
	}
	opened, err := store.Open(ctx, settings.Path(s.File), s.MaxEvents)
	if err != nil {
		return []sdk.Problem{{Message: err.Error(), Fix: "give a file that this user alone can write, or move the one that is there away"}}
	}
	p.store = opened
	return nil
}

func (p *plugin) Kept(ctx context.Context) (audit.Kept, error) { return p.store.Kept(ctx) }

func (p *plugin) Append(ctx context.Context, events []audit.Event) (audit.Kept, error) {
	return p.store.Append(ctx, events)
}

func (p *plugin) Query(ctx context.Context, q audit.Query) ([]audit.Found, error) {
	return p.store.Query(ctx, q)
}

func (p *plugin) close() {
	if p.store != nil {
		p.store.Close()
	}
}
