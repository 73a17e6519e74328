package demo

import "crypto/rand"

// piece is how much of a secret counts as a leak, in bytes.
const piece = 8

// secret is random text that one story must keep in: 130 bits, of which any eight characters are enough to tell it was there.
type secret string

func drawSecret() secret { return secret(rand.Text()) }

// hunter finds secrets and pieces of them.
type hunter struct{ pieces map[[piece]byte]secret }

// newHunter knows every piece of each secret, forwards and backwards.
func newHunter(secrets ...secret) hunter {
	h := hunter{map[[piece]byte]secret{}}
	for _, s := range secrets {
		text := []byte(s)
		for _, text := range [][]byte{text, reversed(text)} {
			for i := 0; i+piece <= len(text); i++ {
				h.pieces[[piece]byte(text[i:])] = s
			}
		}
	}
	return h
}

// find tells which secrets are in data, plainly or in one of the writings that decodings undoes.
func (h hunter) find(data []byte) map[secret]bool {
	found := map[secret]bool{}
	for _, view := range views(data) {
		view = upper(view)
		for i := 0; i+piece <= len(view); i++ {
			if s, is := h.pieces[[piece]byte(view[i:])]; is {
				found[s] = true
			}
		}
	}
	return found
}

func reversed(text []byte) []byte {
	out := make([]byte, 0, len(text))
	for i := range text {
		out = append(out, text[len(text)-1-i])
	}
	return out
}

// upper works on bytes: the evidence is not always text.
func upper(data []byte) []byte {
	out := make([]byte, len(data))
	for i, b := range data {
		if 'a' <= b && b <= 'z' {
			b -= 'a' - 'A'
		}
		out[i] = b
	}
	return out
}
