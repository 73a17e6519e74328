package config

import (
	"encoding/hex"
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"

	"argus/internal/tomlpos"
)

func (c *checker) plugins(values []tomlpos.Value[pluginTable], servers bool) []Plugin {
	lines := map[Kind]tomlpos.Where{}
	byKind := map[Kind]Plugin{}
	for _, v := range values {
		kind, ok := c.kind(v)
		if !ok {
			continue
		}
		if first, twice := lines[kind]; twice {
			c.fault(v.At, "keep one of the two", "a second plugin of kind %s: the first is at %v", kind, first)
			continue
		}
		lines[kind] = v.At
		byKind[kind] = c.plugin(kind, v)
	}
	var plugins []Plugin
	for _, kind := range Kinds() {
		p, given := byKind[kind]
		switch {
		case given:
			plugins = append(plugins, p)
		case kind.needed(servers):
			c.fault(c.at(""), `add a [[plugin]] table with kind = "`+string(kind)+`"; argus init writes one`,
				"no plugin of kind %s", kind)
		}
	}
	return plugins
}

func (c *checker) kind(v tomlpos.Value[pluginTable]) (Kind, bool) {
	kind := Kind(v.V.Kind.V)
	if slices.Contains(Kinds(), kind) {
		return kind, true
	}
	at := v.V.Kind.At
	if at.IsZero() {
		at = v.At
	}
	c.fault(at, `write kind = "oracle", "sandbox", "registry" or "audit"`, "a plugin must have one of the known kinds")
	return "", false
}

func (c *checker) plugin(kind Kind, v tomlpos.Value[pluginTable]) Plugin {
	p := Plugin{Kind: kind, Binary: v.V.Binary.V, SHA256: strings.ToLower(v.V.SHA256.V), Folder: c.folder(v.At)}
	c.binary(v)
	if sum, err := hex.DecodeString(p.SHA256); !v.V.SHA256.Set() {
		c.fault(v.At, "run argus plugin pin", "the plugin has no sha256")
	} else if err != nil || len(sum) != 32 {
		c.fault(v.V.SHA256.At, "run argus plugin pin", "sha256 must be 64 hex digits")
	}
	p.Settings = c.settings(v.V.Settings)
	c.required(&p, v)
	return p
}

// defaultLag is how many records a required sink may lag where nothing is said: more than its batches and fewer than anybody could not do without.
const defaultLag = 10_000

// required reads what only an audit sink has.
func (c *checker) required(p *Plugin, v tomlpos.Value[pluginTable]) {
	required, lag := v.V.Required, v.V.MaxLag
	switch {
	case p.Kind != Audit && required.Set():
		c.fault(required.At, "remove it", "required is for plugins of kind audit: all others are required anyway")
	case lag.Set() && !required.V:
		c.fault(lag.At, "write required = true beside it", "max_lag is for a required plugin of kind audit")
	case required.V:
		p.Required, p.MaxLag = true, defaultLag
		if lag.Set() {
			p.MaxLag = uint64(c.whole("max_lag", lag, 100, 1<<32))
		}
	}
}

// binary admits a name and no path: plugins come from one folder, whose owner and mode are checked before a launch.
func (c *checker) binary(v tomlpos.Value[pluginTable]) {
	name := v.V.Binary.V
	if !v.V.Binary.Set() {
		c.fault(v.At, `add binary = "…", a file name in the plugin folder`, "the plugin has no binary")
	} else if name == "" || name != filepath.Base(name) || strings.HasPrefix(name, ".") || !printable(name) || len(name) > 255 {
		c.fault(v.V.Binary.At, "give a file name without a folder", "binary must be the name of a file in the plugin folder")
	}
}

// settings passes a table on as JSON. TOML has values that JSON has not; those are refused instead of being turned into others.
func (c *checker) settings(v tomlpos.Value[map[string]any]) json.RawMessage {
	if !v.Set() || v.V == nil {
		return json.RawMessage("{}")
	}
	if !plainJSON(v.V) {
		c.fault(v.At, "write dates as text in quotes", "settings may hold text, numbers, true, false, lists and tables only")
		return nil
	}
	text, err := json.Marshal(v.V)
	if err != nil {
		c.fault(v.At, "write inf and nan as text in quotes", "settings hold a number that JSON has no way to write")
		return nil
	}
	return text
}

func plainJSON(v any) bool {
	switch v := v.(type) {
	case string, bool, int64, float64:
		return true
	case []any:
		return !slices.ContainsFunc(v, func(item any) bool { return !plainJSON(item) })
	case map[string]any:
		for _, item := range v {
			if !plainJSON(item) {
				return false
			}
		}
		return true
	}
	return false
}
