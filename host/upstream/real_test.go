//go:build linux

package upstream

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"

	"argus/internal/processes"
)

// confined is the Launcher with the helper that Linux installs really use.
type confined struct{ helper string }

func (c confined) Plan(_ context.Context, s Spec) (Plan, error) {
	helper, err := os.Open(c.helper)
	if err != nil {
		return Plan{}, err
	}
	profile, err := json.Marshal(map[string]any{
		"read": []string{filepath.Dir(s.Command), s.Folder, "/usr"}, "scratch": s.Scratch,
	})
	return Plan{
		Helper: helper, HelperName: "argus-confine",
		Arguments:        []string{"--profile", string(profile), "--report-fd", "3", "--lifeline-fd", "4", "--"},
		ReportDescriptor: 3, LifelineDescriptor: 4,
		Required: []string{"no_new_privileges", "files", "network", "signals", "system_calls", "descriptors", "lifetime"},
	}, err
}

func (confined) Returns() <-chan struct{} { return nil }

func buildHelper(t *testing.T) confined {
	t.Helper()
	path := filepath.Join(t.TempDir(), "argus-confine")
	build := exec.Command("go", "build", "-o", path, "argus/plugins/sandbox-landlock/helper")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return confined{path}
}

func startReally(t *testing.T, c confined, one Spec) *Set {
	t.Helper()
	s, err := Start(t.Context(), []Spec{one}, c, newWitness(), Options{Logger: hclog.New(&hclog.LoggerOptions{Output: t.Output()})})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	awaitReady(t, s, one.Name)
	return s
}

func TestServerInTheRealSandboxIsCalled(t *testing.T) {
	helper := buildHelper(t)
	one := rogue(t, "nosy")
	s := startReally(t, helper, one)
	r, err := call(t, s, "rogue", `{}`)
	if err != nil {
		t.Fatal(err)
	}
	var seen struct{ Environment, Descriptors []string }
	if err := json.Unmarshal([]byte(text(t, r)), &seen); err != nil {
		t.Fatal(err)
	}
	if len(seen.Environment) != 4 || len(seen.Descriptors) != 3 {
		t.Errorf("the server has %q and descriptors %v", seen.Environment, seen.Descriptors)
	}
	if len(only(t, s).Applied) < 7 {
		t.Errorf("applied is %v", only(t, s).Applied)
	}
}

// A file that lies outside the profile is the secret; one inside is the control.
func TestServerInTheRealSandboxReadsOnlyItsFiles(t *testing.T) {
	helper := buildHelper(t)
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("outside"), 0o600); err != nil {
		t.Fatal(err)
	}
	one := spec(t, "stub", "-tools", "read-db", "-secret-file", secret)
	s := startReally(t, helper, one)
	r, err := call(t, s, "stub", `{"name":"read-db","arguments":{}}`)
	if err != nil || strings.Contains(r.Result.Raw(), "outside") || !strings.Contains(r.Result.Raw(), `"isError":true`) {
		t.Fatalf("read outside: %s %v", r.Result.Raw(), err)
	}
	inside := spec(t, "stub", "-tools", "read-file")
	inside.Args = append(inside.Args, "-folder", inside.Folder)
	if err := os.WriteFile(filepath.Join(inside.Folder, "note"), []byte("inside"), 0o600); err != nil {
		t.Fatal(err)
	}
	s = startReally(t, helper, inside)
	r, err = call(t, s, "stub", `{"name":"read-file","arguments":{"path":"note"}}`)
	if err != nil || text(t, r) != "inside" {
		t.Fatalf("read inside: %s %v", r.Result.Raw(), err)
	}
}

func TestDescendantsInSessionsOfTheirOwnEndWithTheServer(t *testing.T) {
	one := rogue(t, "spawns")
	s := startReally(t, buildHelper(t), one)
	r, err := call(t, s, "rogue", `{}`)
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(text(t, r))
	if err != nil || !processes.Lives(pid) {
		t.Fatalf("nothing was spawned: %s", text(t, r))
	}
	begun := time.Now()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	awaitGone(t, []int{pid}, begun)
}
