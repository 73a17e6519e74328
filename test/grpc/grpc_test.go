package main

import (
	"context"
	"slices"
	"testing"

	"argus/internal/installed"
)

// TestStoriesFailWhereTheGateIsOpen holds the stories to account: in a build whose refusals have no effect, every story fails whose end is a call that
// Argus must refuse, and those go on of which the gate is no part.
func TestStoriesFailWhereTheGateIsOpen(t *testing.T) {
	programs := t.TempDir()
	err := installed.Build(t.Context(), programs, map[string]string{
		"tools/stub": "argus/examples/servers/stub", "tools/agent": "argus/examples/agents/grpc",
	}, "-tags", "argus_gate_open")
	if err != nil {
		t.Fatal(err)
	}
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
