package main

import (
	"context"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestJudgeSeesWhatAnOpenGateLetsThrough holds the judge to account: in a build whose refusals have no effect, every way that ends at a refusal
// must be seen to leak, and what is closed for everybody stays closed.
func TestJudgeSeesWhatAnOpenGateLetsThrough(t *testing.T) {
	programs := t.TempDir()
	compile := func(output string, arguments ...string) {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), "go", append([]string{"build", "-o", filepath.Join(programs, output)}, arguments...)...)
		cmd.Env = append(cmd.Environ(), "CGO_ENABLED=0")
		if said, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, said)
		}
	}
	compile("argus", "-tags", "argus_gate_open", "argus/cmd/argus")
	for _, plugin := range []string{"oracle-cedar", "sandbox-landlock", "registry-git"} {
		compile("plugins/"+plugin, "argus/plugins/"+plugin)
	}
	compile("plugins/argus-confine", "argus/plugins/sandbox-landlock/helper")
	compile("tools/speaker", "./speaker")
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
