package sdk

import (
	"fmt"
	"strings"

	pluginv1 "argus/proto/argus/plugin/v1"
)

// Problem is one mistake that a person can mend.
type Problem struct {
	File    string // path as the person knows it, or empty
	Line    int    // from 1, or 0 when no line is known
	Message string // what is wrong
	Fix     string // the line or command that mends it, or empty
}

// String is the problem as one line of a compiler would tell it.
func (p Problem) String() string {
	var b strings.Builder
	if p.File != "" {
		b.WriteString(p.File)
		if p.Line > 0 {
			fmt.Fprintf(&b, ":%d", p.Line)
		}
		b.WriteString(": ")
	}
	b.WriteString(p.Message)
	if p.Fix != "" {
		b.WriteString("; to mend it: " + p.Fix)
	}
	return b.String()
}

const (
	maxProblems    = 256
	maxProblemText = 4 << 10
)

// ProblemsToWire is for the adapters of the kinds. What is over the limits of the contract is cut, so that an author's long list
// still arrives.
func ProblemsToWire(ps []Problem) []*pluginv1.Problem {
	out := make([]*pluginv1.Problem, 0, min(len(ps), maxProblems))
	for _, p := range ps[:min(len(ps), maxProblems)] {
		message := Clip(p.Message, maxProblemText)
		if message == "" {
			message = "the plugin gave no message"
		}
		out = append(out, &pluginv1.Problem{
			File:    Clip(p.File, maxProblemText),
			Line:    uint32(max(p.Line, 0)),
			Message: message,
			Fix:     Clip(p.Fix, maxProblemText),
		})
	}
	return out
}

// ProblemsFromWire is for the facades of the kinds; it checks every bound.
func ProblemsFromWire(ps []*pluginv1.Problem) ([]Problem, error) {
	if len(ps) > maxProblems {
		return nil, fmt.Errorf("more than %d problems", maxProblems)
	}
	var out []Problem
	for _, p := range ps {
		err := FirstError(
			CheckProse("a problem's file", p.GetFile(), 0, maxProblemText),
			CheckProse("a problem's message", p.GetMessage(), 1, maxProblemText),
			CheckProse("a problem's fix", p.GetFix(), 0, maxProblemText),
		)
		if err != nil {
			return nil, err
		}
		if p.GetLine() > 1<<30 {
			return nil, fmt.Errorf("a problem's line is out of range")
		}
		out = append(out, Problem{File: p.GetFile(), Line: int(p.GetLine()), Message: p.GetMessage(), Fix: p.GetFix()})
	}
	return out, nil
}
