package source

import (
	"fmt"

	"argus/plugin/sdk"
)

// Bounds on the shape of a file. The parser of policies is recursive, and a stack that overflows ends the plugin.
const (
	maxNesting   = 64
	maxStatement = 64 << 10 // bytes from one semicolon to the next, comments left out
)

// Guard refuses a file that the parser must not see. It tells strings and comments from the rest as the parser does; what is
// wrong in other ways is left for the parser to tell.
func Guard(f File) (sdk.Problem, bool) {
	g := guard{line: 1}
	for i := 0; i < len(f.Content); i++ {
		i = g.step(f.Content, i)
		if g.nesting > maxNesting {
			return g.problem(f, "brackets are nested more than %d deep", maxNesting), false
		}
		if g.statement > maxStatement {
			return g.problem(f, "the policy is longer than %d KiB", maxStatement>>10), false
		}
	}
	return sdk.Problem{}, true
}

type guard struct {
	line, nesting, statement int
}

func (g *guard) problem(f File, message string, bound int) sdk.Problem {
	return sdk.Problem{File: f.Name, Line: g.line, Message: fmt.Sprintf(message, bound), Fix: "split the policy"}
}

// step takes in the byte at i, or the whole comment or string that begins there, and returns the place of its last byte.
func (g *guard) step(content []byte, i int) int {
	g.statement++
	switch content[i] {
	case '\n':
		g.line++
	case ';':
		g.statement, g.nesting = 0, 0
	case '(', '[', '{':
		g.nesting++
	case ')', ']', '}':
		g.nesting--
	case '"':
		return g.text(content, i)
	case '/':
		if i+1 < len(content) && content[i+1] == '/' {
			return lineEnd(content, i)
		}
		if i+1 < len(content) && content[i+1] == '*' {
			return g.blockEnd(content, i)
		}
	}
	return i
}

func (g *guard) text(content []byte, i int) int {
	for i++; i < len(content) && content[i] != '"'; i++ {
		switch content[i] {
		case '\\':
			i++
		case '\n':
			g.line++
		}
		g.statement++
	}
	return i
}

// lineEnd returns the last byte before the end of the line.
func lineEnd(content []byte, i int) int {
	for i+1 < len(content) && content[i+1] != '\n' {
		i++
	}
	return i
}

// blockEnd returns the last byte of the comment that begins at i and may span lines.
func (g *guard) blockEnd(content []byte, i int) int {
	for i += 2; i < len(content); i++ {
		if content[i] == '\n' {
			g.line++
		}
		if content[i] == '*' && i+1 < len(content) && content[i+1] == '/' {
			return i + 1
		}
	}
	return i
}
