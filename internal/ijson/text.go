package ijson

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// plain marks the bytes that stand for themselves in a string: ASCII without
// controls, quote and backslash.
var plain = func() (t [256]bool) {
	for c := 0x20; c < utf8.RuneSelf; c++ {
		t[c] = c != '"' && c != '\\'
	}
	return t
}()

// scanString measures the string literal at the start of s, which begins with
// a quote. On refusal length is the offset of the fault.
func scanString(s string) (length int, escaped bool, reason Reason) {
	i := 1
	for {
		for i < len(s) && plain[s[i]] {
			i++
		}
		if i >= len(s) {
			return i, escaped, Truncated
		}
		switch c := s[i]; {
		case c == '"':
			return i + 1, escaped, 0
		case c == '\\':
			escaped = true
			n, reason := scanEscape(s[i:])
			if reason != 0 {
				return i, true, reason
			}
			i += n
		case c < 0x20:
			return i, escaped, ControlCharacter
		default:
			r, n := utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && n == 1 {
				return i, escaped, BadUTF8
			}
			if noncharacter(r) {
				return i, escaped, Noncharacter
			}
			i += n
		}
	}
}

// scanEscape measures the escape at the start of s, a surrogate pair as one.
func scanEscape(s string) (length int, reason Reason) {
	if len(s) < 2 {
		return 0, Truncated
	}
	if s[1] != 'u' {
		if strings.IndexByte(`"\/bfnrt`, s[1]) < 0 {
			return 0, BadEscape
		}
		return 2, 0
	}
	r, ok := unit(s)
	if !ok {
		return 0, BadEscape
	}
	length = 6
	if utf16.IsSurrogate(r) {
		low, ok := unit(s[6:])
		if r = utf16.DecodeRune(r, low); !ok || r == utf8.RuneError {
			return 0, LoneSurrogate
		}
		length = 12
	}
	if noncharacter(r) {
		return 0, Noncharacter
	}
	return length, 0
}

// unit reads one \uXXXX at the start of s.
func unit(s string) (rune, bool) {
	if len(s) < 6 || s[0] != '\\' || s[1] != 'u' {
		return 0, false
	}
	var r rune
	for _, c := range []byte(s[2:6]) {
		switch {
		case '0' <= c && c <= '9':
			r = r<<4 | rune(c-'0')
		case 'a' <= c|0x20 && c|0x20 <= 'f':
			r = r<<4 | rune(c|0x20-'a'+10)
		default:
			return 0, false
		}
	}
	return r, true
}

// noncharacter reports whether Unicode promises that r never is a character
// (RFC 7493, section 2.1, forbids these beside the surrogates).
func noncharacter(r rune) bool {
	return r&0xFFFE == 0xFFFE || 0xFDD0 <= r && r <= 0xFDEF
}

// unescape gives the text of the inside of a string literal that scanString
// accepted.
func unescape(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	for {
		i := strings.IndexByte(s, '\\')
		if i < 0 {
			b.WriteString(s)
			return b.String()
		}
		b.WriteString(s[:i])
		s = s[i+unescapeOne(&b, s[i:]):]
	}
}

func unescapeOne(b *strings.Builder, s string) (length int) {
	switch c := s[1]; c {
	case 'b':
		b.WriteByte('\b')
	case 'f':
		b.WriteByte('\f')
	case 'n':
		b.WriteByte('\n')
	case 'r':
		b.WriteByte('\r')
	case 't':
		b.WriteByte('\t')
	case 'u':
		return unescapeUnit(b, s)
	default:
		b.WriteByte(c)
	}
	return 2
}

func unescapeUnit(b *strings.Builder, s string) (length int) {
	r, _ := unit(s)
	if !utf16.IsSurrogate(r) {
		b.WriteRune(r)
		return 6
	}
	low, _ := unit(s[6:])
	b.WriteRune(utf16.DecodeRune(r, low))
	return 12
}
