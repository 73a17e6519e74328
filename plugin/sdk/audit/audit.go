package audit

import (
	"context"
	"encoding/hex"
	"time"

	"argus/plugin/sdk"
)

// Sink is what an author implements.
type Sink interface {
	// Configure takes the settings; see sdk.Configurer.
	sdk.Configurer
	// Kept tells up to where events are durable, as Kept.Then has it.
	Kept(ctx context.Context) (Kept, error)
	// Append keeps events durably, all or none, and tells up to where they are then. The steps among them come right after those that Kept told
	// of, which was asked just before. A refusal can come again after a fault: it is one by its reference, and has the greatest of its counts.
	// Append is called by one goroutine at a time.
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

// Chain is the hash of a record of the journal and of all before it. The zero Chain is that of no record.
type Chain [32]byte

// Bytes is the chain as the wire has it: empty of no record.
func (c Chain) Bytes() []byte {
	if c == (Chain{}) {
		return nil
	}
	return c[:]
}

func (c Chain) String() string { return hex.EncodeToString(c.Bytes()) }

// MarshalText writes the chain as String does, for sinks that keep text.
func (c Chain) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (c *Chain) UnmarshalText(text []byte) error {
	raw, err := hex.DecodeString(string(text))
	if err == nil {
		*c, err = chainFromWire(raw)
	}
	return err
}

// Event is one accepted step, or one refusal. Its texts are one line of printable characters each.
type Event struct {
	Sequence   uint64 // of the step's record; 0 of a refusal
	Chain      Chain  // of the step's record; zero of a refusal
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

// Kept is up to where a sink has durably kept events: the last step, by which it is told whose journal that is of, and the refusal that it was
// given last. The zero Kept is nothing yet.
type Kept struct {
	Sequence  uint64 // 0: no step
	Chain     Chain
	Reference string // empty: no refusal
	Count     uint64 // that the refusal came with
}

// Then is what is kept when events were kept after that.
func (k Kept) Then(events []Event) Kept {
	for _, e := range events {
		if e.What == Refused {
			k.Reference, k.Count = e.Reference, e.Count
		} else {
			k.Sequence, k.Chain = e.Sequence, e.Chain
		}
	}
	return k
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
