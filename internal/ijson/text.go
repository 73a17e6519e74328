package ijson

import (
	"math/bits"
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

// plains counts the plain bytes from i on, eight at a time. In ends the top bit of
// a byte is set if it is not plain. Where one is set a borrow may have set others,
// but only above it.
func plains(s string, i int) int {
	const ones, tops = 0x0101010101010101, 0x8080808080808080
	from := i
	for ; i+8 <= len(s); i += 8 {
		b := s[i : i+8]
		x := uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 |
			uint64(b[4])<<32 | uint64(b[5])<<40 | uint64(b[6])<<48 | uint64(b[7])<<56
		ends := (x | (x - ones*0x20) | (x ^ ones*'"' - ones) | (x ^ ones*'\\' - ones)) & tops
		if ends != 0 {
			return i + bits.TrailingZeros64(ends)/8 - from
		}
	}
	for i < len(s) && plain[s[i]] {
		i++
	}
	return i - from
}

// scanString measures the string literal at the start of s, which begins with
// a quote. On refusal length is the offset of the fault.
func scanString(s string) (length int, escaped, wide bool, reason Reason) {
	i := 1
	for {
		i += plains(s, i)
		if i >= len(s) {
			return i, escaped, wide, Truncated
		}
		switch c := s[i]; {
		case c == '"':
			return i + 1, escaped, wide, 0
		case c == '\\':
			escaped = true
			n, reason := scanEscape(s[i:])
			if reason != 0 {
				return i, true, wide, reason
			}
			i += n
		case c < 0x20:
			return i, escaped, wide, ControlCharacter
		default:
			r, n := utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && n == 1 {
				return i, escaped, wide, BadUTF8
			}
			if noncharacter(r) {
				return i, escaped, wide, Noncharacter
			}
			wide = true
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
