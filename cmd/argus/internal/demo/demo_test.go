package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"argus/internal/installed"
)

// built is where the programs are, made once for all tests: programs of the release, and argus once more with the gate forced open.
var built = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "argus-demo-test-")
	if err != nil {
		return "", err
	}
	builtIn = dir
	ctx := context.Background()
	err = installed.Build(ctx, dir, map[string]string{
		"examples/stub": "argus/examples/servers/stub", "examples/scripted": "argus/examples/agents/scripted",
	})
	if err == nil {
		err = installed.Compile(ctx, dir, map[string]string{"open/argus": "argus/cmd/argus"}, "-tags", "argus_gate_open")
	}
	if err != nil {
		return "", err
	}
	return dir, nil
})

var builtIn string

func TestMain(m *testing.M) {
	code := m.Run()
	if builtIn != "" {
		_ = os.RemoveAll(builtIn)
	}
	os.Exit(code)
}

func options(t *testing.T, out *bytes.Buffer) Options {
	t.Helper()
	dir, err := built()
	if err != nil {
		t.Fatal(err)
	}
	return Options{
		Program: filepath.Join(dir, "argus"), PluginDir: filepath.Join(dir, "plugins"), Examples: filepath.Join(dir, "examples"), Out: out,
	}
}

func TestEveryAttackIsBlockedAndEveryTaskIsAllowed(t *testing.T) {
	var out bytes.Buffer
	s, err := Run(t.Context(), options(t, &out))
	if err != nil {
		t.Fatalf("%v\n%s", err, &out)
	}
	if !s.Good() || s.Attacks+s.Benign != len(Stories()) {
		t.Errorf("%+v\n%s", s, &out)
	}
	for _, v := range s.Verdicts {
		if !slices.Equal(v.Rules, v.Story.Rules) {
			t.Errorf("%s was refused by %q, not by %q", v.Story.Name, v.Rules, v.Story.Rules)
		}
		if len(v.Rules) > 0 && v.Cause == "" {
			t.Errorf("the operator is not told why %s was refused", v.Story.Name)
		}
	}
	nothingRuns(t)
}

func TestWithTheGateForcedOpenTheSameRunReportsIt(t *testing.T) {
	o := options(t, nil)
	program := filepath.Join(filepath.Dir(o.Program), "open", "argus")
	cmd := exec.CommandContext(t.Context(), program, "demo", "--json", "--plugin-dir", o.PluginDir, "--examples-dir", o.Examples)
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	if err := cmd.Run(); cmd.ProcessState == nil || cmd.ProcessState.ExitCode() != 1 {
		t.Fatalf("ended with %v\n%s%s", err, &out, &said)
	}
	var s Summary
	if err := json.Unmarshal(out.Bytes(), &s); err != nil {
		t.Fatalf("not JSON alone: %v\n%s", err, &out)
	}
	if s.Attacks == 0 || s.AttacksBlocked >= s.Attacks || !s.LeakedWith || !s.LeakedWithout || s.BenignAllowed != s.Benign {
		t.Errorf("%+v\n%s", s, &out)
	}
	if !strings.Contains(said.String(), "GATE FORCED OPEN") {
		t.Errorf("such a build does not say what it is: %q", &said)
	}
	version, err := exec.CommandContext(t.Context(), program, "version").Output()
	if err != nil || !bytes.Contains(version, []byte("GATE FORCED OPEN: test build")) {
		t.Errorf("its version is %q, %v", version, err)
	}
	version, err = exec.CommandContext(t.Context(), o.Program, "version").Output()
	if err != nil || bytes.Contains(version, []byte("GATE")) {
		t.Errorf("the control: the version of the release is %q, %v", version, err)
	}
}

// until is a writer that does something once it was told something.
type writer struct {
	bytes.Buffer
	when string
	then func()
}

func (w *writer) Write(p []byte) (int, error) {
	n, err := w.Buffer.Write(p)
	if w.then != nil && strings.Contains(w.String(), w.when) {
		w.then()
		w.then = nil
	}
	return n, err
}

func TestAnInterruptedDemoLeavesNothingBehind(t *testing.T) {
	for _, when := range []string{"argus serve", "tools approved", "playing 3 of"} {
		ctx, interrupt := context.WithCancel(t.Context())
		o := options(t, nil)
		o.Out, o.Live, o.Dir = &writer{when: when, then: interrupt}, true, filepath.Join(filepath.Dir(o.Program), "d")
		if _, err := Run(ctx, o); err == nil || !strings.Contains(err.Error(), "interrupted") {
			t.Errorf("interrupted at %q: %v", when, err)
		}
		if _, err := os.Stat(o.Dir); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("interrupted at %q: the folder is still there: %v", when, err)
		}
		nothingRuns(t)
	}
}

// nothingRuns looks for processes of the programs that this test built.
func nothingRuns(t *testing.T) {
	t.Helper()
	links, err := filepath.Glob("/proc/[0-9]*/exe")
	if err != nil {
		t.Fatal(err)
	}
	for _, link := range links {
		if program, err := os.Readlink(link); err == nil && strings.HasPrefix(program, builtIn+"/") {
			t.Errorf("%s still runs", program)
		}
	}
}

func TestTheDemoSaysWhatItLacks(t *testing.T) {
	o := options(t, &bytes.Buffer{})
	o.Examples = t.TempDir()
	if _, err := Run(t.Context(), o); err == nil || !strings.Contains(err.Error(), "make demo") {
		t.Errorf("without its programs: %v", err)
	}
	o = options(t, &bytes.Buffer{})
	o.Dir = t.TempDir()
	if _, err := Run(t.Context(), o); err == nil || !strings.Contains(err.Error(), "there already") {
		t.Errorf("with a folder that exists: %v", err)
	}
}

var agentName = regexp.MustCompile(`^[a-z][a-z0-9-]{0,28}$`)

func TestStoriesAreTellable(t *testing.T) {
	names := map[string]bool{}
	for _, s := range Stories() {
		if names[s.Name] || !agentName.MatchString(s.Name) {
			t.Errorf("%q is used twice or cannot name an agent", s.Name)
		}
		names[s.Name] = true
		if (s.Kind == Attack) != (len(s.Rules) > 0) {
			t.Errorf("%s: an attack says which rules refuse it, and nothing else does", s.Name)
		}
		if s.Title == "" || len(s.Title) > 100 {
			t.Errorf("%s: its title has %d characters", s.Name, len(s.Title))
		}
	}
}
