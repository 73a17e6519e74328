package content

import (
	"argus/internal/tomlpos"
	"argus/plugin/sdk/registry"
)

type channelsTable struct {
	Resources    tomlpos.Value[channelTable]      `toml:"resources"`
	Prompts      tomlpos.Value[channelTable]      `toml:"prompts"`
	Completion   tomlpos.Value[channelTable]      `toml:"completion"`
	Sampling     tomlpos.Value[channelTable]      `toml:"sampling"`
	Elicitation  tomlpos.Value[channelTable]      `toml:"elicitation"`
	Roots        tomlpos.Value[channelTable]      `toml:"roots"`
	Log          tomlpos.Value[channelTable]      `toml:"log"`
	Progress     tomlpos.Value[channelTable]      `toml:"progress"`
	Instructions tomlpos.Value[instructionsTable] `toml:"instructions"`
}

type channelTable struct {
	Capabilities tomlpos.Value[[]tomlpos.Value[string]] `toml:"capabilities"`
	Label        tomlpos.Value[labelTable]              `toml:"label"`
	Sinks        tomlpos.Value[[]tomlpos.Value[string]] `toml:"sinks"`
	Stores       tomlpos.Value[storesTable]             `toml:"stores"`
}

// instructionsTable pins a text. It has no label: what a person has seen brings nothing else.
type instructionsTable struct {
	Digest tomlpos.Value[string] `toml:"digest"`
}

func (r *reader) readChannels(server string, issuer tomlpos.Value[string], t channelsTable, whole bool) {
	for _, c := range []struct {
		channel registry.Channel
		table   tomlpos.Value[channelTable]
	}{
		{registry.Resources, t.Resources}, {registry.Prompts, t.Prompts}, {registry.Completion, t.Completion},
		{registry.Sampling, t.Sampling}, {registry.Elicitation, t.Elicitation}, {registry.Roots, t.Roots},
		{registry.Log, t.Log}, {registry.Progress, t.Progress},
	} {
		if c.table.Set() {
			j := r.common(c.table.At, c.table.V)
			j.Server, j.Issuer, j.Channel = server, issuer.V, c.channel
			r.add(j, whole)
		}
	}
	if t.Instructions.Set() {
		r.add(r.instructions(server, issuer, t.Instructions), whole)
	}
}

func (r *reader) instructions(server string, issuer tomlpos.Value[string], v tomlpos.Value[instructionsTable]) judged {
	j := judged{ok: r.digest(server, v.At, v.V.Digest)}
	j.Server, j.Issuer, j.Channel = server, issuer.V, registry.Instructions
	j.Digest, j.Origin = v.V.Digest.V, origin(v.At)
	return j
}
