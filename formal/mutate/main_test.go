package main

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// TestEveryEditHasItsPlace: an edit whose text has changed would test nothing, and only a long run would tell.
func TestEveryEditHasItsPlace(t *testing.T) {
	for table, it := range tables {
		if len(it.mutants) == 0 {
			t.Errorf("%s is empty", table)
		}
		for _, m := range it.mutants {
			text, err := os.ReadFile("../../" + m.file)
			if err != nil {
				t.Error(err)
			}
			if n := strings.Count(string(text), m.old); n != 1 || m.old == m.new {
				t.Errorf("%s, %s: %q occurs %d times in %s", table, m.name, m.old, n, m.file)
			}
		}
	}
}

// TestEveryTheoremHasAnEdit that falsifies it, except those that do not speak of the kernel.
func TestEveryTheoremHasAnEdit(t *testing.T) {
	text, err := os.ReadFile("../theorems.txt")
	if err != nil {
		t.Fatal(err)
	}
	var promised, edited []string
	for _, theorem := range strings.Fields(string(text)) {
		if strings.HasPrefix(theorem, "Argus.refinement.") {
			promised = append(promised, theorem)
		}
	}
	for _, m := range proofMutants {
		edited = append(edited, m.theorem)
	}
	slices.Sort(promised)
	slices.Sort(edited)
	if !slices.Equal(promised, edited) {
		t.Errorf("promised %q\nedited   %q", promised, edited)
	}
}
