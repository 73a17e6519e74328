package main

import (
	"context"
	"testing"

	"argus/internal/installed"
)

// TestJudgeSeesWhatAnOpenGateLetsThrough holds the judge to account: in a build whose refusals have no effect, every way that ends at a refusal
// must be seen to leak, and what is closed for everybody stays closed.
func TestJudgeSeesWhatAnOpenGateLetsThrough(t *testing.T) {
	programs := t.TempDir()
	speaker := map[string]string{"tools/speaker": "argus/test/channels/speaker"}
	if err := installed.Build(t.Context(), programs, speaker, "-tags", "argus_gate_open"); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), most)
	defer cancel()
	leaks := map[string]bool{
		"tool argument": true, "elicitation answer": true, "completion argument": true, "log message": true, // by the gate alone
		"_meta of a call": false, "replayed": false, // whatever the gate says
	}
	got, err := judge(ctx, programs, func(a attack) bool { _, wanted := leaks[a.path]; return wanted && a.way != "text in, closed" })
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, r := range got.Rows {
		seen[r.Path] = true
		if !r.Control || leaks[r.Path] != (r.Verdict == leaked) || !leaks[r.Path] != (r.Verdict == blocked) {
			t.Errorf("%+v", r)
		}
	}
	if len(seen) != len(leaks) {
		t.Errorf("only %v were tried", seen)
	}
}
