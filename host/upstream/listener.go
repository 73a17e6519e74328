package upstream

import (
	"argus/internal/ijson"
	"argus/plugin/sdk/registry"
)

// Listener hears what a server says in the middle of one call, in the server's order, and nothing after the call returned. It must not
// block: what it hears it queues, or drops.
type Listener interface {
	Told(Notice)
	// Asked brings questions that came together. Each must be answered or declined once; the call may wait for that until its context ends.
	Asked([]Question)
}

// Notice is what a server tells without waiting for an answer. It is the server's words.
type Notice struct {
	Channel registry.Channel // Progress or Log
	Params  ijson.Value      // an object, without the token that ties progress to its call
}

// Question is what a server asks in the middle of a call. It is the server's words.
type Question struct {
	Key       string           // by which the server tells the questions of one round apart; empty where its era has none
	Channel   registry.Channel // Sampling, Elicitation or Roots
	Params    ijson.Value      // an object, or the zero Value for none
	Withdrawn <-chan struct{}  // closed when nobody waits for the answer any more

	answer func(result []byte, declined *RPCError) bool
}

// NewQuestion is a question whose answer, or the error by which it is declined, goes to answer. That must take one of them only, and report
// whether it took it.
func NewQuestion(key string, channel registry.Channel, params ijson.Value, withdrawn <-chan struct{}, answer func(result []byte, declined *RPCError) bool) Question {
	return Question{Key: key, Channel: channel, Params: params, Withdrawn: withdrawn, answer: answer}
}

// Answer gives the server a result, one JSON object that was read strictly. It reports whether the server still waited for it.
func (q Question) Answer(result []byte) bool { return q.answer(result, nil) }

// Decline tells the server, in fixed words of the caller's, that there is no answer. It reports whether the server still waited for one.
func (q Question) Decline(code int64, message string) bool {
	return q.answer(nil, &RPCError{Code: code, Message: message})
}
