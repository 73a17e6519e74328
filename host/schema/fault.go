package schema

import (
	"fmt"
	"slices"
	"strings"

	"argus/internal/ijson"
)

// CompileError says where a schema is unusable and why, in fixed words. The
// caller adds which tool's schema it was.
type CompileError struct {
	Place   ijson.Place
	Keyword string // "" when the place as a whole is at fault
	Reason  string
}

func (e *CompileError) Error() string {
	if e.Keyword == "" {
		return fmt.Sprintf("schema at %s: %s", e.Place, e.Reason)
	}
	return fmt.Sprintf("schema at %s, keyword %q: %s", e.Place, e.Keyword, e.Reason)
}

// Problem is one way in which a value does not conform.
type Problem struct {
	Place   ijson.Place // in the value; names the schema does not know stand as "*"
	Keyword string      // the keyword that is not satisfied
}

// maxProblems bounds what a MismatchError lists.
const maxProblems = 16

// MismatchError lists, in a stable order, where a value does not conform. It
// holds no values. It is for the operator: names in it come from the schema.
type MismatchError struct {
	Problems []Problem
	More     int // problems beyond those listed
}

func (e *MismatchError) Error() string {
	parts := make([]string, 0, len(e.Problems)+1)
	for _, p := range e.Problems {
		parts = append(parts, fmt.Sprintf("%s: %s", p.Place, p.Keyword))
	}
	if e.More > 0 {
		parts = append(parts, fmt.Sprintf("and %d more", e.More))
	}
	return "value does not conform to its schema: " + strings.Join(parts, "; ")
}

// mismatch sorts the problems, drops repetitions and keeps the first.
func mismatch(problems []Problem) error {
	slices.SortFunc(problems, func(a, b Problem) int {
		return strings.Compare(string(a.Place)+" "+a.Keyword, string(b.Place)+" "+b.Keyword)
	})
	problems = slices.Compact(problems)
	shown := min(len(problems), maxProblems)
	return &MismatchError{Problems: problems[:shown:shown], More: len(problems) - shown}
}
