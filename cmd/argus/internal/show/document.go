package show

import (
	"bytes"
	"encoding/json"
	"fmt"
	"unicode/utf16"
	"unicode/utf8"
)

// Document is v as one indented JSON document with a line end. Characters that would not be seen as themselves are escapes in it, so that
// it can be looked at on a terminal; to a program they are the same.
func Document(v any) ([]byte, error) {
	return encode(v, "  ")
}

// Line is v as one JSON document on a line, with the line end, as fit to be looked at as a Document.
func Line(v any) ([]byte, error) {
	return encode(v, "")
}

func encode(v any, indent string) ([]byte, error) {
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	e.SetIndent("", indent)
	if err := e.Encode(v); err != nil {
		return nil, fmt.Errorf("write JSON: %w", err)
	}
	return escaped(text.Bytes()), nil
}

// escaped relies on what JSON guarantees: outside of strings there is only ASCII.
func escaped(text []byte) []byte {
	out := make([]byte, 0, len(text))
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		switch {
		case r < utf8.RuneSelf && r != 0x7f || !hidden(r):
			out = append(out, text[:size]...)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			out = fmt.Appendf(out, `\u%04x\u%04x`, high, low)
		default:
			out = fmt.Appendf(out, `\u%04x`, r)
		}
		text = text[size:]
	}
	return out
}
