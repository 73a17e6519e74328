package llm

import (
	"bytes"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"argus/internal/ijson"
)

// leaks reports whether the token of Argus would go to the vendor.
func (x *exchange) leaks(h http.Header, q question) bool {
	token := string(x.credential.token)
	query, err := url.QueryUnescape(q.query)
	return err != nil || strings.Contains(x.path, token) || strings.Contains(query, token) || bytes.Contains(q.body, []byte(token)) ||
		anyValue(h, func(v string) bool { return strings.Contains(v, token) })
}

// holdsKey reports whether a text has the vendor's key in it: also one that was replaced since an earlier round.
func (x *exchange) holdsKey(text string) bool {
	return slices.ContainsFunc(x.keys, func(key string) bool { return strings.Contains(text, key) })
}

// tellsKey reports whether the vendor's key is in a value, however it is spelled.
func (x *exchange) tellsKey(v ijson.Value) bool {
	if text, is := v.Text(); is {
		return x.holdsKey(text)
	}
	for _, item := range v.Items() {
		if x.tellsKey(item) {
			return true
		}
	}
	for name, member := range v.Members() {
		if x.holdsKey(name) || x.tellsKey(member) {
			return true
		}
	}
	return false
}

// showsKey is holdsKey for what is about to be written.
func (x *exchange) showsKey(b []byte) bool {
	return slices.ContainsFunc(x.keys, func(key string) bool { return contains(b, key) })
}

// seldom are characters of keys that texts and JSON have least, the first before all.
const seldom = "QZXJVKYWUqzjxvk"

// contains is bytes.Contains for a key. It looks for one character that the text hardly has, not for the first of the key: all that a model says is
// searched, and the first of a key is as frequent as any.
func contains(text []byte, key string) bool {
	at := 0
	for _, c := range []byte(seldom) {
		if i := strings.IndexByte(key, c); i >= 0 {
			at = i
			break
		}
	}
	for from := 0; ; from++ {
		next := bytes.IndexByte(text[from:], key[at])
		if next < 0 {
			return false
		}
		from += next
		if begins := from - at; begins >= 0 && bytes.HasPrefix(text[begins:], []byte(key)) {
			return true
		}
	}
}

// errorTellsKey is tellsKey for an error that may be JSON.
func (x *exchange) errorTellsKey(text []byte) bool {
	v, err := ijson.Parse(text, ijson.AtMost(len(text)))
	return err == nil && x.tellsKey(v)
}
