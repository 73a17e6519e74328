package upstream

import "argus/internal/ijson"

// Definitions are what a server says it is and offers. All text in them is the server's: untrusted.
type Definitions struct {
	ServerName    string
	ServerVersion string
	Protocol      string      // the MCP version agreed on
	Capabilities  ijson.Value // an object
	Instructions  string      // deliver them only as they were pinned
	Tools         []Tool      // in the server's order, names unique
	Unusable      []Unusable  // what the server offers besides
	Prompts       bool        // offered
	Resources     bool        // offered
	Completions   bool        // offered
	Logging       bool        // the level of its log can be set
}

// Tool is one entry of a server's tools/list.
type Tool struct {
	Name   string      // printable, 1 to 256 bytes
	Raw    ijson.Value // the whole definition, an object
	Digest string      // ijson.Digest of Raw: changes with any part of it
}

// Unusable is a tool that cannot be named, and so not be pinned, given an alias or called.
type Unusable struct {
	Name   string // the beginning of it; untrusted, it may hold anything
	Reason string
}

// Observer is told about servers. Each server's events come in order, from goroutines of that server, which wait: an
// Observer must not block and must not close the Set.
type Observer interface {
	// ServerChanged comes before the first call can reach a started server, and again when its lists changed.
	ServerChanged(server string, d Definitions)
	// ServerDown comes after each end of a server, also one that never became ready.
	ServerDown(server string, reason error)
	// ServerSaid tells what the server says outside any call. It may come at any time between a start and the ServerDown after it.
	ServerSaid(server string, n News)
}
