package show

import (
	"os"

	"golang.org/x/term"
)

// Colour is an accent. The zero Colour is none.
type Colour string

// The accents.
const (
	Good Colour = "\x1b[32m"
	Bad  Colour = "\x1b[31m"
	Warn Colour = "\x1b[33m"
	Bold Colour = "\x1b[1m"
	Dim  Colour = "\x1b[2m"
)

const reset = "\x1b[0m"

// Painter paints, or leaves text as it is. The zero Painter leaves it.
type Painter struct{ on bool }

// For is the painter of a file: one that paints if the file is a terminal and nobody asked for no colours.
func For(f *os.File) Painter {
	return Painter{os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" && term.IsTerminal(int(f.Fd()))}
}

// Paint gives text, which is plain already, an accent.
func (p Painter) Paint(c Colour, text string) string {
	if !p.on || c == "" {
		return text
	}
	return string(c) + text + reset
}
