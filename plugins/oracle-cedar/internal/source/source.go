// Package source reads the folder that holds the policies.
//
// It decides which files count as policies, how large they may be, and the content address under which everything they say is
// known. It trusts whoever may write the folder to state the policy, but not to be careful: what it cannot read it names and
// declines as a whole, and so it does where that may be somebody other than root and this user. It never takes a part of a folder, never follows a link out of it and never parses a policy.
package source

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"slices"
	"strings"
)

// File is one file of policies.
type File struct {
	Name    string // within the folder
	Content []byte
}

// Digest is the content address of files as version of the engine reads them. The order of files does not matter.
func Digest(version string, files []File) string {
	sorted := slices.SortedFunc(slices.Values(files), func(a, b File) int { return strings.Compare(a.Name, b.Name) })
	h := sha256.New()
	// Each part goes in behind its length, so that no two folders run together into the same bytes.
	part := func(b []byte) {
		h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(b))))
		h.Write(b)
	}
	part([]byte(version))
	for _, f := range sorted {
		part([]byte(f.Name))
		part(f.Content)
	}
	return "sha256:" + hex.EncodeToString(h.Sum(nil))
}
