package tomlpos

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Problem is one mistake that a person can mend.
type Problem struct {
	File    string // as the person knows it; may be empty when no file is to blame
	Line    int    // from 1; 0 when the whole file is meant
	Message string // what is wrong
	Fix     string // the line or the command that mends it; may be empty
}

// String gives the form that editors jump to: file:line: message (fix).
func (p Problem) String() string {
	var text strings.Builder
	if where := (Where{p.File, p.Line}).String(); where != "" {
		text.WriteString(where + ": ")
	}
	text.WriteString(p.Message)
	if p.Fix != "" {
		text.WriteString(" (" + p.Fix + ")")
	}
	return text.String()
}

// Problems are all the mistakes of a reading. It is an error of as many lines; an empty one must not be returned as an
// error, use Err.
type Problems []Problem

// shown bounds an error's text. The rest is counted, so that a garbage file cannot fill a screen or a log.
const shown = 100

// Error lists the mistakes, one on each line.
func (ps Problems) Error() string {
	lines := make([]string, 0, min(len(ps), shown)+1)
	for _, p := range ps[:min(len(ps), shown)] {
		lines = append(lines, p.String())
	}
	if more := len(ps) - shown; more > 0 {
		lines = append(lines, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(lines, "\n")
}

// Err is nil when there is no problem.
func (ps Problems) Err() error {
	if len(ps) == 0 {
		return nil
	}
	return ps
}

// kept bounds the memory that mistakes take. Whoever mends a thousand of them reads the document again.
const kept = 1000

// Add appends one mistake at a place; the first thousand are kept.
func (ps *Problems) Add(at Where, fix, format string, args ...any) {
	if len(*ps) >= kept {
		return
	}
	*ps = append(*ps, Problem{File: at.File, Line: at.Line, Message: fmt.Sprintf(format, args...), Fix: fix})
}

// Sorted returns the problems in reading order, without repetitions.
func (ps Problems) Sorted() Problems {
	sorted := slices.Clone(ps)
	slices.SortStableFunc(sorted, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line))
	})
	return slices.Compact(sorted)
}
