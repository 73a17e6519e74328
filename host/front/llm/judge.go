package llm

import (
	"context"
	"fmt"
	"strings"
	"time"

	"argus/host/front/llm/wire"
	"argus/host/mediate"
	"argus/internal/ijson"
	"argus/kernel"
)

// judge decides the calls of one answer, in the order in which the model made them: calls that are made together are judged each with what those
// before it may bring.
type judge struct {
	x     *exchange
	out   *output
	tools map[string]string // digests of the definitions that the client declares, by name
	host  map[string]bool   // names of Argus's own tools that were offered
	ids   map[string]bool   // of the calls so far
	begun []string          // ids of the calls that were started, over all rounds

	last      bool      // no round follows this one, whatever is decided
	round     []decided // calls of this round that were not forwarded
	forwarded []string  // ids of those that were
}

func newJudge(x *exchange, out *output) *judge {
	return &judge{x: x, out: out, tools: map[string]string{}, host: map[string]bool{}, ids: map[string]bool{}}
}

// next begins a round.
func (j *judge) next(last bool) { j.last, j.round, j.forwarded = last, nil, nil }

// decided is a call that was not forwarded.
type decided struct {
	wire.Hidden
	run   bool // a tool of Argus, allowed to be tried after the round
	value ijson.Value
}

// Judge decides one call. An error leaves it undecided, and nothing of it may be forwarded.
func (j *judge) Judge(ctx context.Context, c wire.Call) (wire.Ruling, error) {
	if c.ID == "" || len(c.ID) > maxID || j.ids[c.ID] {
		return wire.Ruling{}, wire.Broken{What: "two calls have one id, or one has none, or one that is too long"}
	}
	j.ids[c.ID] = true
	value, wrong := argumentsOf(c)
	if wrong != "" {
		return j.refuse(c, j.x.f.Mediator.RefuseCall(j.x.who, shortened(c.Tool), mediate.RuleArguments, wrong)), nil
	}
	if j.x.tellsKey(value) { // which came in pieces that do not show it
		return wire.Ruling{}, brokenKey
	}
	if j.host[c.Tool] {
		if j.last {
			return j.refuse(c, j.x.f.Mediator.RefuseCall(j.x.who, c.Tool, mediate.RuleLimit, "no round was left in which its result could be told: llm.rounds")), nil
		}
		j.round = append(j.round, decided{Hidden: wire.Hidden{Call: c}, run: true, value: value})
		return wire.Ruling{}, nil
	}
	return j.start(ctx, c, value)
}

// start asks for the start of a call that the client will run. What was said in events before does not wait for that.
func (j *judge) start(ctx context.Context, c wire.Call, value ijson.Value) (wire.Ruling, error) {
	x := j.x
	if failure := j.out.show(); failure != nil {
		return wire.Ruling{}, ended{failure}
	}
	x.giveUp(ctx, c.ID) // one of this id that is open was dropped, at a vendor whose ids come again: its label is taken
	until := time.Now().Add(x.f.ResultTimeout)
	step, err := x.f.Mediator.StartDeclared(ctx, x.who, c.Tool, j.tools[c.Tool], value, x.f.ResultTimeout)
	switch {
	case err != nil:
		return wire.Ruling{}, err
	case step.Refusal != nil && mediate.GateForcedOpen: // of a test build, whose refusals have no effect
		j.forwarded = append(j.forwarded, c.ID)
		return wire.Ruling{Forward: true}, nil
	case step.Refusal != nil:
		return j.refuse(c, step.Refusal), nil
	}
	started, ok := step.Event.(kernel.Started)
	if !ok {
		return wire.Ruling{}, fmt.Errorf("the start of a call gave no start but %T", step.Event)
	}
	if !x.past.open(c.ID, flight{id: started.Invocation, label: started.Call.Label, until: until}) { // another answer was quicker
		x.land(ctx, started.Invocation, kernel.Unknown)
		return wire.Ruling{}, wire.Broken{What: "a call has the id of one that is open"}
	}
	j.begun, j.forwarded = append(j.begun, c.ID), append(j.forwarded, c.ID)
	return wire.Ruling{Forward: true}, nil
}

// refuse tells of a refusal: the client, or the model alone where it is to try again.
func (j *judge) refuse(c wire.Call, r *mediate.Refusal) wire.Ruling {
	h := wire.Hidden{Call: c, Result: refusalText(r), Failed: true}
	if !j.x.f.Retry || j.last {
		h.Said = fmt.Sprintf("[Argus refused the call of %s: %s Rule %s, reference %s.]", shortened(c.Tool), r.Sentence, r.Rule, r.Reference)
	}
	j.round = append(j.round, decided{Hidden: h})
	return wire.Ruling{Say: h.Said}
}

// refusalText is what a model is told of a refusal.
func refusalText(r *mediate.Refusal) string {
	text := "Argus refused this call (rule " + r.Rule + "): " + r.Sentence + " Reference " + string(r.Reference) + "."
	if r.Detail != "" {
		text += " " + r.Detail
	}
	return text
}

// argumentsOf reads the text that the model wrote. What is no object is no call: nothing is made of it that the model did not say.
func argumentsOf(c wire.Call) (v ijson.Value, wrong string) {
	if c.Free {
		text := append(ijson.AppendString([]byte(`{"input":`), c.Arguments), '}')
		v, err := ijson.Parse(text, ijson.AtMost(len(text)))
		if err != nil {
			return ijson.Value{}, "the text that the model wrote cannot be read: " + err.Error()
		}
		return v, ""
	}
	v, err := ijson.ParseString(c.Arguments, ijson.AtMost(len(c.Arguments)))
	switch {
	case err != nil:
		return ijson.Value{}, "the arguments that the model wrote are not the JSON that Argus reads: " + err.Error()
	case v.Kind() != ijson.Object:
		return ijson.Value{}, "the arguments that the model wrote are no object"
	}
	return v, ""
}

const maxName = 64

// shortened keeps a name that a model made up from filling what it stands in.
func shortened(name string) string {
	if len(name) > maxName {
		name = name[:maxName]
	}
	return strings.ToValidUTF8(name, "?")
}
