package config

import (
	"crypto/ed25519"
	"encoding/json"
	"net/netip"
	"time"
)

// Config is what is in force. It is built by Load, belongs to all parts of the daemon at once, and must not be changed. The
// zero value has no plugin, no server, no operator and limits that admit nothing.
type Config struct {
	State    string // absolute path of the state folder
	MCP      MCP
	GRPC     GRPC
	Operator Operator
	Log      Log
	Limits   Limits
	Plugins  []Plugin // one of each kind, in the order of Kinds
	Profiles map[string]Profile
	Servers  []Server // in the order written, names unique

	Sources   map[string]Source   // of content from outside any call
	Upstreams map[string]Upstream // to which content may flow outside any tool

	settings []Setting
}

// MCP is the door toward agents.
type MCP struct {
	Listen          netip.AddrPort // a loopback address; port 0 asks for any free one
	AllowedOrigins  []string       // of browsers, exact; none by default
	MaxRequestBytes int64
}

// GRPC is the door toward agent frameworks.
type GRPC struct {
	Listen          netip.AddrPort // zero: the socket only
	Certificate     string         // absolute paths of PEM files; set with Listen
	Key             string
	ClientCA        string // "" asks no client for a certificate
	MaxRequestBytes int64
}

// Source is what content from outside any call brings, by the names of the protocol.
type Source struct{ Level, Integrity string }

// Upstream is where content may flow outside any tool.
type Upstream struct {
	Sink string // by the name of the protocol
}

// Operator is who may do what no agent may.
type Operator struct {
	Key ed25519.PublicKey
}

// Log says how much is told.
type Log struct {
	Level string // trace, debug, info, warn or error
}

// Limits bound what a principal and its agents may use. None is 0 in a loaded Config.
type Limits struct {
	ContextsPerPrincipal int
	Depth                int
	FlightsPerAgent      int
	CallsPerMinute       int
	CallTimeout          time.Duration
	QuestionTimeout      time.Duration
	ContextIdle          time.Duration // of declared contexts
}

// Kind is a kind of plugin.
type Kind string

// The kinds of plugins.
const (
	Oracle   Kind = "oracle"
	Sandbox  Kind = "sandbox"
	Registry Kind = "registry"
)

// Kinds are all kinds; a Config has one plugin of each.
func Kinds() []Kind { return []Kind{Oracle, Sandbox, Registry} }

// Plugin is one program to launch.
type Plugin struct {
	Kind     Kind
	Binary   string          // file name in the plugin folder
	SHA256   string          // of the binary: 64 lower-case hex digits
	Settings json.RawMessage // a JSON object
	Folder   string          // absolute: of the file that names the plugin; relative paths in Settings start there
}

// Profile is what a server may touch. Nothing is allowed that is not listed.
type Profile struct {
	Read         []string // absolute paths
	Write        []string // absolute paths
	Network      bool
	MaxProcesses uint64 // 0: the sandbox's default
	MaxMemory    uint64 // bytes of address space; 0: no limit
}

// Server is one MCP server that Argus runs.
type Server struct {
	Name    string
	Command string // absolute path of the program
	Args    []string
	Env     map[string]string // its whole environment, but for what the sandbox adds
	Scratch string            // absolute path of its private folder, which the host makes
	Workdir string            // absolute path; Scratch unless configured
	Profile string            // a name in Config.Profiles
	Prefix  string            // of its tools' names toward agents; "" shows them unchanged
}

// Plugin finds the plugin of a kind.
func (c Config) Plugin(kind Kind) (Plugin, bool) {
	for _, p := range c.Plugins {
		if p.Kind == kind {
			return p, true
		}
	}
	return Plugin{}, false
}

// Server finds a server by its name.
func (c Config) Server(name string) (Server, bool) {
	for _, s := range c.Servers {
		if s.Name == name {
			return s, true
		}
	}
	return Server{}, false
}
