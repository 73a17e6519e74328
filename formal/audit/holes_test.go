package main

import (
	"os"
	"regexp"
	"slices"
	"testing"
)

func TestEveryTestOfAHoleIsComputedToo(t *testing.T) {
	computed := names(t, "../examples/Holes.v", `(?m)^Example (TestHole\w+)`)
	tested := names(t, "../../kernel/holes_test.go", `(?m)^func (TestHole\w+)`)
	if len(tested) == 0 || !slices.Equal(computed, tested) {
		t.Errorf("computed %q\ntested   %q", computed, tested)
	}
}

// names is what the first group of the pattern matches in a file, in order.
func names(t *testing.T, file, pattern string) (found []string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(string(text), -1) {
		found = append(found, m[1])
	}
	return found
}
