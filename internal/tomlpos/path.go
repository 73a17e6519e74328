package tomlpos

import (
	"strconv"
	"strings"
)

// Join extends a key path by a key, quoted unless it is a bare one: server[0].env."A.B".
func Join(path, key string) string {
	if !bare(key) {
		key = strconv.Quote(key)
	}
	if path == "" {
		return key
	}
	return path + "." + key
}

// Index extends a key path by a position in a list, from 0.
func Index(path string, i int) string {
	return path + "[" + strconv.Itoa(i) + "]"
}

func bare(key string) bool {
	return key != "" && strings.IndexFunc(key, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' || r == '-')
	}) < 0
}

// Quote makes text from a document fit to be shown: quoted, control characters escaped, cut to a bound.
func Quote(text string) string {
	const bound = 64
	if len(text) > bound {
		text = strings.ToValidUTF8(text[:bound], "") + "…"
	}
	return strconv.Quote(text)
}
