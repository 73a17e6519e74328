package oracle

import "crypto/rand"

// nonce ties an answer to its question.
type nonce [16]byte

func newNonce() nonce {
	var n nonce
	rand.Read(n[:]) // never fails: it ends the program instead
	return n
}
