package main

import (
	"context"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"argus/internal/installed"
)

// compile builds what the runner needs, and argus with the flags given.
func compile(t *testing.T, flags ...string) (programs string) {
	t.Helper()
	programs = t.TempDir()
	if err := installed.Build(t.Context(), programs, map[string]string{"tools/stub": "argus/examples/servers/stub"}, flags...); err != nil {
		t.Fatal(err)
	}
	// As tests are built: the clients of vendors, which others of them use too, take minutes to compile.
	goagent := exec.CommandContext(t.Context(), "go", "build", "-o", filepath.Join(programs, "tools")+"/", "./goagent")
	if said, err := goagent.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
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
