// Package inventory decides which tools exist: it joins what the registry decided, what each server defines now and what each server's
// sandbox allows into one theory for the kernel and one table of names for the fronts. The tools of the programs that run agents are in the
// theory too, and in no table of names: nobody calls them but their program, once a call that a model made was allowed.
//
// It trusts the registry's decisions, and nothing that a server says: a definition is in force only while its digest is the one that a
// person pinned. Whatever does not fit is quarantined alone, with a reason and the line or command that mends it; what makes the
// whole theory ill formed refuses the whole.
//
// It keeps no state: [Build] is a function of its sources, and of the names that were in force before, so that a newcomer can never take a
// name from a tool that has it.
package inventory

import (
	"argus/host/bounded"
	"argus/host/schema"
	"argus/internal/ijson"
	"argus/kernel"
	"argus/plugin/sdk/registry"
)

// Server is one configured server: what its sandbox allows, and what it defines if it has been heard. Or it is a client, a program that runs
// agents, whose tools have been declared to models: it has no sandbox and nothing but tools, of which two may have one name.
type Server struct {
	Name         string
	Client       bool
	Prefix       string // of its tools' names toward agents; empty shows them unchanged
	Network      bool   // its sandbox lets it reach the network
	Files        bool   // its sandbox lets it write outside its private scratch
	Tools        []Definition
	Unusable     []Unusable
	Resources    bool // it offers them
	Prompts      bool
	Completions  bool
	Logging      bool   // it lets the level of its log be set
	Instructions string // with which it introduces itself to agents; empty for none
}

// Definition is one tool as its server defines it, or its instructions: untrusted until its digest is seen to be pinned.
type Definition struct {
	Name   string
	Digest string      // of the canonical encoding of Raw
	Raw    ijson.Value // of a tool an object, of instructions a string
}

// Unusable is a tool that its server defines in a way that nobody could pin, and why.
type Unusable struct{ Name, Reason string }

// Source is everything that an inventory is built from.
type Source struct {
	Content      registry.Content // usable
	Servers      []Server         // in the order of the config
	OraclePolicy kernel.Digest
	Before       *Inventory // the one in force, nil at first
}

// Item is a tool or channel that may be called.
type Item struct {
	Server   string
	Channel  registry.Channel
	Tool     string // at its server; empty for a channel
	Name     string // toward agents; of a channel, its reserved name; of a client's tool CLIENT/TOOL, which no agent can call
	ID       kernel.ToolID
	Slot     kernel.SlotID
	Label    kernel.Exposure
	Sinks    kernel.Sinks
	Needs    []kernel.Capability
	Endorsed bool
	Listing  []byte          // the pinned definition with the name toward agents, in one spelling; nil for a channel and a client's tool
	Check    *schema.Schema  // of the arguments; nil for a channel and for what a vendor runs
	Output   *bounded.Schema // of the result; set exactly if endorsed
}

// Standing is how one tool of a server stands, or its instructions, or a channel that cannot be used, for the operator.
type Standing struct {
	Server     string
	Channel    registry.Channel
	Tool       string // of a channel, its reserved name
	Item       *Item  // nil: quarantined; also of instructions, which are never called
	Definition Definition
	Entry      *registry.Entry // nil: the registry has none
	Reason     string          // why it is quarantined; empty for a callable tool and for instructions in force
	Fix        string          // the line or command that mends it
}

// Inventory is what exists now. It never changes.
type Inventory struct {
	Spec      kernel.TheorySpec
	Standings []Standing

	items        []*Item // tools in the order of the config and the registry
	byName       map[string]*Item
	declared     map[declaredKey]*Item
	channels     map[channelKey]*Item
	servers      []Server
	instructions []ServerText
}

// ServerText is a text of a server's that a person has seen and pinned.
type ServerText struct{ Server, Text string }

// declaredKey is one definition of a client's tool.
type declaredKey struct{ client, tool, digest string }

type channelKey struct {
	server  string
	channel registry.Channel
}

// Tool finds a callable tool by its name toward agents.
func (i *Inventory) Tool(name string) (*Item, bool) {
	item, ok := i.byName[name]
	return item, ok
}

// Declared finds a tool of a client, as a model knows it, if this definition of it is the one that a person pinned.
func (i *Inventory) Declared(client, tool, digest string) (*Item, bool) {
	item, ok := i.declared[declaredKey{client, tool, digest}]
	return item, ok
}

// Pinned finds a tool of a client whatever its definition is, if it is in force.
func (i *Inventory) Pinned(client, tool string) (*Item, bool) {
	for key, item := range i.declared {
		if key.client == client && key.tool == tool {
			return item, true
		}
	}
	return nil, false
}

// Tools are the callable tools, in the order of the config and, of one server, of the registry.
func (i *Inventory) Tools() []*Item { return i.items }

// Instructions are the texts with which servers introduce themselves, in the order of the config, each as it was pinned.
func (i *Inventory) Instructions() []ServerText { return i.instructions }

// Channel finds a declared channel of a server. Instructions are none: nobody calls them.
func (i *Inventory) Channel(server string, channel registry.Channel) (*Item, bool) {
	item, ok := i.channels[channelKey{server, channel}]
	return item, ok
}

// Servers are the configured servers, in the order of the config.
func (i *Inventory) Servers() []Server { return i.servers }

// Quarantined finds why a server's tool that would have this name toward agents cannot be called.
func (i *Inventory) Quarantined(name string) (Standing, bool) {
	return i.quarantined(func(s Standing) bool { return s.wouldBe(i.servers) == name })
}

// Undeclared finds why a client's tool cannot be called as it was declared.
func (i *Inventory) Undeclared(client, tool string) (Standing, bool) {
	return i.quarantined(func(s Standing) bool { return s.Server == client && s.Tool == tool })
}

func (i *Inventory) quarantined(is func(Standing) bool) (Standing, bool) {
	for _, s := range i.Standings {
		if s.Channel == registry.Tool && s.Item == nil && is(s) {
			return s, true
		}
	}
	return Standing{}, false
}

func (s Standing) wouldBe(servers []Server) string {
	for _, server := range servers {
		if server.Name == s.Server && !server.Client {
			return nameOf(server, s.Tool, s.Entry)
		}
	}
	return ""
}
