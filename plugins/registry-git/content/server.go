package content

import (
	"regexp"

	"argus/internal/tomlpos"
	"argus/plugin/sdk"
	"argus/plugin/sdk/registry"
)

// serverTable is the shape of a file of entries.
type serverTable struct {
	Server   tomlpos.Value[string]        `toml:"server"`
	Issuer   tomlpos.Value[string]        `toml:"issuer"`
	Tools    []tomlpos.Value[toolTable]   `toml:"tool"`
	Channels tomlpos.Value[channelsTable] `toml:"channels"`
}

type toolTable struct {
	Name         tomlpos.Value[string]                  `toml:"name"`
	Digest       tomlpos.Value[string]                  `toml:"digest"`
	Capabilities tomlpos.Value[[]tomlpos.Value[string]] `toml:"capabilities"`
	Label        tomlpos.Value[labelTable]              `toml:"label"`
	Sinks        tomlpos.Value[[]tomlpos.Value[string]] `toml:"sinks"`
	Endorsed     bool                                   `toml:"endorsed"`
	Stores       tomlpos.Value[storesTable]             `toml:"stores"`
	Alias        tomlpos.Value[string]                  `toml:"alias"`
}

type labelTable struct {
	Level     tomlpos.Value[string] `toml:"level"`
	Integrity tomlpos.Value[string] `toml:"integrity"`
}

type storesTable struct {
	Reads  tomlpos.Value[[]tomlpos.Value[string]] `toml:"reads"`
	Writes tomlpos.Value[[]tomlpos.Value[string]] `toml:"writes"`
}

var (
	serverName = regexp.MustCompile(`^[a-z][a-z0-9-]{0,31}$`)
	aliasText  = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)
	storeName  = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9:._/-]{0,127}$`)
)

// IsServer tells whether a name can be that of a server.
func IsServer(name string) bool { return serverName.MatchString(name) }

func (r *reader) readServer(f File) {
	var t serverTable
	doc, whole := r.parse(f, &t)
	if doc == nil {
		return
	}
	server, issuer := r.server(f, t.Server), r.issuer(f, t.Issuer)
	for _, v := range t.Tools {
		r.add(r.tool(server, issuer, v), whole)
	}
	r.readChannels(server, issuer, t.Channels.V, whole)
}

func (r *reader) server(f File, v tomlpos.Value[string]) string {
	if !v.Set() {
		r.fault(tomlpos.Where{File: f.Path, Line: 1}, `add server = "…", the name it has in argus.toml`, "the file names no server")
	} else if !IsServer(v.V) {
		r.fault(v.At, "use its name in argus.toml", "%s cannot be the name of a server", tomlpos.Quote(v.V))
	}
	return v.V
}

func (r *reader) issuer(f File, v tomlpos.Value[string]) tomlpos.Value[string] {
	if !v.Set() {
		v = tomlpos.Value[string]{V: "local", At: tomlpos.Where{File: f.Path, Line: 1}}
	}
	for _, trusted := range r.issuers {
		if v.V == trusted {
			return v
		}
	}
	r.fault(v.At, "add it to issuers of flow.toml if you trust it", "nobody trusts the issuer %s", tomlpos.Quote(v.V))
	return v
}

func (r *reader) tool(server string, issuer tomlpos.Value[string], v tomlpos.Value[toolTable]) judged {
	t := v.V
	j := r.common(v.At, channelTable{t.Capabilities, t.Label, t.Sinks, t.Stores})
	j.Server, j.Issuer, j.Channel = server, issuer.V, registry.Tool
	j.Tool, j.Digest, j.Alias, j.Endorsed = t.Name.V, t.Digest.V, t.Alias.V, t.Endorsed
	j.ok = r.toolName(v.At, t.Name) && j.ok
	j.ok = r.digest(server, v.At, t.Digest) && j.ok
	j.ok = r.alias(t.Alias) && j.ok
	return j
}

func (r *reader) toolName(at tomlpos.Where, v tomlpos.Value[string]) bool {
	if !v.Set() {
		r.fault(at, `add name = "…", the tool's name at the server`, "the entry names no tool")
		return false
	}
	if err := sdk.CheckText("the name", v.V, 1, 256); err != nil {
		r.fault(v.At, "", "%v", err)
		return false
	}
	return true
}

func (r *reader) digest(server string, at tomlpos.Where, v tomlpos.Value[string]) bool {
	fix := "run argus registry pin " + server
	if !IsServer(server) {
		fix = "run argus registry pin"
	}
	if !v.Set() {
		r.fault(at, fix, "the entry has no digest: nobody has said which definition it is about")
		return false
	}
	if err := sdk.CheckDigest("the digest", v.V); err != nil {
		r.fault(v.At, fix, "%v", err)
		return false
	}
	return true
}

func (r *reader) alias(v tomlpos.Value[string]) bool {
	if !v.Set() {
		return true
	}
	if !aliasText.MatchString(v.V) {
		r.fault(v.At, "", "an alias is 1 to 64 letters, digits, _ and -")
		return false
	}
	if first, twice := r.aliases[v.V]; twice {
		r.fault(v.At, "use another", "alias %s is already that of the entry at %v", v.V, first)
		return false
	}
	r.aliases[v.V] = v.At
	return true
}
