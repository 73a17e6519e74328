package ijson

import (
	"strconv"
	"strings"
)

// Number is the exact text of a JSON number.
type Number string

// maxExponentDigits bounds an exponent's own length, so that arithmetic on
// exponents cannot overflow and nobody expands one by accident.
const (
	maxExponentDigits = 9
	maxExponent       = 999_999_999
)

// scanNumber measures the number at the start of s, which begins with a digit
// or a minus. What follows it is the caller's to judge.
func scanNumber(s string) (length int, reason Reason) {
	i := 0
	if i < len(s) && s[i] == '-' {
		i++
	}
	whole := digits(s[i:])
	if whole == 0 || whole > 1 && s[i] == '0' {
		return 0, BadNumber
	}
	i += whole
	if i < len(s) && s[i] == '.' {
		fraction := digits(s[i+1:])
		if fraction == 0 {
			return 0, BadNumber
		}
		i += 1 + fraction
	}
	if i < len(s) && s[i]|0x20 == 'e' {
		n, reason := scanExponent(s[i+1:])
		if reason != 0 {
			return 0, reason
		}
		i += 1 + n
	}
	return i, 0
}

func scanExponent(s string) (length int, reason Reason) {
	sign := 0
	if s != "" && (s[0] == '+' || s[0] == '-') {
		sign = 1
	}
	n := digits(s[sign:])
	if n == 0 {
		return 0, BadNumber
	}
	if significant := strings.TrimLeft(s[sign:sign+n], "0"); len(significant) > maxExponentDigits {
		return 0, HugeExponent
	}
	return sign + n, 0
}

func digits(s string) int {
	n := 0
	for n < len(s) && '0' <= s[n] && s[n] <= '9' {
		n++
	}
	return n
}

// decimal is the exact value of a number: 0.d₁d₂d₃… × 10^point. The digits have
// no zero at either end; zero itself has none, and no sign.
type decimal struct {
	negative bool
	digits   []byte
	point    int64
}

// decimal reads the exact value, keeping the digits in buf if they fit. It
// fails on a text that is no JSON number.
func (n Number) decimal(buf []byte) (d decimal, ok bool) {
	s := string(n)
	if length, reason := scanNumber(s); s == "" || reason != 0 || length != len(s) {
		return decimal{}, false
	}
	mantissa, exponent := s, int64(0)
	if e := strings.IndexAny(s, "eE"); e >= 0 {
		mantissa = s[:e]
		exponent, _ = strconv.ParseInt(s[e+1:], 10, 64) // scanNumber bounded it
	}
	unsigned, negative := strings.CutPrefix(mantissa, "-")
	whole, fraction, _ := strings.Cut(unsigned, ".")
	all := append(append(buf[:0], whole...), fraction...)
	point := int64(len(whole)) + exponent
	for len(all) > 0 && all[0] == '0' {
		all, point = all[1:], point-1
	}
	for len(all) > 0 && all[len(all)-1] == '0' {
		all = all[:len(all)-1]
	}
	if len(all) == 0 {
		return decimal{}, true
	}
	return decimal{negative, all, point}, true
}

// integer reports whether the value is a whole number.
func (d decimal) integer() bool { return int64(len(d.digits)) <= d.point || len(d.digits) == 0 }

func (d decimal) equal(e decimal) bool {
	return d.negative == e.negative && d.point == e.point && string(d.digits) == string(e.digits)
}

// Double returns the double that n denotes and whether it holds n exactly.
//
// A whole number is held when it is itself a double: 2^53 is, 2^53+1 is not,
// 1e22 is, 1e23 is not. Any other number is held when the shortest decimal that
// rounds to the double denotes the same decimal as n: 0.1 and 0.10 are, 0.1
// followed by seventeen more digits is not. Negative zero reads as zero. What
// overflows or underflows is not held; then the double is 0.
func (n Number) Double() (float64, bool) {
	if n.counts() {
		i, err := strconv.ParseInt(string(n), 10, 64)
		return float64(i), err == nil
	}
	var a, b [64]byte
	d, ok := n.decimal(a[:])
	if !ok {
		return 0, false
	}
	if len(d.digits) == 0 {
		return 0, true
	}
	f, err := strconv.ParseFloat(string(n), 64)
	if err != nil || f == 0 {
		return 0, false
	}
	form, precision := byte('e'), -1 // the shortest that rounds to f
	if d.integer() {
		form, precision = 'f', 0 // every digit of f
	}
	back, _ := Number(strconv.FormatFloat(f, form, precision, 64)).decimal(b[:])
	if !d.equal(back) {
		return 0, false
	}
	return f, true
}

// counts reports whether n is digits alone, and so few that every reader takes
// them for the same integer.
func (n Number) counts() bool {
	return len(n) <= 15 && digits(string(n)) == len(n) && len(n) > 0 && (n[0] != '0' || n == "0")
}

// Int64 returns n as an integer, and false when n is not whole or does not fit.
// The spelling does not matter: 5, 5.0 and 50e-1 are the same integer.
func (n Number) Int64() (int64, bool) {
	if n.counts() {
		i, err := strconv.ParseInt(string(n), 10, 64)
		return i, err == nil
	}
	var buf [64]byte
	d, ok := n.decimal(buf[:])
	if !ok || !d.integer() || d.point > 19 {
		return 0, false
	}
	text := append(make([]byte, 0, 24), '+')
	if d.negative {
		text[0] = '-'
	}
	text = append(text, d.digits...)
	for range d.point - int64(len(d.digits)) {
		text = append(text, '0')
	}
	if len(d.digits) == 0 {
		text = append(text, '0')
	}
	i, err := strconv.ParseInt(string(text), 10, 64)
	return i, err == nil
}

// Width returns how many digits n takes when written without an exponent. Ask
// it before expanding a number: 1e999999999 is short, its expansion is not. A
// text that is no number is wider than any.
func (n Number) Width() int64 {
	var buf [64]byte
	d, ok := n.decimal(buf[:])
	if !ok {
		return 1 << 62
	}
	count := int64(len(d.digits))
	return max(count, d.point, count-d.point, 1)
}
