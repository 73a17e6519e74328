//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"argus/plugin/sdk"
	"argus/plugin/sdk/sandbox"
	"argus/plugin/sdk/sandbox/report"
)

// configured is the plugin with a helper that was built for the test.
func configured(t *testing.T) *plugin {
	t.Helper()
	folder := t.TempDir()
	build(t, filepath.Join(folder, helper), "./helper")
	p := &plugin{}
	if problems := p.Configure(t.Context(), sdk.Settings{JSON: "{}", ConfigFolder: folder, PluginFolder: folder}); len(problems) > 0 {
		t.Fatal(problems)
	}
	return p
}

func request(t *testing.T) sandbox.Request {
	t.Helper()
	return sandbox.Request{
		Server: "files", Command: "/bin/echo", Folder: "/",
		Profile: sandbox.Profile{Scratch: t.TempDir(), Read: []string{t.TempDir()}, Write: []string{t.TempDir()}},
	}
}

// TestReportKeepsWhatThePlanPromised starts the helper as the plan says, like the host does.
func TestReportKeepsWhatThePlanPromised(t *testing.T) {
	p := configured(t)
	for _, network := range []bool{false, true} {
		r := request(t)
		r.Profile.Network = network
		plan, err := p.Plan(t.Context(), r)
		if err != nil {
			t.Fatal(err)
		}
		if want := sandbox.Baseline(r.Profile); !slices.Equal(plan.Protections, want) {
			t.Errorf("promised %v, not %v", plan.Protections, want)
		}
		told, output := carryOut(t, p.folder, plan, r.Command, "it", "ran")
		if missing := told.Missing(plan.Protections); len(missing) > 0 || output != "it ran\n" {
			t.Errorf("missing %v, output %q", missing, output)
		}
	}
}

func carryOut(t *testing.T, folder string, plan sandbox.Plan, argv ...string) (report.Report, string) {
	t.Helper()
	lifeline, held, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close()
	ours, theirs, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer ours.Close()
	if err := ours.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(filepath.Join(folder, plan.Helper), append(slices.Clone(plan.Arguments), argv...)...)
	cmd.ExtraFiles = make([]*os.File, 2) // descriptors 3 and 4
	cmd.ExtraFiles[plan.ReportDescriptor-3], cmd.ExtraFiles[plan.LifelineDescriptor-3] = theirs, lifeline
	output, err := cmd.Output()
	theirs.Close()
	if err != nil {
		t.Fatal(err)
	}
	told, err := report.Read(ours)
	if err != nil {
		t.Fatal(err)
	}
	return told, string(output)
}

// TestPlanNamesWhatIsMissing wants an error that a person can act on, never a weaker plan.
func TestPlanNamesWhatIsMissing(t *testing.T) {
	p := configured(t)
	for want, change := range map[string]func(*sandbox.Request){
		"does not exist":       func(r *sandbox.Request) { r.Profile.Read = []string{"/no/such/folder"} },
		"/no/such/scratch":     func(r *sandbox.Request) { r.Profile.Scratch = "/no/such/scratch" },
		"not an absolute path": func(r *sandbox.Request) { r.Profile.Scratch = "" },
		"the root folder":      func(r *sandbox.Request) { r.Profile.Read = []string{"/"} },
		"the kernel's own":     func(r *sandbox.Request) { r.Profile.Write = []string{"/proc/self/../sys"} },
		"not a program":        func(r *sandbox.Request) { r.Command = "/etc/passwd" },
		"not a folder":         func(r *sandbox.Request) { r.Folder = "/etc/passwd" },
		"max_processes":        func(r *sandbox.Request) { r.Profile.MaxProcesses = 1 << 40 },
		"list folders":         func(r *sandbox.Request) { r.Profile.Read = slices.Repeat([]string{"/usr"}, 300) },
	} {
		r := request(t)
		change(&r)
		_, err := p.Plan(t.Context(), r)
		var missing *sandbox.Missing
		if !errors.As(err, &missing) || !strings.Contains(missing.What, want) {
			t.Errorf("want %q in %v", want, err)
		}
	}
}

// TestPlanResolvesLinks gives the helper the real path: the helper refuses any other.
func TestPlanResolvesLinks(t *testing.T) {
	p, r := configured(t), request(t)
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(r.Profile.Write[0], link); err != nil {
		t.Fatal(err)
	}
	actual := r.Profile.Write[0]
	r.Profile.Write = []string{link}
	plan, err := p.Plan(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(plan.Arguments[1], actual) || strings.Contains(plan.Arguments[1], link) {
		t.Errorf("profile %s", plan.Arguments[1])
	}
}

// TestPlanPinsTheHelperThatIsThere sees a helper that was replaced.
func TestPlanPinsTheHelperThatIsThere(t *testing.T) {
	p, r := configured(t), request(t)
	before, err := p.Plan(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(p.folder, helper)
	if err := errors.Join(os.Remove(path), os.WriteFile(path, []byte("another"), 0o700)); err != nil {
		t.Fatal(err)
	}
	after, err := p.Plan(t.Context(), r)
	if err != nil || after.HelperSHA256 == before.HelperSHA256 {
		t.Errorf("the same checksum for another file (%v)", err)
	}
	if err := errors.Join(os.Remove(path), os.Symlink("/bin/true", path)); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Plan(t.Context(), r); err == nil {
		t.Error("a link is taken for the helper")
	}
}

func TestPluginWithoutItsHelperIsNotConfigured(t *testing.T) {
	p := &plugin{}
	folder := t.TempDir()
	if problems := p.Configure(t.Context(), sdk.Settings{JSON: "{}", ConfigFolder: folder, PluginFolder: folder}); len(problems) == 0 {
		t.Error("it took the settings")
	}
	if _, err := p.Plan(t.Context(), request(t)); err == nil {
		t.Error("it plans")
	}
}

// planInside makes this test program ask for a plan and tell the answer, instead of testing.
const planInside = "SANDBOX_LANDLOCK_PLAN_INSIDE"

func TestMain(m *testing.M) {
	if os.Getenv(planInside) == "" {
		os.Exit(m.Run())
	}
	p := &plugin{folder: "/"}
	for _, l := range p.Survey(context.Background()) {
		fmt.Println(l.Name, l.Available)
	}
	_, err := p.Plan(context.Background(), sandbox.Request{Command: "/bin/true", Folder: "/"})
	var missing *sandbox.Missing
	fmt.Println(errors.As(err, &missing), err)
}

// TestNoPlanWhereALayerIsMissing asks the plugin where a layer is missing: inside a sandbox, where /proc cannot be read.
func TestNoPlanWhereALayerIsMissing(t *testing.T) {
	p, r := configured(t), request(t)
	r.Command = os.Args[0]
	plan, err := p.Plan(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv(planInside, "yes")
	_, output := carryOut(t, p.folder, plan, r.Command)
	for _, want := range []string{"landlock true", "proc false", "true this machine can not enforce it: proc: "} {
		if !strings.Contains(output, want) {
			t.Errorf("no %q in %s", want, output)
		}
	}
}

// TestSurveyOfThisMachine finds every layer here: the other tests need them.
func TestSurveyOfThisMachine(t *testing.T) {
	for _, l := range (&plugin{}).Survey(t.Context()) {
		if !l.Available || l.Detail == "" {
			t.Errorf("%+v", l)
		}
	}
}
