package llm

import (
	"context"
	"time"

	"github.com/hashicorp/go-hclog"

	"argus/host/identity"
	"argus/host/inventory"
	"argus/host/mediate"
	"argus/host/turns"
	"argus/internal/ijson"
	"argus/kernel"
)

// Mediator is what the door needs of mediate.Mediator.
type Mediator interface {
	Authenticate(identity.Proof) (identity.Grant, error)
	Bind(identity.Grant, identity.ContextID) (mediate.Caller, error)
	Hold(context.Context, identity.Grant) (context.Context, func())
	HoldAgent(context.Context, mediate.Caller) (context.Context, func())

	Declare(context.Context, mediate.Caller, []inventory.Definition) error
	Declared(who mediate.Caller, name, digest string) (*inventory.Item, bool)
	StartDeclared(ctx context.Context, who mediate.Caller, name, digest string, arguments ijson.Value, patience time.Duration) (mediate.Step, error)
	Complete(ctx context.Context, who mediate.Caller, id kernel.InvocationID, outcome kernel.Ending, result ijson.Value) (mediate.Step, error)
	RefuseCall(who mediate.Caller, tool, rule, cause string) *mediate.Refusal

	Clean(mediate.Caller) bool
	Prompted(mediate.Caller) bool
	Prompt(context.Context, mediate.Caller) (mediate.Step, error)
	Unsendable(who mediate.Caller, upstream, what string, label kernel.Exposure) *mediate.Refusal
	TakeIn(ctx context.Context, who mediate.Caller, what string, label kernel.Exposure) (mediate.Step, error)
	CheckEgress(ctx context.Context, who mediate.Caller, upstream string, content []byte) (mediate.Step, error)

	Visible(mediate.Caller) []*inventory.Item
	CallTool(ctx context.Context, who mediate.Caller, name string, arguments ijson.Value, client mediate.Client) (mediate.Reply, error)
}

// Options say what the door serves and to whom. Mediator, Turns and Logger are required. A MaxRequestBytes of 0 refuses every body, and the zero
// labels are the strictest.
type Options struct {
	Mediator        Mediator
	Turns           *turns.Turns // of requests that wait for an answer, over all doors of agents
	Logger          hclog.Logger
	Upstreams       []Upstream // names unique
	MaxRequestBytes int64      // before and after decoding

	UserLabel     kernel.Exposure // of what a person or the client's program says, but for the first prompt of a clean agent
	UnknownLabel  kernel.Exposure // of what nobody has put a label on
	Retry         bool            // a refused call is told to the model, which is asked again, before the client sees anything
	HostTools     bool            // the tools of Argus's own servers are offered to the model
	Rounds        int             // in which one answer may be made
	ResultTimeout time.Duration   // for a client to send the result of a call
}

// Bounds of the door and of what it asks for.
const (
	connections   = 1024
	headerTimeout = 5 * time.Second
	idleTimeout   = 30 * time.Second
	closingTime   = time.Second // for what runs when the door closes

	maxEvent   = 16 << 20  // bytes of one event of a vendor's
	maxAnswer  = 64 << 20  // bytes of one round of a vendor's, of which all is kept
	maxStream  = 256 << 20 // bytes of one that is streamed
	maxBodies  = 512 << 20 // bytes of all requests that are open
	maxHeld    = 64 << 20  // bytes of an answer that wait for the last round
	enough     = 32 << 10  // bytes of a stream that are shown though more has come: what one reading of it brings
	maxError   = 1 << 20   // bytes of a vendor's error
	maxTold    = 256 << 10 // bytes of a result of Argus's own tools that a model is told
	maxHeaders = 64 << 10  // bytes of a vendor's header
)

// patience is how long each step of either side may take.
type patience struct {
	body    time.Duration // for the body of a request to arrive
	write   time.Duration // for the client to take what is written
	connect time.Duration // to reach a vendor
	answer  time.Duration // for a vendor to begin its answer
	stall   time.Duration // between two parts of it
	whole   time.Duration // for all of an answer
}

var usual = patience{body: 30 * time.Second, write: 30 * time.Second, connect: 10 * time.Second, answer: 10 * time.Minute, stall: 5 * time.Minute, whole: time.Hour}
