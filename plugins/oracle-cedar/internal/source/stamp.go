package source

import (
	"fmt"
	"os"
	"strings"
)

// Stamp is a cheap text that changes when a file of the folder at path is added, removed, replaced or written to, or the folder is
// opened or closed to others. Two writes within one tick of the file system's clock can leave it the same.
func Stamp(path string) string {
	entries, err := os.ReadDir(path)
	if err != nil {
		return "error: " + err.Error()
	}
	var b strings.Builder
	if info, err := os.Stat(path); err == nil {
		fmt.Fprintf(&b, "%s\n", info.Mode())
	}
	for _, entry := range entries {
		if strings.HasPrefix(entry.Name(), ".") {
			continue
		}
		fmt.Fprintf(&b, "%q", entry.Name())
		// Stat, as a link may stay while the file behind it changes.
		if info, err := os.Stat(path + string(os.PathSeparator) + entry.Name()); err == nil {
			fmt.Fprintf(&b, " %d %d %s\n", info.Size(), info.ModTime().UnixNano(), info.Mode())
		} else {
			b.WriteString(" gone\n")
		}
	}
	return b.String()
}
