package mcp

import (
	"crypto/sha256"
	"fmt"

	"argus/host/upstream"
	"argus/internal/ijson"
)

// The members of params by which a request goes on with a call. They are the client's words to Argus and never reach a server as such.
const (
	paramState   = "requestState"
	paramAnswers = "inputResponses"
)

// retry is what a request says of the call that it goes on with.
type retry struct {
	state   string      // empty: it begins one, and what it answers was not asked
	answers ijson.Value // an object of objects, or the zero Value
}

var (
	wrongAnswers = &rpcError{code: codeParams, text: "inputResponses must hold an object for each answer, and requestState is a text"}
	wrongState   = &rpcError{code: codeParams, text: "this requestState leads to no open call of this agent with these params: send the request without it"}
)

func readRetry(params ijson.Value) (retry, *rpcError) {
	if !fits(params, paramState, paramAnswers) {
		return retry{}, wrongParams
	}
	var again retry
	if state, sent := params.Member(paramState); sent {
		if again.state, _ = state.Text(); again.state == "" {
			return retry{}, wrongAnswers
		}
	}
	answers, sent := params.Member(paramAnswers)
	if sent && answers.Kind() != ijson.Object {
		return retry{}, wrongAnswers
	}
	for _, one := range answers.Members() {
		if one.Kind() != ijson.Object {
			return retry{}, wrongAnswers
		}
	}
	again.answers = answers
	return again, nil
}

// binding is all that the requests which carry one call have in common: whose it is, what is called with which params, and what its client can
// answer. A state leads to its call only from a request of the same binding. What does not fit finds nothing, and so learns nothing.
type binding string

func bindingOf(t turn, able upstream.Abilities) binding {
	out := ijson.AppendString(nil, t.grant.Principal.Name)
	out = ijson.AppendString(out, string(t.who.Agent))
	out = ijson.AppendString(out, t.method)
	out = fmt.Appendf(out, "%+v", able)
	bare := []byte{'{'}
	for name, member := range t.params.Members() {
		switch name {
		case "_meta", paramState, paramAnswers:
			continue
		}
		if len(bare) > 1 {
			bare = append(bare, ',')
		}
		bare = ijson.AppendLine(append(ijson.AppendString(bare, name), ':'), member)
	}
	return binding(append(out, ijson.Digest(ijson.MustParse(append(bare, '}')))...))
}

// key is how a call that waits is found. It has one length whatever was sent, and comparing it tells nothing of a state.
type key [sha256.Size]byte

func (b binding) key(state string) key { return sha256.Sum256(ijson.AppendString([]byte(b), state)) }
