package main

import (
	"slices"
	"strings"
	"testing"
)

// TestReadmePromisesWhatIsAudited: a theorem that the page names is in the list whose assumptions are asked.
func TestReadmePromisesWhatIsAudited(t *testing.T) {
	theorems, err := readTheorems("../theorems.txt")
	if err != nil {
		t.Fatal(err)
	}
	audited := func(name string) bool {
		return slices.ContainsFunc(theorems, func(full string) bool { return strings.HasSuffix(full, "."+name) })
	}
	named := names(t, "../README.md", "`([a-z]+(?:_[a-z]+)+)`")
	if len(named) < 20 {
		t.Errorf("the page names only %q", named)
	}
	for _, name := range named {
		if !audited(name) {
			t.Errorf("%s is in the page and not in theorems.txt", name)
		}
	}
	for _, transition := range []string{
		"register_tool", "delegate", "revoke", "cascade_revoke", "invoke_start", "invoke_complete", "return_endorsed", "return_unendorsed",
		"egress_check", "grant_capability", "elevate", "follow_up", "grant_override",
	} {
		if !audited("refines_" + transition) {
			t.Errorf("refines_%s is not in theorems.txt", transition)
		}
	}
}
