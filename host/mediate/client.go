package mediate

import (
	"context"

	"argus/host/upstream"
	"argus/internal/ijson"
	"argus/plugin/sdk/registry"
)

// Client is the agent's side of one call: what its server says and asks in the middle goes through it. The mediator uses it from one goroutine,
// in the server's order, and no more once the call has returned. Whatever it is handed was admitted: the agent's exposure covers it.
type Client interface {
	// Abilities are the questions that it can answer.
	Abilities() upstream.Abilities
	// LogLevel is the least level of log messages that it wants; empty for none.
	LogLevel() string
	// WantsProgress reports whether it asked to be told of progress.
	WantsProgress() bool
	// Tell hands over a notice. It must be bounded in time, and may drop what it cannot deliver.
	Tell(upstream.Notice)
	// Ask puts questions that came together and returns one answer for each, in their order. It waits for them as long as ctx allows; an
	// error means that there are none, and the server is told that the client did not answer.
	Ask(ctx context.Context, qs []Question) ([]Answer, error)
}

// Question is what a server asks of the agent's client in the middle of a call.
type Question struct {
	Server  string
	Channel registry.Channel // Sampling, Elicitation or Roots
	Key     string           // by which the server tells the questions of one round apart; empty where its era has none
	Params  ijson.Value      // an object, or the zero Value for none
}

// Method is that by which servers ask such a question.
func (q Question) Method() string { return methods[q.Channel] }

// Answer is the client's: a result, which is an object, or an error when Error is not nil.
type Answer struct {
	Result ijson.Value
	Error  *Failure
}

// methods are those by which servers ask.
var methods = map[registry.Channel]string{
	registry.Sampling:    "sampling/createMessage",
	registry.Elicitation: "elicitation/create",
	registry.Roots:       "roots/list",
}
