package audit

import (
	"context"
	"time"

	"argus/plugin/sdk"
)

// Sink is what an author implements.
type Sink interface {
	// Configure takes the settings; see sdk.Configurer.
	sdk.Configurer
	// Kept tells up to where events are durable.
	Kept(ctx context.Context) (Kept, error)
	// Append keeps events durably, all or none, and tells up to where they are then. Events that were kept already come again after a fault, and
	// must be passed over: a step by its sequence, a refusal by its reference unless its count has grown. It is called by one goroutine.
	Append(ctx context.Context, events []Event) (Kept, error)
}

// Store is a Sink that can be asked. A Sink that is none passes events on.
type Store interface {
	Sink
	// Query finds events. It is called from several goroutines at once, also during an Append.
	Query(ctx context.Context, q Query) ([]Found, error)
}

// Refused is what an Event says of a refusal. Of a step it is the word for that.
const Refused = "refused"

// Event is one accepted step, or one refusal. Its texts are one line of printable characters each.
type Event struct {
	Sequence   uint64 // of the step's record; 0 of a refusal
	Reference  string // of a refusal; empty of a step
	Time       time.Time
	What       string
	Principal  string
	Agent      string
	Tool       string
	Invocation *uint64 // of a start or an outcome
	Level      string
	Integrity  string
	Rule       string
	Detail     string
	Count      uint64 // of a refusal
}

// Kept is up to where a sink has durably kept events.
type Kept struct {
	Sequence uint64    // of the last step; 0: none
	Refusal  time.Time // of the newest refusal; zero: none
}

// Query asks for events that have all of what is given.
type Query struct {
	Principal, Agent, Tool, Rule, What string
	Text                               string // somewhere in the event, whatever the case
	From, Before                       time.Time
	AfterID                            uint64
	OldestFirst                        bool
	Limit                              int // 1 to MaxFound
}

// Found is an event with its place in the order in which events were kept.
type Found struct {
	ID uint64
	Event
}

// Bounds of one message.
const (
	MaxEvents = 512
	MaxFound  = 1000
)
