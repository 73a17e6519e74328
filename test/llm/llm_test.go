package main

import (
	"context"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// compile builds what the runner needs, and argus with the flags given.
func compile(t *testing.T, flags ...string) (programs string) {
	t.Helper()
	programs = t.TempDir()
	build := func(output string, arguments ...string) {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), "go", append([]string{"build", "-o", filepath.Join(programs, output)}, arguments...)...)
		if said, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, said)
		}
	}
	build("argus", append(flags, "argus/cmd/argus")...)
	for _, plugin := range []string{"oracle-cedar", "sandbox-landlock", "registry-git"} {
		build("plugins/"+plugin, "argus/plugins/"+plugin)
	}
	build("plugins/argus-confine", "argus/plugins/sandbox-landlock/helper")
	build("tools/stub", "argus/examples/servers/stub")
	build("tools/goagent", "./goagent")
	return programs
}

// inGo are the clients that need no Node.
func inGo(programs string) []client {
	var out []client
	for _, c := range clients(programs, "") {
		if c.name == "go" {
			out = append(out, c)
		}
	}
	return out
}

func TestClientsInGoLeakNothing(t *testing.T) {
	programs := compile(t)
	ctx, cancel := context.WithTimeout(t.Context(), most)
	defer cancel()
	told, err := try(ctx, programs, inGo(programs), func(string) bool { return true })
	if err != nil || told.failed > 0 || told.leaked > 0 {
		t.Errorf("%+v, %v", told, err)
	}
}

// TestAnOpenGateIsSeenToLeak holds the runner to account: in a build whose refusals have no effect, every case that ends at a refused call must
// fail, and the leaks must be counted.
func TestAnOpenGateIsSeenToLeak(t *testing.T) {
	programs := compile(t, "-tags", "argus_gate_open")
	ctx, cancel := context.WithTimeout(t.Context(), most)
	defer cancel()
	attacks := func(name string) bool {
		return strings.HasPrefix(name, "the note stays") || strings.HasPrefix(name, "tools of the host") || strings.HasPrefix(name, "declared contexts")
	}
	told, err := try(ctx, programs, inGo(programs), attacks)
	if err != nil || told.failed != told.cases || told.leaked < told.cases {
		t.Errorf("%+v, %v", told, err)
	}
}
