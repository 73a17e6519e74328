package registry

import (
	"context"

	"argus/plugin/sdk"
)

// Registry is what an author implements.
type Registry interface {
	// Configure takes the settings; see sdk.Configurer.
	sdk.Configurer
	// Content is what the registry holds now and a channel that is closed when that has changed. sdk.Latest gives both. Content
	// with problems does not replace what the host has in force.
	Content() (Content, <-chan struct{})
}

// Pinner is a Registry that writes. Of one that is none, people write the digests themselves.
type Pinner interface {
	Registry
	// Pin writes the digests of definitions and instructions that a person has seen into the entries of one server, and new
	// entries, with the strictest values, for tools without one. The host asks only after the operator key has signed.
	Pin(ctx context.Context, r PinRequest) (PinReply, error)
}

// Content is everything of one revision. With problems, nothing else of it is to be used.
type Content struct {
	Revision     string // content address of the folder
	Problems     []sdk.Problem
	Capabilities []string // beyond the built-in catalogue
	Flow         []Cell   // the completed table without its deny cells
	FlowOrigin   Origin
	Entries      []Entry
	Endorsements []Endorsement
}

// Usable reports whether a theory may be built from c. The zero Content is not usable.
func (c Content) Usable() bool { return c.Revision != "" && len(c.Problems) == 0 }

// Origin is where something was written.
type Origin struct {
	File string
	Line int // from 1
}

// Cell is one cell of the flow policy. All texts are the names of the protocol.
type Cell struct {
	Level     string
	Integrity string
	Sink      string
	Mode      Mode
	Origin    Origin
}

// Mode is what a cell allows. Deny is the absence of a cell.
type Mode string

// The modes of the protocol that a cell can have.
const (
	Allow   Mode = "allow"
	Inspect Mode = "inspect"
)

// Endorsement says that a slot's type endorses integrity.
type Endorsement struct {
	Slot   string // SERVER/TOOL, or the digest of the schema of a bounded return
	Origin Origin
}

// Channel is what of a server an entry is about.
type Channel uint8

// The zero Channel is none and is refused. Each but Tool has the reserved name SERVER/ and its String.
const (
	Tool Channel = iota + 1
	Resources
	Prompts
	Completion
	Sampling
	Elicitation
	Roots
	Log
	Progress
	Instructions // pinned text: no tool of the theory, and without a label
)

var channelNames = map[Channel]string{
	Tool: "tool", Resources: "resources", Prompts: "prompts", Completion: "completion", Sampling: "sampling",
	Elicitation: "elicitation", Roots: "roots", Log: "log", Progress: "progress", Instructions: "instructions",
}

// String is the channel's name for people.
func (c Channel) String() string {
	if name, ok := channelNames[c]; ok {
		return name
	}
	return "unknown"
}

// Entry is what was decided about one tool or channel of a server. One about Instructions has a Server, a Digest, an Issuer and an
// Origin, and nothing else.
type Entry struct {
	Server       string
	Channel      Channel
	Tool         string   // its name at the server; only for Tool
	Digest       string   // "sha256:" and hex; for Tool, of the canonical definition; for Instructions, of the text as a canonical JSON string
	Capabilities []string // those a caller needs; may be empty
	Level        string
	Integrity    string
	Sinks        []string
	Endorsed     bool    // the output schema is finite and its conforming values do not taint; only for Tool
	Stores       *Stores // nil: the server's own store, read and written
	Alias        string  // the whole name toward agents, or empty; only for Tool
	Issuer       string  // who vouches for the entry
	Origin       Origin
}

// Stores are the places that a tool reads and writes. An empty Stores states that there is none.
type Stores struct {
	Reads  []string
	Writes []string
}

// PinRequest names what a person has seen: tools, instructions or both.
type PinRequest struct {
	Server       string
	Tools        []PinTool
	Instructions string // the digest of the server's instructions, or empty
}

// PinTool is one definition.
type PinTool struct {
	Name    string
	Digest  string
	Summary string   // one line of the description, written as a comment, or empty
	Sinks   []string // sinks that the server's confinement makes possible, for a new entry
}

// PinReply tells what was written.
type PinReply struct {
	File     string // the file written
	Added    int    // new entries
	Changed  int    // entries with another digest than before
	Problems []sdk.Problem
}
