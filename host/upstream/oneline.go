package upstream

import (
	"bytes"
	"slices"
)

// appendOneLine appends JSON as one line in the eyes of any reader. A line end between two tokens would let the sender of
// params frame a message of its own; U+0085, U+2028 and U+2029, which valid JSON holds only inside strings, are line ends
// to the readers of some languages. Each is replaced by something of the same meaning.
func appendOneLine(dst, json []byte) []byte {
	if !breaks(json) {
		return append(dst, json...)
	}
	dst = slices.Grow(dst, len(json))
	for i := 0; i < len(json); i++ {
		rest := json[i:]
		switch {
		case rest[0] == '\n' || rest[0] == '\r':
			dst = append(dst, ' ')
		case bytes.HasPrefix(rest, nextLine):
			dst, i = append(dst, `\u0085`...), i+1
		case bytes.HasPrefix(rest, lineSeparator):
			dst, i = append(dst, `\u2028`...), i+2
		case bytes.HasPrefix(rest, paragraphSeparator):
			dst, i = append(dst, `\u2029`...), i+2
		default:
			dst = append(dst, rest[0])
		}
	}
	return dst
}

var (
	nextLine           = []byte("\u0085")
	lineSeparator      = []byte("\u2028")
	paragraphSeparator = []byte("\u2029")
	generalPunctuation = []byte("\xe2\x80") // how the last two begin
)

func breaks(json []byte) bool {
	return bytes.IndexByte(json, '\n') >= 0 || bytes.IndexByte(json, '\r') >= 0 ||
		bytes.Contains(json, generalPunctuation) || bytes.Contains(json, nextLine)
}
