package mcp

import (
	"context"
	"time"

	"github.com/hashicorp/go-hclog"

	"argus/host/identity"
	"argus/host/inventory"
	"argus/host/mediate"
	"argus/host/turns"
	"argus/internal/ijson"
	"argus/plugin/sdk/registry"
)

// Mediator is what the door needs of mediate.Mediator.
type Mediator interface {
	Authenticate(identity.Proof) (identity.Grant, error)
	Bind(identity.Grant, identity.ContextID) (mediate.Caller, error)
	Present(identity.Grant) (mediate.Caller, bool)
	Hold(context.Context, identity.Grant) (context.Context, func())

	Inventory() *inventory.Inventory
	Changed() <-chan struct{}
	Visible(mediate.Caller) []*inventory.Item

	CallTool(ctx context.Context, who mediate.Caller, name string, arguments ijson.Value, client mediate.Client) (mediate.Reply, error)
	UseChannel(ctx context.Context, who mediate.Caller, server string, channel registry.Channel, method string, params ijson.Value, client mediate.Client) (mediate.Reply, error)

	Listen() *mediate.Listening
	Admit(ctx context.Context, who mediate.Caller, server string, channel registry.Channel, raise bool) bool

	Delegate(context.Context, mediate.Caller, mediate.Birth) (identity.ContextID, mediate.Step, error)
	Return(ctx context.Context, who mediate.Caller, value ijson.Value, free bool) (mediate.Step, error)
	Await(context.Context, mediate.Caller, identity.ContextID) ([]byte, *mediate.Refusal, error)
	Revoke(context.Context, mediate.Caller, identity.ContextID) (mediate.Step, error)
}

// Options say what the door serves and to whom. Without a Mediator there is nothing to serve; a MaxRequestBytes of 0 refuses every
// body. Any other zero field takes the value named beside it.
type Options struct {
	Mediator        Mediator
	AllowedOrigins  []string // of browsers, exact; none
	MaxRequestBytes int64
	Version         string       // of Argus, told to agents; "0"
	Logger          hclog.Logger // none
	Turns           *turns.Turns // of requests that wait for an answer, over all doors of agents; 64 of this door alone

	Connections int // open at once; 1024
	Bodies      int // of one principal that are read at once; 64
	Sessions    int // of one principal; 64
	Streams     int // of one session; 4
	Suspended   int // calls of one principal that wait for its client; 16
	Subscribers int // open subscriptions/listen of one principal; 16

	SessionIdle   time.Duration // without a request or stream; 1 h
	HeaderTimeout time.Duration // for a request's header; 5 s
	BodyTimeout   time.Duration // for a request's body; 30 s
	WriteTimeout  time.Duration // for a response, or one event, to be taken; 30 s
	IdleTimeout   time.Duration // of a connection between two requests; 30 s
	KeepAlive     time.Duration // between two signs of life on a stream; 25 s
	AwaitTimeout  time.Duration // the longest that argus__await waits; 10 min
}

func (o Options) withDefaults() Options {
	if o.Logger == nil {
		o.Logger = hclog.NewNullLogger()
	}
	if o.Turns == nil {
		o.Turns = turns.New(64)
	}
	if o.Version == "" {
		o.Version = "0"
	}
	orElse(&o.Connections, 1024)
	orElse(&o.Bodies, 64)
	orElse(&o.Sessions, 64)
	orElse(&o.Streams, 4)
	orElse(&o.Suspended, 16)
	orElse(&o.Subscribers, 16)
	orElse(&o.SessionIdle, time.Hour)
	orElse(&o.HeaderTimeout, 5*time.Second)
	orElse(&o.BodyTimeout, 30*time.Second)
	orElse(&o.WriteTimeout, 30*time.Second)
	orElse(&o.IdleTimeout, 30*time.Second)
	orElse(&o.KeepAlive, 25*time.Second)
	orElse(&o.AwaitTimeout, 10*time.Minute)
	return o
}

// orElse sets what was left out. A negative bound counts as left out, never as none.
func orElse[T int | time.Duration](field *T, value T) {
	if *field <= 0 {
		*field = value
	}
}
