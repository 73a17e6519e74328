// Package wire is what the APIs of model vendors have in common, as the proxy sees them: a request that brings content to a model, and an
// answer in which the model may call tools.
//
// A [Format] reads and rewrites bytes and decides nothing: which content is new, what it brings and whether a call may be made is asked of a
// [Judge]. A format trusts neither side. What it does not know in a request or in an answer, a member, a kind of item, a kind of event, is an
// error: it could act without having been judged. What it forwards is the sender's own bytes, which package ijson has read as one thing only.
package wire

import (
	"context"

	"argus/host/front/llm/sse"
	"argus/internal/ijson"
)

// Request is what a format read of a request. Nothing of it was changed yet.
type Request struct {
	Body     ijson.Value
	Model    string
	Stream   bool
	Several  bool   // answers are asked for, of which no conversation can go on: they have no turns, and a request for them gets no host tools
	Tools    []Tool // in the order in which they are declared
	Items    []Item // whatever brings content to the model, in order, the declared tools and settings of the prompt among them
	Previous string // id of the answer whose content the vendor kept and is to go on from; empty for none
}

// Tool is a tool that a request declares.
type Tool struct {
	Name       string      // by which the model calls it; of a hosted one, its type at the vendor
	Definition ijson.Value // {"name", "description", "inputSchema"}: the same for one tool in every format. Of a hosted one the declaration
	Hosted     bool        // the vendor runs it, and no call of it passes the proxy
}

// Origin says where the content of an item comes from.
type Origin uint8

// The origins. The zero value is the strictest: nothing is known of it.
const (
	Unknown  Origin = iota // a kept file, an item that is named by an id, a page that the vendor is to fetch
	Client                 // the program of the agent and whoever types into it
	Model                  // said by a model before
	Result                 // of a tool that a client ran
	HostedBy               // of a tool that the vendor ran
)

// Item is one piece of content.
type Item struct {
	Origin Origin
	Raw    ijson.Value // by its digest the item is recognised when it is sent again
	Call   string      // of a result: the id of its call, or the name of its tool where the format has no ids
	Tool   string      // of a result: its tool's name where the request tells it; empty otherwise
	Failed bool        // of a result: it says of itself that the tool failed
	ID     string      // by which the vendor keeps it, for what is named and not sent; empty otherwise
	Fetch  string      // the address from which the vendor is to fetch it; empty otherwise
}

// Call is one call of a tool in a model's answer.
type Call struct {
	ID        string
	Tool      string
	Arguments string // the text that the model wrote: JSON, if it kept to the schema. Free text where Free is set
	Free      bool   // the tool takes text instead of JSON: by its definition the one argument "input"
	Raw       string // the call in the grammar of requests, to be told to the model again
}

// Ruling says what becomes of a call. The zero value hides it.
type Ruling struct {
	Forward bool
	Say     string // to the client, in place of a call that is not forwarded; empty says nothing
}

// Judge decides calls, in the order in which their last byte came. An error ends the answer: no later byte of it may be forwarded.
type Judge interface {
	Judge(ctx context.Context, c Call) (Ruling, error)
}

// Hidden is a call that a model made and that its client was not shown.
type Hidden struct {
	Call   Call
	Result string // what the model is told came of it
	Failed bool
	Said   string // to the client in its place; empty for nothing
	Beside string // the id of a call of the same answer that was forwarded; empty if there was none
	Answer string // the id of the answer, as the client knows it; empty where the vendor keeps none
}

// HostTool is a tool that the proxy adds to a request and runs itself.
type HostTool struct{ Listing ijson.Value } // as MCP lists it: name, description, inputSchema

// Changes are what the proxy makes of a request. The zero value changes nothing, and the request goes out byte for byte.
type Changes struct {
	Hidden   []Hidden // to be told where the conversation has them
	Tools    []HostTool
	Previous string // replaces Request.Previous; empty leaves it
}

// Turn is what a model said in one answer, in the grammar of requests: the elements that stand in the conversation for it.
type Turn []string

// Answer rewrites what a vendor answers to one request of a client. Where the proxy goes on with calls of its own there are several rounds, which
// the client sees as one answer.
type Answer interface {
	// Event takes one event of a streamed answer and appends to dst what the client may have now. What would end the answer waits for Finish.
	Event(ctx context.Context, dst []byte, e sse.Event) ([]byte, error)
	// Whole takes the answer of one round that is not streamed.
	Whole(ctx context.Context, body ijson.Value) error
	// Complete reports whether the round has said all: only then is what follows allowed.
	Complete() bool
	// Turn is what was said in the round. Only an answer that was asked to keep it has one.
	Turn() Turn
	// Next begins the next round of the same answer.
	Next()
	// Finish appends what ends a streamed answer, or all of one that is not streamed.
	Finish(dst []byte) ([]byte, error)
	// IDs are the id that the client sees, and the one by which the vendor keeps the last round; empty where a vendor keeps none.
	IDs() (seen, last string)
}

// Keeper is an answer of which the vendor keeps every item by itself.
type Keeper interface {
	// Kept are the ids by which a later request may name the items that the client got, instead of sending them.
	Kept() []string
}

// Format is one API of a vendor. It is safe for use by many goroutines.
type Format interface {
	// Read reads a request. An [Invalid] says what is wrong with it, or what of it the proxy does not know.
	Read(body ijson.Value) (Request, error)
	// Apply is the request that goes to the vendor.
	Apply(r Request, c Changes) ([]byte, error)
	// Follow is the request that goes on from one that was sent, after a turn of the model and what came of all its calls.
	Follow(sent []byte, t Turn, results []Hidden) ([]byte, error)
	// Answer rewrites the answer to a request. keep has it keep its turns.
	Answer(r Request, j Judge, keep bool) Answer
	// Failure is the body of an error answer, as the vendor shapes it.
	Failure(f Failure) []byte
	// FailureEvent is what ends a stream that has begun.
	FailureEvent(f Failure) []byte
}

// Failure is an error as a client is told of it.
type Failure struct {
	Status    int // of HTTP
	Message   string
	Code      string // a refusal's rule, or a word for the failure
	Reference string // of a refusal; empty otherwise
}

// Invalid is a mistake of a request, or a part of it that the proxy does not let by. Its text tells the client what to do.
type Invalid struct {
	Place ijson.Place
	What  string
	Code  string // by which clients of the vendor know what to do without; empty for most
}

func (e Invalid) Error() string { return e.Place.String() + ": " + e.What }

// Broken is an answer of a vendor's that cannot be judged. Its text holds nothing of the answer.
type Broken struct{ What string }

func (e Broken) Error() string { return "the answer of the model's vendor cannot be judged: " + e.What }
