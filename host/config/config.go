package config

import (
	"crypto/ed25519"
	"encoding/json"
	"net/netip"
	"net/url"
	"time"
)

// Config is what is in force. It is built by Load, belongs to all parts of the daemon at once, and must not be changed. The
// zero value has no plugin, no server, no operator and limits that admit nothing.
type Config struct {
	State    string // absolute path of the state folder
	MCP      MCP
	GRPC     GRPC
	LLM      LLM
	Operator Operator
	Log      Log
	Limits   Limits
	Plugins  []Plugin // at most one of each kind, in the order of Kinds
	Profiles map[string]Profile
	Servers  []Server // in the order written, names unique

	Sources   map[string]Source   // of content from outside any call
	Upstreams map[string]Upstream // to which content may flow outside any tool
	Clients   []Client            // in the order written, names unique, also among servers

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

// Upstream is where content may flow outside any tool: one that a client sends to itself, after it has asked, or with a URL a model's vendor to
// which Argus sends.
type Upstream struct {
	Sink      string   // by the name of the protocol
	URL       *url.URL // of the vendor's API, without query, fragment and user; nil: none
	Format    string   // OpenAI or Anthropic; "" without a URL
	KeyFile   string   // absolute path of the private file that holds the vendor's key; "": agents send their own
	Pass      []Pass   // what passes beyond what the format knows
	PassLabel Source   // of the answers to that
	Members   []string // of requests, let by beyond those that the format knows
}

// Pass is one kind of request that passes without being read.
type Pass struct {
	Method string
	Path   string // one segment of it may be "*", for any one
}

// LLM is the door for the requests of agents to models. It is open if an upstream has a URL.
type LLM struct {
	Listen          netip.AddrPort // a loopback address; port 0 asks for any free one; zero: closed
	MaxRequestBytes int64
	UserLabel       Source // of what a person or the client's program says after the first prompt of a clean agent
	UnknownLabel    Source // of what nobody has put a label on
	Retry           bool   // a refused call is told to the model, which is asked again, before the client sees anything
	Rounds          int    // in which one answer may be made
	HostTools       bool   // the tools of Argus's own servers are offered to models
	ResultTimeout   time.Duration
}

// Client is a program whose own tools are declared to models. Argus does not run it, and its tools stand in the registry as those of a server of
// its name.
type Client struct {
	Name   string
	Agents []string // that it runs; each belongs to one client at most
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
	Audit    Kind = "audit"
)

// Kinds are those of which a Config has at most one plugin each.
func Kinds() []Kind { return []Kind{Oracle, Sandbox, Registry, Audit} }

// needed reports whether a Config with servers, or without, must have a plugin of this kind.
func (k Kind) needed(servers bool) bool {
	return k == Oracle || k == Registry || k == Sandbox && servers
}

// Plugin is one program to launch.
type Plugin struct {
	Kind     Kind
	Binary   string          // file name in the plugin folder
	SHA256   string          // of the binary: 64 lower-case hex digits
	Settings json.RawMessage // a JSON object
	Folder   string          // absolute: of the file that names the plugin; relative paths in Settings start there
	Required bool            // of an audit sink: calls start only while it keeps up
	MaxLag   uint64          // of a required audit sink: how many records it may lag
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
