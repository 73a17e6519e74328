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
	LLM      llmTable `toml:"llm"`
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
	Clients   []tomlpos.Value[clientTable]            `toml:"client"`
}

type sourceTable struct {
	Level     tomlpos.Value[string] `toml:"level"`
	Integrity tomlpos.Value[string] `toml:"integrity"`
}

type llmTable struct {
	Listen          tomlpos.Value[string]      `toml:"listen"`
	MaxRequestBytes tomlpos.Value[int64]       `toml:"max_request_bytes"`
	UserLabel       tomlpos.Value[sourceTable] `toml:"user_label"`
	UnknownLabel    tomlpos.Value[sourceTable] `toml:"unknown_label"`
	OnRefusal       tomlpos.Value[string]      `toml:"on_refusal"`
	Rounds          tomlpos.Value[int64]       `toml:"rounds"`
	HostTools       bool                       `toml:"host_tools"`
	ResultTimeout   tomlpos.Value[string]      `toml:"result_timeout"`
}

type upstreamTable struct {
	Sink      tomlpos.Value[string]      `toml:"sink"`
	URL       tomlpos.Value[string]      `toml:"url"`
	Format    tomlpos.Value[string]      `toml:"format"`
	Key       tomlpos.Value[string]      `toml:"key"`
	Pass      []tomlpos.Value[string]    `toml:"pass"`
	PassLabel tomlpos.Value[sourceTable] `toml:"pass_label"`
	Members   []tomlpos.Value[string]    `toml:"members"`
}

type clientTable struct {
	Name   tomlpos.Value[string]   `toml:"name"`
	Agents []tomlpos.Value[string] `toml:"agents"`
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
	Required tomlpos.Value[bool]           `toml:"required"`
	MaxLag   tomlpos.Value[int64]          `toml:"max_lag"`
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
		"llm": map[string]any{
			"listen": "127.0.0.1:8743", "max_request_bytes": int64(32 << 20),
			"user_label":    map[string]any{"level": "internal", "integrity": "observed"},
			"unknown_label": map[string]any{"level": "restricted", "integrity": "untrusted"},
			"on_refusal":    "tell", "rounds": int64(4), "result_timeout": "15m",
		},
		"log": map[string]any{"level": "info"},
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
