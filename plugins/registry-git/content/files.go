package content

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"slices"
	"strings"

	"argus/plugins/registry-git/defaults"
)

// FlowFile is the file that holds the flow policy; every other one holds entries of a server.
const FlowFile = defaults.FlowFile

// File is one file of the folder.
type File struct {
	Name string // in the folder
	Path string // as the person knows it
	Data []byte
}

// Revision is the content address of files. Each name and each text is counted in, so that no two sets of files are one text.
func Revision(files []File) string {
	sorted := slices.Clone(files)
	slices.SortFunc(sorted, func(a, b File) int { return strings.Compare(a.Name, b.Name) })
	hash := sha256.New()
	for _, f := range sorted {
		for _, part := range [][]byte{[]byte(f.Name), f.Data} {
			hash.Write(binary.BigEndian.AppendUint64(nil, uint64(len(part))))
			hash.Write(part)
		}
	}
	return "sha256:" + hex.EncodeToString(hash.Sum(nil))
}
