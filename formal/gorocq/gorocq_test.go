package main

import (
	"os"
	"testing"
)

const kernelDir = "../../kernel"

func TestExtractedIsCurrent(t *testing.T) {
	src, err := load(kernelDir)
	if err != nil {
		t.Fatal(err)
	}
	text, refused := translate(src)
	for _, r := range refused {
		t.Error(r)
	}
	committed, err := os.ReadFile("../extracted/Kernel.v")
	if err != nil {
		t.Fatal(err)
	}
	if text != string(committed) {
		t.Error("formal/extracted/Kernel.v is not what gorocq makes of kernel/: run make extracted")
	}
}

// TestATranslatedFileUsesNothingOfAnUntranslatedOne, neither by name nor as a member of a sum.
func TestATranslatedFileUsesNothingOfAnUntranslatedOne(t *testing.T) {
	const name, inner = "inner.go", "outer.go"
	text := "package p\ntype Sum interface{ sum() } // HERE\nfunc f(n uint64) uint64 { return n }"
	other := "// A file apart.\n\n//argus:untranslated\npackage p\ntype One struct{}\nfunc (One) sum() {}"
	refusedAt(t, snippet(t, map[string]any{name: text, inner: other}, name, inner), text, "One is declared in an untranslated file")
	text = "package p\nfunc f(n uint64) uint64 {\nreturn g(n) } // HERE"
	other = "//argus:untranslated\npackage p\nfunc g(n uint64) uint64 { return n / 2 }"
	refusedAt(t, snippet(t, map[string]any{name: text, inner: other}, name, inner), text, "g is declared in an untranslated file")
}

// TestMovingCodeChangesNothing: what is written depends on neither files nor the order in them.
func TestMovingCodeChangesNothing(t *testing.T) {
	const a, b = "func f(n uint64) uint64 { return g(n) + 1 }\n", "func g(n uint64) uint64 { return n - last }\nconst last uint64 = 7\n"
	one := snippet(t, map[string]any{"a.go": "package p\n" + a + b}, "a.go")
	two := snippet(t, map[string]any{"a.go": "package p\n" + b, "b.go": "package p\n" + a}, "a.go", "b.go")
	x, refused := translate(one)
	y, alsoRefused := translate(two)
	if len(refused)+len(alsoRefused) > 0 || x != y {
		t.Errorf("%v %v\n%s\n%s", refused, alsoRefused, x, y)
	}
}
