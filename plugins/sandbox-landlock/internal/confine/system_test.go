//go:build linux

package confine

import (
	"os"
	"strings"
	"testing"
)

// TestReadmeListsEverySystemPath: whoever grants a server its profile must be able to see all of what it can open.
func TestReadmeListsEverySystemPath(t *testing.T) {
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(text), "| path | access | for |\n")
	for _, s := range systemPaths {
		access := "read, execute"
		if s.write {
			access = "read, write"
		} else if s.network {
			access = "read, with network only"
		}
		if want := "| `" + s.path + "` | " + access + " | " + s.why + " |\n"; !strings.Contains(table, want) {
			t.Errorf("README.md lacks %q", want)
		}
	}
}
