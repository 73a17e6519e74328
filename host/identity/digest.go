package identity

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
)

// Digest is what is stored of a credential: hex SHA-256 of a token's text, or of a certificate's DER. A token has full entropy, so a plain
// hash of it cannot be searched.
type Digest string

// idLength is how much of a digest names its credential. It is told to the operator only, and gives no way to the token.
const idLength = 12

// ID is how people name the credential that has this digest.
func (d Digest) ID() CredentialID {
	if len(d) < idLength {
		return ""
	}
	return CredentialID("c_" + string(d[:idLength]))
}

func digestOf(content []byte) Digest {
	sum := sha256.Sum256(content)
	return Digest(hex.EncodeToString(sum[:]))
}

// CertificateDigest is the digest of a client's certificate. Whoever presents it must have proven its key in a TLS handshake.
func CertificateDigest(c *x509.Certificate) Digest { return digestOf(c.Raw) }
