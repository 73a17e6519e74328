package oracle

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"argus/plugin/sdk"
	oraclev1 "argus/proto/argus/oracle/v1"
)

// Bounds of what an oracle may say.
const (
	maxDigest     = 128
	maxReasons    = 32
	maxReason     = 1 << 10
	maxError      = 4 << 10
	maxLeftOut    = 256
	maxPointer    = 1 << 10
	maxAttributes = 5
)

var attributesToWire = map[Attribute]oraclev1.Attribute{
	Capabilities: oraclev1.Attribute_ATTRIBUTE_CAPABILITIES,
	ExposureNow:  oraclev1.Attribute_ATTRIBUTE_EXPOSURE,
	Speculative:  oraclev1.Attribute_ATTRIBUTE_SPECULATIVE,
	Depth:        oraclev1.Attribute_ATTRIBUTE_DEPTH,
	Flights:      oraclev1.Attribute_ATTRIBUTE_FLIGHTS,
}

func questionToWire(q Question, nonce nonce) (*oraclev1.Question, error) {
	if err := sdk.CheckText("the policy digest", q.PolicyDigest, 1, maxDigest); err != nil {
		return nil, err
	}
	w := &oraclev1.Question{
		Nonce:        nonce[:],
		Agent:        agentToWire(q.Agent),
		Inspect:      q.Inspect,
		PolicyDigest: q.PolicyDigest,
	}
	switch about := q.About.(type) {
	case Call:
		arguments, err := valueToWire(about.Arguments, 0)
		if err != nil {
			return nil, err
		}
		w.About = &oraclev1.Question_Call{Call: &oraclev1.Call{
			Server: about.Server, Tool: about.Tool, ToolId: about.ToolID,
			Arguments: arguments, ArgumentsDigest: about.ArgumentsDigest,
			Label: exposureToWire(about.Label), Sinks: about.Sinks,
		}}
	case Egress:
		w.About = &oraclev1.Question_Egress{Egress: &oraclev1.Egress{Sink: about.Sink, ContentDigest: about.ContentDigest}}
	default:
		return nil, errors.New("the question is about nothing")
	}
	return w, sdk.CheckText("the digest of what is asked about", q.About.digest(), 1, maxDigest)
}

func questionFromWire(w *oraclev1.Question) (Question, error) {
	q := Question{Agent: agentFromWire(w.GetAgent()), Inspect: w.GetInspect(), PolicyDigest: w.GetPolicyDigest()}
	switch about := w.GetAbout().(type) {
	case *oraclev1.Question_Call:
		call := about.Call
		arguments, err := valueFromWire(call.GetArguments(), 0)
		if err != nil {
			return Question{}, err
		}
		q.About = Call{
			Server: call.GetServer(), Tool: call.GetTool(), ToolID: call.GetToolId(),
			Arguments: arguments, ArgumentsDigest: call.GetArgumentsDigest(),
			Label: exposureFromWire(call.GetLabel()), Sinks: call.GetSinks(),
		}
	case *oraclev1.Question_Egress:
		q.About = Egress{Sink: about.Egress.GetSink(), ContentDigest: about.Egress.GetContentDigest()}
	default:
		return Question{}, errors.New("the question is about nothing")
	}
	return q, nil
}

func agentToWire(a Agent) *oraclev1.Agent {
	return &oraclev1.Agent{
		Id: a.ID, Principal: a.Principal, Capabilities: a.Capabilities,
		Exposure: exposureToWire(a.Exposure), Speculative: exposureToWire(a.Speculative),
		Depth: a.Depth, Flights: a.Flights,
	}
}

func agentFromWire(w *oraclev1.Agent) Agent {
	return Agent{
		ID: w.GetId(), Principal: w.GetPrincipal(), Capabilities: w.GetCapabilities(),
		Exposure: exposureFromWire(w.GetExposure()), Speculative: exposureFromWire(w.GetSpeculative()),
		Depth: w.GetDepth(), Flights: w.GetFlights(),
	}
}

func exposureToWire(x Exposure) *oraclev1.Exposure {
	return &oraclev1.Exposure{Level: x.Level, Integrity: x.Integrity}
}

func exposureFromWire(w *oraclev1.Exposure) Exposure {
	return Exposure{Level: w.GetLevel(), Integrity: w.GetIntegrity()}
}

// answerToWire cuts what only people read, so that a talkative author still answers, and turns what the author forgot into an
// evaluation error.
func answerToWire(a Answer, q Question) *oraclev1.Answer {
	read := make([]oraclev1.Attribute, 0, len(a.Read))
	for _, attribute := range a.Read {
		w, ok := attributesToWire[attribute]
		if !ok {
			a.EvaluationError = "the plugin named an attribute that does not exist"
			continue
		}
		if !slices.Contains(read, w) {
			read = append(read, w)
		}
	}
	if a.PolicyDigest == "" {
		a.PolicyDigest = q.PolicyDigest
		a.EvaluationError = "the plugin did not say by which policy it answers"
	}
	a = a.denied(q.Inspect)
	return &oraclev1.Answer{
		ArgumentsDigest: q.About.digest(),
		PolicyDigest:    a.PolicyDigest,
		Authorized:      a.Authorized,
		Vouched:         a.Vouched,
		Read:            read,
		Reasons:         clipAll(a.Reasons, maxReasons, maxReason),
		Error:           sdk.Clip(a.EvaluationError, maxError),
		LeftOut:         clipAll(a.LeftOut, maxLeftOut, maxPointer),
	}
}

func clipAll(texts []string, n, size int) []string {
	out := make([]string, 0, min(len(texts), n))
	for _, text := range texts[:min(len(texts), n)] {
		out = append(out, sdk.Clip(text, size))
	}
	return out
}

func policyToWire(p PolicyState) *oraclev1.PolicyState {
	return &oraclev1.PolicyState{
		Digest:   p.Digest,
		Policies: uint32(min(max(p.Policies, 0), math.MaxInt32)),
		Problems: sdk.ProblemsToWire(p.Problems),
	}
}

func policyFromWire(w *oraclev1.PolicyState) (PolicyState, error) {
	// A folder that never loaded leaves no policy in force: no digest, and the problems that say why.
	atLeast := 1
	if len(w.GetProblems()) > 0 {
		atLeast = 0
	}
	err := sdk.FirstError(
		sdk.CheckKnown("the policy", w),
		sdk.CheckText("the policy digest", w.GetDigest(), atLeast, maxDigest),
	)
	if err != nil {
		return PolicyState{}, err
	}
	if w.GetPolicies() > math.MaxInt32 {
		return PolicyState{}, fmt.Errorf("more than %d policies", math.MaxInt32)
	}
	problems, err := sdk.ProblemsFromWire(w.GetProblems())
	if err != nil {
		return PolicyState{}, err
	}
	return PolicyState{Digest: w.GetDigest(), Policies: int(w.GetPolicies()), Problems: problems}, nil
}
