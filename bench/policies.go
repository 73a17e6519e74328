package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/cedar-policy/cedar-go"
)

// policyCounts are how many policies are in force, those of a new installation among them.
var policyCounts = []int{5, 1000}

// forbidden is a text that no call of the bench may send: the policy that reads it must be in force.
const forbidden = "forbidden by the bench"

// addPolicies fills the folder of policies up to n. One of the added policies is about the echo server and reads an argument of each call;
// the others are about other servers' tools, as policies of a real installation are, each reading arguments of its own.
func addPolicies(folder string, n int) error {
	have, err := countPolicies(folder)
	if err != nil {
		return err
	}
	var text strings.Builder
	fmt.Fprintf(&text, `@id("bench-reads-an-argument")
forbid (principal, action == Argus::Action::"call", resource in Argus::Server::"echo")
when { context.arguments has text && context.arguments.text == %q };
`, forbidden)
	for i := range n - have - 1 {
		fmt.Fprintf(&text, `
@id("bench-%[1]d")
forbid (principal, action == Argus::Action::"call", resource == Argus::Tool::"server-%[2]d/tool-%[1]d")
when { context.arguments has text && context.arguments.text like "*secret-%[1]d*" && context.agent.depth > %[3]d };
`, i, i/10, i%5)
	}
	if err := os.WriteFile(filepath.Join(folder, "bench.cedar"), []byte(text.String()), 0o600); err != nil {
		return err
	}
	have, err = countPolicies(folder)
	if err == nil && have != n {
		err = fmt.Errorf("there are %d policies, not %d", have, n)
	}
	return err
}

func countPolicies(folder string) (int, error) {
	files, err := filepath.Glob(filepath.Join(folder, "*.cedar"))
	if err != nil {
		return 0, err
	}
	n := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return 0, err
		}
		policies, err := cedar.NewPolicyListFromBytes(file, text)
		if err != nil {
			return 0, err
		}
		n += len(policies)
	}
	return n, nil
}
