package schema

import (
	"errors"
	"regexp"
	"regexp/syntax"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// A pattern's text and program are bounded: matching takes time in proportion
// to the program times the text, and "((a{100}){10})" is a short text.
const (
	maxPattern = 1024
	maxProgram = 4096
)

var errPattern = errors.New("pattern is refused")

// program is a compiled pattern and the number of its instructions.
type program struct {
	*regexp.Regexp
	size int64
}

// compilePattern is the library's only way to a pattern.
func compilePattern(text string) (jsonschema.Regexp, error) {
	size, ok := programSize(text)
	if !ok {
		return nil, errPattern
	}
	re, err := regexp.Compile(text)
	if err != nil {
		return nil, errPattern
	}
	return &program{re, size}, nil
}

// programSize fails on what is too long, too large or not a pattern at all.
func programSize(text string) (int64, bool) {
	if len(text) > maxPattern {
		return 0, false
	}
	parsed, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		return 0, false
	}
	prog, err := syntax.Compile(parsed.Simplify())
	if err != nil || len(prog.Inst) > maxProgram {
		return 0, false
	}
	return int64(len(prog.Inst)), true
}
