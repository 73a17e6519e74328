package config

import "argus/internal/tomlpos"

// document is the shape of argus.toml, each value with its place.
type document struct {
	State tomlpos.Value[string] `toml:"state"`
	MCP   struct {
		Listen          tomlpos.Value[string]   `toml:"listen"`
		AllowedOrigins  []tomlpos.Value[string] `toml:"allowed_origins"`
		MaxRequestBytes tomlpos.Value[int64]    `toml:"max_request_bytes"`
	} `toml:"mcp"`
	GRPC struct {
		Listen          tomlpos.Value[string] `toml:"listen"`
		Certificate     tomlpos.Value[string] `toml:"certificate"`
		Key             tomlpos.Value[string] `toml:"key"`
		ClientCA        tomlpos.Value[string] `toml:"client_ca"`
		MaxRequestBytes tomlpos.Value[int64]  `toml:"max_request_bytes"`
	} `toml:"grpc"`
	Operator struct {
		Key tomlpos.Value[string] `toml:"key"`
	} `toml:"operator"`
	Log struct {
		Level tomlpos.Value[string] `toml:"level"`
	} `toml:"log"`
	Limits   limitsTable                            `toml:"limits"`
	Plugins  []tomlpos.Value[pluginTable]           `toml:"plugin"`
	Profiles map[string]tomlpos.Value[profileTable] `toml:"profile"`
	Servers  []tomlpos.Value[serverTable]           `toml:"server"`

	Sources   map[string]tomlpos.Value[sourceTable]   `toml:"source"`
	Upstreams map[string]tomlpos.Value[upstreamTable] `toml:"upstream"`
}

type sourceTable struct {
	Level     tomlpos.Value[string] `toml:"level"`
	Integrity tomlpos.Value[string] `toml:"integrity"`
}

type upstreamTable struct {
	Sink tomlpos.Value[string] `toml:"sink"`
}

type limitsTable struct {
	ContextsPerPrincipal tomlpos.Value[int64]  `toml:"contexts_per_principal"`
	Depth                tomlpos.Value[int64]  `toml:"depth"`
	FlightsPerAgent      tomlpos.Value[int64]  `toml:"flights_per_agent"`
	CallsPerMinute       tomlpos.Value[int64]  `toml:"calls_per_minute"`
	CallTimeout          tomlpos.Value[string] `toml:"call_timeout"`
	QuestionTimeout      tomlpos.Value[string] `toml:"question_timeout"`
	ContextIdle          tomlpos.Value[string] `toml:"context_idle"`
}

type pluginTable struct {
	Kind     tomlpos.Value[string]         `toml:"kind"`
	Binary   tomlpos.Value[string]         `toml:"binary"`
	SHA256   tomlpos.Value[string]         `toml:"sha256"`
	Settings tomlpos.Value[map[string]any] `toml:"settings"`
}

type profileTable struct {
	Read         []tomlpos.Value[string] `toml:"read"`
	Write        []tomlpos.Value[string] `toml:"write"`
	Network      bool                    `toml:"network"`
	MaxProcesses tomlpos.Value[int64]    `toml:"max_processes"`
	MaxMemory    tomlpos.Value[any]      `toml:"max_memory"`
}

type serverTable struct {
	Name    tomlpos.Value[string]            `toml:"name"`
	Command tomlpos.Value[string]            `toml:"command"`
	Args    []tomlpos.Value[string]          `toml:"args"`
	Env     map[string]tomlpos.Value[string] `toml:"env"`
	Workdir tomlpos.Value[string]            `toml:"workdir"`
	Profile tomlpos.Value[string]            `toml:"profile"`
	Prefix  tomlpos.Value[string]            `toml:"prefix"`
}

// defaults are the values of keys that nobody set. None of them grants.
func defaults() map[string]any {
	return map[string]any{
		"state": "state",
		"mcp":   map[string]any{"listen": "127.0.0.1:8741", "max_request_bytes": int64(4 << 20)},
		"grpc":  map[string]any{"max_request_bytes": int64(4 << 20)},
		"log":   map[string]any{"level": "info"},
		"limits": map[string]any{
			"contexts_per_principal": int64(256),
			"depth":                  int64(8),
			"flights_per_agent":      int64(128),
			"calls_per_minute":       int64(6000),
			"call_timeout":           "60s",
			"question_timeout":       "5m",
			"context_idle":           "1h",
		},
	}
}
