package ijson

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// AppendCanonical appends the canonical encoding of v: equal values have equal
// encodings and different values different ones, and parsing the encoding gives
// an equal value again.
//
// It is the encoding of RFC 8785: no whitespace, members sorted by the UTF-16
// code units of their names, only the escapes JSON demands, numbers laid out as
// ECMAScript lays them out. It departs from RFC 8785 in one point. RFC 8785
// writes the nearest double, and so gives 2^60 and 2^60+24 one text; here the
// digits are always the exact ones of the number. Both agree on every number
// whose RFC 8785 text denotes the number itself, which is every integer up to
// 2^53 and every fraction that Number.Double holds.
//
// The zero Value appends nothing.
func AppendCanonical(dst []byte, v Value) []byte {
	c := canon{dst: dst}
	c.value(v)
	return c.dst
}

// Digest returns "sha256:" and the hexadecimal SHA-256 of the canonical
// encoding of v: equal values have equal digests however they were spelled.
func Digest(v Value) string {
	var buf [1024]byte
	sum := sha256.Sum256(AppendCanonical(buf[:0], v))
	var text [7 + 2*sha256.Size]byte
	return string(hex.AppendEncode(append(text[:0], "sha256:"...), sum[:]))
}

type canon struct {
	dst   []byte
	names []uint32 // name nodes of the objects being written
}

func (c *canon) value(v Value) {
	switch v.Kind() {
	case Invalid:
	case Null, Bool:
		c.dst = append(c.dst, v.Raw()...)
	case Numeric:
		c.dst = Number(v.Raw()).appendCanonical(c.dst)
	case String:
		c.string(v)
	case Array:
		c.array(v)
	case Object:
		c.object(v)
	}
}

func (c *canon) string(v Value) {
	if !v.node().escaped { // what needs no escape in the source needs none here
		c.dst = append(c.dst, v.Raw()...)
		return
	}
	text, _ := v.Text()
	c.dst = AppendString(c.dst, text)
}

func (c *canon) array(v Value) {
	c.dst = append(c.dst, '[')
	for i, item := range v.Items() {
		if i > 0 {
			c.dst = append(c.dst, ',')
		}
		c.value(item)
	}
	c.dst = append(c.dst, ']')
}

func (c *canon) object(v Value) {
	c.dst = append(c.dst, '{')
	mine := len(c.names)
	for at, n := v.i+1, v.node().n; n > 0; n-- {
		c.names = append(c.names, at)
		at = v.doc.nodes[at+1].next
	}
	slices.SortFunc(c.names[mine:], func(a, b uint32) int {
		return compareUTF16(v.doc.name(a), v.doc.name(b))
	})
	for k := mine; k < mine+v.Len(); k++ {
		if k > mine {
			c.dst = append(c.dst, ',')
		}
		at := c.names[k]
		c.dst = append(AppendString(c.dst, v.doc.name(at)), ':')
		c.value(v.at(at + 1))
	}
	c.names = c.names[:mine]
	c.dst = append(c.dst, '}')
}

// compareUTF16 orders valid UTF-8 by UTF-16 code units. That is byte order,
// except that surrogates, the four-byte sequences, come before U+E000.
func compareUTF16(a, b string) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			return int(weight(a[i])) - int(weight(b[i]))
		}
	}
	return len(a) - len(b)
}

func weight(c byte) byte {
	switch {
	case c >= 0xF0:
		return c - 2
	case c >= 0xEE:
		return c + 0x10
	default:
		return c
	}
}

// appendCanonical lays the exact digits out as ECMAScript's Number::toString
// does, but for exponents that Parse would not take again: there the point
// moves instead. A text that is no number is appended as a string.
func (n Number) appendCanonical(dst []byte) []byte {
	var buf [64]byte
	d, ok := n.decimal(buf[:])
	if !ok {
		return AppendString(dst, string(n))
	}
	if len(d.digits) == 0 {
		return append(dst, '0')
	}
	if d.negative {
		dst = append(dst, '-')
	}
	if -6 < d.point && d.point <= 21 {
		return appendPlain(dst, d.digits, d.point)
	}
	exponent := max(-maxExponent, min(d.point-1, maxExponent))
	dst = append(appendPlain(dst, d.digits, d.point-exponent), 'e')
	if exponent > 0 {
		dst = append(dst, '+')
	}
	return strconv.AppendInt(dst, exponent, 10)
}

// appendPlain writes 0.d₁d₂d₃… × 10^point without an exponent.
func appendPlain(dst, digits []byte, point int64) []byte {
	switch count := int64(len(digits)); {
	case count <= point:
		return zeros(append(dst, digits...), point-count)
	case point > 0:
		return append(append(append(dst, digits[:point]...), '.'), digits[point:]...)
	}
	return append(zeros(append(dst, "0."...), -point), digits...)
}

func zeros(dst []byte, n int64) []byte {
	for range n {
		dst = append(dst, '0')
	}
	return dst
}

// AppendString appends s as a JSON string with only the escapes JSON demands.
// Bytes of s that are not UTF-8 become U+FFFD, so the result is always valid.
func AppendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		if plain[c] || c >= utf8.RuneSelf {
			continue
		}
		dst = appendValid(dst, s[start:i])
		dst = appendEscape(dst, c)
		start = i + 1
	}
	return append(appendValid(dst, s[start:]), '"')
}

func appendValid(dst []byte, s string) []byte {
	if utf8.ValidString(s) {
		return append(dst, s...)
	}
	return append(dst, strings.ToValidUTF8(s, "\uFFFD")...)
}

func appendEscape(dst []byte, c byte) []byte {
	const hexDigits = "0123456789abcdef"
	switch c {
	case '"', '\\':
		return append(dst, '\\', c)
	case '\b':
		return append(dst, `\b`...)
	case '\f':
		return append(dst, `\f`...)
	case '\n':
		return append(dst, `\n`...)
	case '\r':
		return append(dst, `\r`...)
	case '\t':
		return append(dst, `\t`...)
	default:
		return append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
	}
}
