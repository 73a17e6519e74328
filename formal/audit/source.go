package main

import (
	"regexp"
	"slices"
	"strings"
)

// leak is a word in a source by which something could be believed without a proof.
type leak struct {
	line int
	word string
}

// never are words that no source may have.
var never = []string{
	"Admitted", "admit", "give_up", "Abort", "Obligations", "bypass_check", "Guard", "Positivity", "Universe", "Conjecture",
	"Undo", "Restart", "Back", "Reset",
}

// onlyInTypes are words that a module type may have, where they say what an instance must prove.
var onlyInTypes = []string{"Axiom", "Axioms", "Parameter", "Parameters"}

// onlyInSections are words that stand for assumptions, which the end of a section turns into arguments.
var onlyInSections = []string{"Variable", "Variables", "Hypothesis", "Hypotheses", "Context"}

var words = regexp.MustCompile(`[A-Za-z_][A-Za-z0-9_']*|\.(?:\s|$)|\n|<:|:=`)

// leaks finds every such word. Words in comments and strings do not count.
func leaks(text string) (found []leak) {
	var stack []string // what was opened and has not ended: "type", "module" or "section"
	line := 1
	tokens := words.FindAllString(blank(text), -1)
	for i, w := range tokens {
		line += strings.Count(w, "\n")
		next := func(n int) string {
			if i+n < len(tokens) {
				return tokens[i+n]
			}
			return ""
		}
		switch {
		case w == "Module" && next(1) == "Type":
			stack = append(stack, "type")
		case w == "Module" && !isDefinition(tokens[i:]):
			stack = append(stack, "module")
		case w == "Section":
			stack = append(stack, "section")
		case w == "End" && len(stack) > 0:
			stack = stack[:len(stack)-1]
		case slices.Contains(never, w),
			slices.Contains(onlyInTypes, w) && !slices.Contains(stack, "type"),
			slices.Contains(onlyInSections, w) && !slices.Contains(stack, "section") && !slices.Contains(stack, "type"):
			found = append(found, leak{line, w})
		}
	}
	return found
}

// isDefinition reports whether a module is given by an expression, in one sentence, and so needs no End.
func isDefinition(tokens []string) bool {
	for _, w := range tokens {
		if w == ":=" {
			return true
		}
		if strings.HasPrefix(w, ".") {
			return false
		}
	}
	return false
}

// blank is the text with comments, which nest, and strings made of spaces. Lines stay where they are.
func blank(text string) string {
	out := []byte(text)
	depth, quoted := 0, false
	for i := 0; i < len(out); i++ {
		rest := text[i:]
		switch {
		case quoted || depth > 0 && rest[0] == '"':
			quoted = quoted != (rest[0] == '"')
		case strings.HasPrefix(rest, "(*"):
			depth++
			out[i], out[i+1] = ' ', ' '
			i++
			continue
		case depth > 0 && strings.HasPrefix(rest, "*)"):
			depth--
			out[i], out[i+1] = ' ', ' '
			i++
			continue
		case rest[0] == '"':
			quoted = true
		case depth == 0:
			continue
		}
		if out[i] != '\n' {
			out[i] = ' '
		}
	}
	return string(out)
}
