package config

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"strings"

	"argus/internal/tomlpos"
)

const keyPrefix = "ed25519:"

// OperatorKeyFile is the operator key's usual name, beside the configuration.
const OperatorKeyFile = "operator.key"

// FormatKey writes an operator key as argus.toml holds it.
func FormatKey(key ed25519.PublicKey) string {
	return keyPrefix + base64.StdEncoding.EncodeToString(key)
}

func (c *checker) operator(v tomlpos.Value[string]) Operator {
	const fix = "run argus init, which makes the key and writes this line"
	if !v.Set() {
		c.fault(c.at("operator"), fix, "operator.key is missing")
		return Operator{}
	}
	text, prefixed := strings.CutPrefix(v.V, keyPrefix)
	key, err := base64.StdEncoding.Strict().DecodeString(text)
	// The zero key is what a forgotten field encodes to, and signatures under it can be made by anybody.
	if !prefixed || err != nil || len(key) != ed25519.PublicKeySize || bytes.Equal(key, make([]byte, len(key))) {
		c.fault(v.At, fix, "operator.key is not the public part of an ed25519 key")
		return Operator{}
	}
	return Operator{Key: key}
}
