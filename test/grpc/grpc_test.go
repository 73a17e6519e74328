package main

import (
	"context"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
)

// TestStoriesFailWhereTheGateIsOpen holds the stories to account: in a build whose refusals have no effect, every story fails whose end is a call that
// Argus must refuse, and those go on of which the gate is no part.
func TestStoriesFailWhereTheGateIsOpen(t *testing.T) {
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
	compile("tools/stub", "argus/examples/servers/stub")
	compile("tools/agent", "argus/examples/agents/grpc")
	ctx, cancel := context.WithTimeout(t.Context(), most)
	defer cancel()
	failed, err := tell(ctx, programs, "", "")
	if err != nil {
		t.Fatal(err)
	}
	for story, fails := range map[string]bool{
		"the agent in Go":                             true,
		"who has read the secret sends no letter":     true,
		"a child does only what it was given":         true,
		"a call is given up by its own context alone": true,
		"a person consents to one letter":             true,

		"nobody acts without a credential":                 false,
		"a token of a subtree acts there alone":            false,
		"a call under a key is made once":                  false,
		"no request says what the host works out":          false,
		"the pages of a snapshot show one moment":          false,
		"a restart forgets neither a revocation nor a key": false,
	} {
		if slices.Contains(failed, story) != fails {
			t.Errorf("%q fails: %v, not %v", story, !fails, fails)
		}
	}
}
