package identity

import (
	"crypto/rand"
	"encoding/base64"
	"strings"
)

// Token is a bearer credential: 256 random bits with a prefix that secret scanners can find. It is shown once and never stored.
type Token string

const tokenPrefix = "argus_"

// NewToken draws a token.
func NewToken() Token {
	var b [32]byte
	rand.Read(b[:]) // never fails: crypto/rand ends the program instead
	return Token(tokenPrefix + base64.RawURLEncoding.EncodeToString(b[:]))
}

// Digest is the stored form.
func (t Token) Digest() Digest { return digestOf([]byte(t)) }

// BearerToken reads the value of an Authorization header.
func BearerToken(header string) (Token, bool) {
	scheme, value, ok := strings.Cut(header, " ")
	if !ok || !strings.EqualFold(scheme, "Bearer") || !strings.HasPrefix(value, tokenPrefix) || len(value) > 128 {
		return "", false
	}
	return Token(value), true
}

// NewContextID draws the public id of a declared context. It selects, it does not prove: the token does.
func NewContextID() ContextID {
	var b [16]byte
	rand.Read(b[:])
	return ContextID("ctx_" + base64.RawURLEncoding.EncodeToString(b[:]))
}
