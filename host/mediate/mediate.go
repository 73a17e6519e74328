// Package mediate takes one call from request to reply. It is the only full path, and every front uses it.
//
// A call is one thing, whatever its wires do: what a server says and asks in the middle of it goes through the [Client] of the call, whose
// answers are calls of their own.
//
// It decides nothing about data flow: the kernel does. It decides the order of things, which is the order of
// docs/architecture.md: no effect before a durable, allowed start; exposure recorded before bytes are released; a fault at any hop means that
// no side effect follows. It trusts the oracle's answers as far as the kernel binds them, and nothing that a server says: a result is
// forwarded as bytes whose one reading was made by ijson, or, if endorsed, encoded anew from its bounded schema.
//
// A refusal is a value in a [Reply]; a failure is an error of package fault. Neither ever becomes the other.
package mediate

import (
	"context"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"

	"argus/host/follow"
	"argus/host/identity"
	"argus/host/inventory"
	"argus/host/ledger"
	"argus/host/refusals"
	"argus/host/upstream"
	"argus/internal/ijson"
	"argus/kernel"
	"argus/plugin/sdk/oracle"
)

// Oracle authorizes and vouches.
type Oracle interface {
	Ask(ctx context.Context, q oracle.Question) (oracle.Answer, error)
}

// Servers runs calls. Ready says why a server cannot be called now, before anything is recorded of a call.
type Servers interface {
	Ready(server string) error
	Call(ctx context.Context, q upstream.Request) (upstream.Reply, error)
}

// Stock holds the inventory in force; nil while there is none. Changed is closed when it is replaced.
type Stock interface {
	Inventory() *inventory.Inventory
	Changed() <-chan struct{}
}

// Declarations takes what the program that runs agents declares to models, and returns when it was judged.
type Declarations interface {
	Declare(ctx context.Context, client string, ds []inventory.Definition) error
}

// Limits bound what one principal may take. All must be positive.
type Limits struct {
	ContextsPerPrincipal int
	Depth                uint64
	FlightsPerAgent      uint64
	CallsPerMinute       int
	CallTimeout          time.Duration // while no question of the server's is open
	QuestionTimeout      time.Duration // for the client to answer
	ContextIdle          time.Duration
}

// Parts are what a mediator is made of. All are required but where it is said.
type Parts struct {
	Ledger   *ledger.Ledger
	Book     *identity.Book
	Past     *Provenance
	Answers  *Answers
	Feed     *follow.Feed
	Refusals *refusals.Book
	Oracle   Oracle
	Servers  Servers
	Stock    Stock
	Limits   Limits
	Logger   hclog.Logger
	Behind   func() error // why nothing may start or flow now, beside what is asked; nil: nothing holds it up

	Sources   map[string]kernel.Exposure // declared, of content from outside any call; may be empty
	Upstreams map[string]kernel.Sink     // configured, for content that flows outside any tool; may be empty
	Clients   map[string]string          // the program that runs the agents of a principal; may be empty

	Declarations Declarations // nil: the inventory has what clients declare
}

// Mediator is safe for use by many goroutines.
type Mediator struct {
	Parts
	audience audience
	pace     *pace
	running  *running
	returns  *returns
	watchers watchers

	entrusted *entrusted

	people sync.Mutex // orders a person's acts on principals and credentials: each is judged by what those before it left

	mu       sync.Mutex
	started  uint64
	declined uint64
}

// New makes a mediator of its parts.
func New(p Parts) *Mediator {
	return &Mediator{Parts: p, pace: newPace(p.Limits.CallsPerMinute), running: newRunning(), returns: newReturns(), entrusted: newEntrusted()}
}

// Caller is who asks: an agent that package identity found for a proven credential, and what that may ask for. The zero value may nothing.
type Caller struct {
	Principal  string
	Agent      kernel.AgentID
	Credential identity.CredentialID
	May        identity.Transitions
	Request    ledger.Request // by which it asks, if that is to happen once
}

// Reply is the answer to a call. Exactly one of its fields is set.
type Reply struct {
	Result  ijson.Value // an object: the result, without what belongs to the server's wire
	Failure *Failure    // the error with which the server answered
	Refusal *Refusal    // nothing had effect, or the result was withheld
}

// Failure is a server's error answer: its own words, whose label the agent has taken.
type Failure struct {
	Code    int64
	Message string
	Data    []byte // JSON on one line, or nil
}

// Refusal is all that an agent is told.
type Refusal struct {
	Rule      string
	Sentence  string
	Reference refusals.Reference
	Detail    string // of arguments only: where they do not fit the pinned schema, which the agent knows; never what they held

	Invocation *kernel.InvocationID // of a call that was made already: which it is
}

// StopCalls cancels every running call of a tool; each completes as unknown. The host does it when a theory that is to come cannot follow
// while they are open.
func (m *Mediator) StopCalls(tool kernel.ToolID) { m.running.stopTool(tool) }

// Begun wraps the fault of a call whose start was recorded: it may have had effect. A fault without it had none.
type Begun struct{ Fault error }

func (b Begun) Error() string { return b.Fault.Error() }

// Unwrap is the fault.
func (b Begun) Unwrap() error { return b.Fault }

// Counts says how many calls started and how many were refused since the daemon began.
func (m *Mediator) Counts() (started, refused uint64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.started, m.declined
}

func (m *Mediator) count(n *uint64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	*n++
}
