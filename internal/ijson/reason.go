package ijson

import "strconv"

// Reason says why a text was refused. A Reason is itself an error, so that
// errors.Is(err, DuplicateName) works on what Parse returns.
type Reason uint8

// The reasons for which Parse refuses. The zero value is none of them.
const (
	_ Reason = iota
	TooLarge
	TooDeep
	TooMany
	Truncated
	Unexpected
	Trailing
	DuplicateName
	ControlCharacter
	BadEscape
	BadUTF8
	LoneSurrogate
	Noncharacter
	NulInName
	BadNumber
	HugeExponent
	CaseVariant
)

var sentences = [...]string{
	TooLarge:         "text is longer than its limit",
	TooDeep:          "arrays and objects nest too deeply",
	TooMany:          "too many values",
	Truncated:        "text ends inside a value",
	Unexpected:       "a character that JSON does not allow here",
	Trailing:         "something follows the value",
	DuplicateName:    "a member name occurs twice in one object",
	ControlCharacter: "an unescaped control character in a string",
	BadEscape:        "an escape that JSON does not know",
	BadUTF8:          "invalid UTF-8",
	LoneSurrogate:    "half of a surrogate pair",
	Noncharacter:     "a code point that is no character",
	NulInName:        "a NUL in a member name",
	BadNumber:        "a malformed number",
	HugeExponent:     "a number with an exponent of more than nine digits",
	CaseVariant:      "a member name that differs from a known one only in spelling",
}

// Error states the reason in fixed words.
func (r Reason) Error() string {
	if r == 0 || int(r) >= len(sentences) {
		return "no reason given"
	}
	return sentences[r]
}

// Error is what Parse and Exact return: where and why, never what. Offset
// counts bytes from the start of the text that was parsed.
type Error struct {
	Offset int
	Reason Reason
}

func (e *Error) Error() string {
	return "json at byte " + strconv.Itoa(e.Offset) + ": " + e.Reason.Error()
}

// Unwrap gives the Reason, for errors.Is.
func (e *Error) Unwrap() error { return e.Reason }
