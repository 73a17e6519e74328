//go:build linux

package main_test

import (
	"os"
	"strings"
	"testing"
)

// TestReadmeTellsWhatIsTried holds the table of README.md to the attacks: a row each, with the outcome that the tests demand.
func TestReadmeTellsWhatIsTried(t *testing.T) {
	text, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(text), "| attempt | inside | by |\n|---|---|---|\n")
	table, _, _ = strings.Cut(table, "\n\n")
	told := strings.Split(table, "\n")
	tried := attacks(&world{}, &surroundings{})
	if len(told) != len(tried) {
		t.Fatalf("README.md has %d rows, the tests %d", len(told), len(tried))
	}
	for i, a := range tried {
		outcome := "stopped"
		if a.leaks {
			outcome = "**leaks**"
		}
		if want := "| " + a.row + " | " + outcome + " | "; !strings.HasPrefix(told[i], want) {
			t.Errorf("row %d is %q, not %q", i+1, told[i], want)
		}
	}
}
