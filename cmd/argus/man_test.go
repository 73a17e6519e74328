package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestTheManualSaysWhatTheHelpSays, also where the help has marks that mean something to what makes pages of it.
func TestTheManualSaysWhatTheHelpSays(t *testing.T) {
	folder := t.TempDir()
	root := newRoot(newConsole(os.Stdin, os.Stderr, os.Stderr))
	root.SetArgs([]string{"man", folder})
	if err := root.Execute(); err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(filepath.Join(folder, "argus-policy-test.1"))
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(string(page), "\n.EX\n")
	shown, _, ended := strings.Cut(text, "\n.EE\n")
	for line := range strings.Lines(newPolicyTest(&console{}).Long) {
		if line, is := strings.CutPrefix(line, "  "); is && !strings.Contains(shown, strings.TrimSpace(line)) {
			t.Errorf("the page does not show %q as it stands, but\n%s", line, shown)
		}
	}
	if !ended || !strings.Contains(shown, "db__read-db") {
		t.Errorf("nothing is shown as it stands in\n%s", page)
	}
}
