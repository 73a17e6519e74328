package llm

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"
)

// TestKeyIsFoundWhereverItStands: also at the ends of a text, behind what looks like it, and without any character that is seldom.
func TestKeyIsFoundWhereverItStands(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		key := rapid.StringMatching(`[abQkz-]{1,6}`).Draw(t, "key")
		text := []byte(rapid.StringMatching(`[abQkz-]{0,40}`).Draw(t, "text"))
		if got, want := contains(text, key), bytes.Contains(text, []byte(key)); got != want {
			t.Fatalf("%q in %q: %v", key, text, got)
		}
		at := rapid.IntRange(0, len(text)).Draw(t, "at")
		if with := append(append(bytes.Clone(text[:at]), key...), text[at:]...); !contains(with, key) {
			t.Fatalf("%q is not found in %q", key, with)
		}
	})
}
