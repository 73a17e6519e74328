package demo

import (
	"encoding/base64"
	"encoding/hex"
	"regexp"
	"strconv"
)

// views is data as it is, and as it reads when up to two writings on top of each other are undone.
func views(data []byte) [][]byte {
	all := [][]byte{data}
	from := 0
	for range 2 {
		until := len(all)
		for _, view := range all[from:until] {
			for _, undo := range decodings {
				if decoded := undo(view); len(decoded) >= piece {
					all = append(all, decoded)
				}
			}
		}
		from = until
	}
	return all
}

// decodings undo the ways in which a text is often written. What does not decode is left out.
var decodings = []func([]byte) []byte{
	unescape,
	hexAt(0), hexAt(1),
	base64At(0), base64At(1), base64At(2), base64At(3),
}

var escape = regexp.MustCompile(`%[0-9A-Fa-f]{2}|\\u00[0-9A-Fa-f]{2}|\\x[0-9A-Fa-f]{2}|&#x?[0-9A-Fa-f]{2,3};`)

// unescape undoes the writings of URLs, JSON and HTML. Without any of them there is nothing new to see.
func unescape(data []byte) []byte {
	if !escape.Match(data) {
		return nil
	}
	return escape.ReplaceAllFunc(data, func(written []byte) []byte {
		digits, base := string(written[len(written)-2:]), 16
		if written[0] == '&' {
			digits = string(written[2 : len(written)-1])
			if base = 10; digits[0] == 'x' {
				digits, base = digits[1:], 16
			}
		}
		code, err := strconv.ParseUint(digits, base, 8)
		if err != nil {
			return written
		}
		return []byte{byte(code)}
	})
}

var hexRun = regexp.MustCompile(`[0-9A-Fa-f]{16,}`)

// hexAt decodes each run of hexadecimal digits from its n-th on, since what stands before a secret may end with one.
func hexAt(n int) func([]byte) []byte {
	return func(data []byte) []byte {
		var out []byte
		for _, run := range hexRun.FindAll(data, -1) {
			run = run[n:]
			run = run[:len(run)&^1]
			out, _ = hex.AppendDecode(append(out, 0), run) // of digits only, and an even number
		}
		return out
	}
}

var base64Run = regexp.MustCompile(`[A-Za-z0-9+/_-]{11,}`)

// base64At decodes each run of the digits of both alphabets from its n-th on.
func base64At(n int) func([]byte) []byte {
	return func(data []byte) []byte {
		var out []byte
		for _, run := range base64Run.FindAll(data, -1) {
			standard := make([]byte, 0, len(run))
			for _, digit := range run[n:] {
				switch digit {
				case '-':
					digit = '+'
				case '_':
					digit = '/'
				}
				standard = append(standard, digit)
			}
			if len(standard)%4 == 1 {
				standard = standard[:len(standard)-1]
			}
			out, _ = base64.RawStdEncoding.AppendDecode(append(out, 0), standard) // of digits only
		}
		return out
	}
}
