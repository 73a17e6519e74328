package oracle

import (
	"errors"
	"fmt"

	"argus/plugin/sdk"
	oraclev1 "argus/proto/argus/oracle/v1"
)

// StalePolicy tells that the oracle answered by another policy than it was asked under.
type StalePolicy struct {
	Asked string // the digest that the host held
	Holds string // the digest that the oracle answered by
}

func (s *StalePolicy) Error() string {
	return fmt.Sprintf("the oracle answers by policy %q, not by %q", s.Holds, s.Asked)
}

// checkAnswer admits an answer that belongs to q and is known and bounded in every part. What it returns denies unless the oracle
// said otherwise without an evaluation error.
func checkAnswer(w *oraclev1.Answer, q Question) (Answer, error) {
	if w.GetArgumentsDigest() != q.About.digest() {
		return Answer{}, errors.New("the answer is about other arguments than the question")
	}
	err := sdk.FirstError(
		sdk.CheckKnown("the answer", w),
		sdk.CheckText("the answer's policy digest", w.GetPolicyDigest(), 1, maxDigest),
		sdk.CheckTexts("reasons", w.GetReasons(), maxReasons, 0, maxReason),
		sdk.CheckProse("the evaluation error", w.GetError(), 0, maxError),
		sdk.CheckTexts("pointers to what was left out", w.GetLeftOut(), maxLeftOut, 0, maxPointer),
	)
	if err != nil {
		return Answer{}, err
	}
	read, err := attributesFromWire(w.GetRead())
	if err != nil {
		return Answer{}, err
	}
	if w.GetPolicyDigest() != q.PolicyDigest {
		return Answer{}, &StalePolicy{Asked: q.PolicyDigest, Holds: w.GetPolicyDigest()}
	}
	answer := Answer{
		PolicyDigest:    w.GetPolicyDigest(),
		Authorized:      w.GetAuthorized(),
		Vouched:         w.GetVouched(),
		Read:            read,
		Reasons:         w.GetReasons(),
		EvaluationError: w.GetError(),
		LeftOut:         w.GetLeftOut(),
	}
	return answer.denied(q.Inspect), nil
}

func attributesFromWire(ws []oraclev1.Attribute) ([]Attribute, error) {
	if len(ws) > maxAttributes {
		return nil, fmt.Errorf("more than %d attributes", maxAttributes)
	}
	var read []Attribute
	var seen [maxAttributes + 1]bool
	for _, w := range ws {
		a, ok := attributeFromWire(w)
		if !ok {
			return nil, errors.New("an attribute is unspecified or unknown")
		}
		if seen[a] {
			return nil, errors.New("an attribute is listed twice")
		}
		seen[a] = true
		read = append(read, a)
	}
	return read, nil
}

func attributeFromWire(w oraclev1.Attribute) (Attribute, bool) {
	switch w {
	case oraclev1.Attribute_ATTRIBUTE_CAPABILITIES:
		return Capabilities, true
	case oraclev1.Attribute_ATTRIBUTE_EXPOSURE:
		return ExposureNow, true
	case oraclev1.Attribute_ATTRIBUTE_SPECULATIVE:
		return Speculative, true
	case oraclev1.Attribute_ATTRIBUTE_DEPTH:
		return Depth, true
	case oraclev1.Attribute_ATTRIBUTE_FLIGHTS:
		return Flights, true
	}
	return 0, false
}
