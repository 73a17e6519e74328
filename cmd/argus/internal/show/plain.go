// Package show writes for a person's eyes what others have written: tables, colours, and text that cannot trick the terminal.
//
// It trusts none of the text it is given. What a server or an agent made up may hold sequences that move the cursor, turn the reading
// direction or hide characters; all of them come out as escapes.
package show

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Plain is text on one line with everything escaped that would not be seen as itself.
func Plain(text string) string {
	if !strings.ContainsFunc(text, hidden) {
		return text
	}
	var out strings.Builder
	for i, r := range text {
		switch {
		case r == utf8.RuneError && !strings.HasPrefix(text[i:], string(utf8.RuneError)):
			fmt.Fprintf(&out, `\x%02x`, text[i])
		case hidden(r):
			out.WriteString(escape(r))
		default:
			out.WriteRune(r)
		}
	}
	return out.String()
}

// hidden tells what a person would not see, or would see as something else. Invalid bytes arrive as the replacement character.
func hidden(r rune) bool {
	return !unicode.IsGraphic(r) || r == utf8.RuneError || r != ' ' && unicode.IsSpace(r) || blank[r] || unicode.In(r, ignorable...)
}

// ignorable are the classes of which members count as graphic and show nothing. A model reads them all: 256 selectors of variants spell any text.
var ignorable = []*unicode.RangeTable{unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point}

// blank are the others that show nothing: empty Braille, a note without a head, a filler of Khitan.
var blank = map[rune]bool{'\u2800': true, '\U0001d159': true, '\U00016fe4': true}

func escape(r rune) string {
	switch r {
	case '\n':
		return `\n`
	case '\r':
		return `\r`
	case '\t':
		return `\t`
	}
	if r > 0xffff {
		return fmt.Sprintf(`\U%08x`, r)
	}
	return fmt.Sprintf(`\u%04x`, r)
}

// Block is text of several lines, each plain and behind prefix, so that no line of it can pass for one of ours.
func Block(text, prefix string) string {
	var out strings.Builder
	for line := range strings.SplitSeq(strings.TrimRight(text, "\n"), "\n") {
		out.WriteString(strings.TrimRight(prefix+Plain(line), " ") + "\n")
	}
	return out.String()
}
