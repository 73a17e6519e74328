package check

import (
	"fmt"
	"strings"

	"argus/plugin/sdk"
)

// problem tells of a mistake at the first place of the policy that mentions token.
func (c *checker) problem(token, message, fix string) {
	line := c.line + strings.Count(c.text[:wordIndex(c.text, token)], "\n")
	if key := fmt.Sprint(line, message); !c.told[key] {
		c.told[key] = true
		c.problems = append(c.problems, sdk.Problem{File: c.file, Line: line, Message: message, Fix: fix})
	}
}

// wordIndex is where word first stands in text by itself, or 0.
func wordIndex(text, word string) int {
	for from := 0; word != ""; {
		at := strings.Index(text[from:], word)
		if at < 0 {
			return 0
		}
		at += from
		if (at == 0 || !isWord(text[at-1])) && (at+len(word) == len(text) || !isWord(text[at+len(word)])) {
			return at
		}
		from = at + 1
	}
	return 0
}

func isWord(b byte) bool {
	return b == '_' || b >= '0' && b <= '9' || b >= 'A' && b <= 'Z' || b >= 'a' && b <= 'z'
}
