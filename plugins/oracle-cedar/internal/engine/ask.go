package engine

import (
	"errors"
	"fmt"
	"strings"

	"github.com/cedar-policy/cedar-go"
	"github.com/cedar-policy/cedar-go/types"
	"github.com/cedar-policy/cedar-go/x/exp/eval"

	"argus/plugin/sdk/oracle"
	"argus/plugins/oracle-cedar/internal/check"
)

// Ask answers q. An answer with an EvaluationError authorizes nothing and vouches for nothing: a policy that could not be
// evaluated may be the one that forbids.
func (e *Engine) Ask(q oracle.Question) oracle.Answer {
	answer := oracle.Answer{PolicyDigest: e.digest}
	s, err := subjectOf(q)
	if err != nil {
		answer.EvaluationError = err.Error()
		return answer
	}
	arguments, err := argumentsOfCall(q)
	if err != nil {
		answer.EvaluationError = err.Error()
		return answer
	}
	asked := []consultation{{action: check.Call}}
	if _, egress := q.About.(oracle.Egress); egress {
		asked[0].action = check.Egress
	}
	if q.Inspect {
		asked = append(asked, consultation{action: check.Vouch})
	}

	var want wanted
	var read check.Attributes
	for i := range asked {
		asked[i].candidates = e.index.find(asked[i].action, s)
		for p := range asked[i].candidates.each() {
			want.add(p.want)
			read |= p.reading.Attributes
		}
	}
	answer.Read = attributes(read)
	context, left := contextOf(q, want)
	answer.LeftOut = left

	for i := range asked {
		asked[i].consult(s, context, arguments)
		answer.Reasons = append(answer.Reasons, asked[i].reasons...)
		if asked[i].failure != "" && answer.EvaluationError == "" {
			answer.EvaluationError = asked[i].failure
		}
	}
	if answer.EvaluationError == "" {
		answer.Authorized = asked[0].permitted
		answer.Vouched = q.Inspect && asked[len(asked)-1].permitted
	}
	return answer
}

// argumentsOfCall returns the arguments of a call. A call without any has none that a rule could read.
func argumentsOfCall(q oracle.Question) (oracle.Value, error) {
	call, ok := q.About.(oracle.Call)
	if !ok {
		return oracle.Object{}, nil
	}
	switch call.Arguments.(type) {
	case oracle.Object:
		return call.Arguments, nil
	case oracle.Null, nil:
		return oracle.Object{}, nil
	default:
		return nil, errors.New("the arguments of the call are no JSON object")
	}
}

// consultation asks the policies about one action.
type consultation struct {
	action     types.EntityUID
	candidates candidates

	permitted bool
	reasons   []string // for the operator
	failure   string   // tells why there is no outcome; holds no argument
}

func (c *consultation) consult(s subject, context types.Record, arguments oracle.Value) {
	for p := range c.candidates.each() {
		if !suspicious(p, arguments) {
			continue
		}
		env := eval.Env{Entities: s, Principal: s.agent, Action: c.action, Resource: s.resource, Context: context}
		if pointer, yes := blocked(p, arguments, env); yes {
			c.failure = fmt.Sprintf("%s reads the argument %q, but cannot read it exactly, or another argument could be taken for it", p.id, pointer)
			return
		}
	}
	request := cedar.Request{Principal: s.agent, Action: c.action, Resource: s.resource, Context: context}
	decision, diagnostic := cedar.Authorize(c.candidates, s, request)
	if len(diagnostic.Errors) > 0 {
		first := diagnostic.Errors[0]
		c.failure = fmt.Sprintf("%s (line %d) could not be evaluated: %s", first.PolicyID, first.Position.Line, cause(first.Message))
	}
	c.permitted = decision == cedar.Allow && c.failure == ""
	c.explain(decision, diagnostic)
}

// explain names the policies that decided.
func (c *consultation) explain(decision cedar.Decision, diagnostic cedar.Diagnostic) {
	verb := "forbidden"
	if decision == cedar.Allow {
		verb = "permitted"
	}
	if len(diagnostic.Reasons) == 0 {
		c.reasons = append(c.reasons, fmt.Sprintf("%s: no policy permits it", c.action.ID))
	}
	for _, reason := range diagnostic.Reasons {
		c.reasons = append(c.reasons, fmt.Sprintf("%s: %s by %s", c.action.ID, verb, reason.PolicyID))
	}
}

// cause keeps of an evaluation error what cannot hold a value of the arguments.
func cause(message string) string {
	for _, safe := range []string{"type error: ", "record does not have the attribute "} {
		if strings.HasPrefix(message, safe) {
			return message
		}
	}
	if strings.HasPrefix(message, "integer overflow") {
		return "integer overflow"
	}
	return "a value does not have the form that the policy needs"
}

var attributeBits = []struct {
	bit  check.Attributes
	name oracle.Attribute
}{
	{check.Capabilities, oracle.Capabilities}, {check.Exposure, oracle.ExposureNow}, {check.Speculative, oracle.Speculative},
	{check.Depth, oracle.Depth}, {check.Flights, oracle.Flights},
}

func attributes(set check.Attributes) []oracle.Attribute {
	var list []oracle.Attribute
	for _, a := range attributeBits {
		if set&a.bit != 0 {
			list = append(list, a.name)
		}
	}
	return list
}
