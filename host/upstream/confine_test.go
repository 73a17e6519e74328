//go:build linux

package upstream

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

func TestServerWithoutItsConfinementNeverSpeaks(t *testing.T) {
	for how, why := range map[string]string{
		"silent":   "did not report within",
		"dies":     "without a word",
		"less":     "did not apply network",
		"refuses":  "this kernel is too old",
		"endless":  "longer than",
		"nonsense": "decode the report",
		"leaky":    "did not report within", // the server could have written the line
	} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			o := quick()
			o.ReportTimeout = 500 * time.Millisecond
			o.BackoffLeast = time.Minute
			o.BackoffMost = time.Minute
			one := rogue(t, "")
			s, w := start(t, o, launcher{how: how, required: []string{"files", "network"}}, one)
			mustContain(t, w.awaitDown(t, "rogue"), why)
			if w.definitions("rogue", 1) != nil {
				t.Error("the server was heard")
			}
			if pid := only(t, s).PID; pid != 0 {
				t.Errorf("process %d is still there", pid)
			}
		})
	}
}

func TestReportedConfinementIsShown(t *testing.T) {
	s, _ := start(t, quick(), launcher{required: []string{"files", "network"}}, rogue(t, ""))
	awaitReady(t, s, "rogue")
	st := only(t, s)
	if !slices.Equal(st.Applied, []string{"files", "network"}) || st.PID == 0 {
		t.Errorf("status is %+v", st)
	}
}

func TestServerInheritsNothingOfTheHost(t *testing.T) {
	t.Setenv("ARGUS_TEST_SECRET", "of the host")
	one := rogue(t, "nosy")
	one.Env = map[string]string{"GIVEN": "to the server"}
	s, _ := start(t, quick(), launcher{secrets: map[string]string{"TOKEN": "of this start"}}, one)
	awaitReady(t, s, "rogue")
	r, err := call(t, s, "rogue", `{}`)
	if err != nil {
		t.Fatal(err)
	}
	var seen struct {
		Environment, Arguments, Descriptors []string
		Folder                              string
	}
	if err := json.Unmarshal([]byte(text(t, r)), &seen); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"GIVEN=to the server", "HOME=" + one.Scratch, "LANG=C.UTF-8", "PATH=/usr/local/bin:/usr/bin:/bin", "TMPDIR=" + one.Scratch,
		"TOKEN=of this start",
	}
	slices.Sort(seen.Environment)
	if !slices.Equal(seen.Environment, want) {
		t.Errorf("environment is %q", seen.Environment)
	}
	if !slices.Equal(seen.Descriptors, []string{"0", "1", "2"}) {
		t.Errorf("descriptors are %v", seen.Descriptors)
	}
	if !slices.Equal(seen.Arguments, []string{one.Command, "-mode", "nosy"}) || seen.Folder != one.Folder {
		t.Errorf("started as %v in %s", seen.Arguments, seen.Folder)
	}
}

// replacing replaces the helper's file after it was opened, as one who can write its folder would.
type replacing struct {
	launcher
	path string
}

func (r replacing) Plan(ctx context.Context, s Spec) (Plan, error) {
	p, err := r.launcher.Plan(ctx, s)
	if err != nil {
		return Plan{}, err
	}
	p.Helper.Close()
	if p.Helper, err = os.Open(r.path); err != nil {
		return Plan{}, err
	}
	other := r.path + ".new"
	if err := os.WriteFile(other, []byte("#!/bin/sh\nexit 9\n"), 0o700); err != nil {
		return Plan{}, err
	}
	return p, os.Rename(other, r.path)
}

func TestHelperThatWasVerifiedIsTheOneExecuted(t *testing.T) {
	own, err := os.ReadFile(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "helper")
	if err := os.WriteFile(path, own, 0o700); err != nil {
		t.Fatal(err)
	}
	o := quick()
	o.BackoffLeast, o.BackoffMost = time.Minute, time.Minute // a second start would find the other file
	s, err := Start(t.Context(), []Spec{rogue(t, "")}, replacing{path: path}, newWitness(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	awaitReady(t, s, "rogue")
}

func TestSecretsCanNotChangeWhatIsFixed(t *testing.T) {
	l := launcher{secrets: map[string]string{"HOME": "/elsewhere"}}
	_, w := start(t, quick(), l, rogue(t, ""))
	mustContain(t, w.awaitDown(t, "rogue"), "HOME is set by argus")
}

func TestMistakenSpecStartsNothing(t *testing.T) {
	good := rogue(t, "")
	change := map[string]func(*Spec){
		"a relative command":   func(s *Spec) { s.Command = "rogue" },
		"a relative scratch":   func(s *Spec) { s.Scratch = "." },
		"no name":              func(s *Spec) { s.Name = "" },
		"PATH":                 func(s *Spec) { s.Env = map[string]string{"PATH": "/tmp"} },
		"a variable with =":    func(s *Spec) { s.Env = map[string]string{"A=B": "c"} },
		"a NUL in an argument": func(s *Spec) { s.Args = []string{"a\x00b"} },
	}
	for what, alter := range change {
		bad := good
		alter(&bad)
		if _, err := Start(t.Context(), []Spec{bad}, launcher{}, newWitness(), quick()); err == nil {
			t.Errorf("%s was accepted", what)
		}
	}
	if _, err := Start(t.Context(), []Spec{good, good}, launcher{}, newWitness(), quick()); err == nil {
		t.Error("two servers of one name were accepted")
	}
}

func TestMistakenPlanStartsNothing(t *testing.T) {
	helper, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer helper.Close()
	for _, p := range []Plan{
		{},
		{ReportDescriptor: 3, LifelineDescriptor: 4},
		{Helper: helper, ReportDescriptor: 2, LifelineDescriptor: 4},
		{Helper: helper, ReportDescriptor: 4, LifelineDescriptor: 4},
		{Helper: helper, ReportDescriptor: 3, LifelineDescriptor: 1 << 20},
	} {
		if p.check() == nil {
			t.Errorf("%+v was accepted", p)
		}
	}
	if err := (Plan{Helper: helper, ReportDescriptor: 3, LifelineDescriptor: 4}).check(); err != nil {
		t.Error(err)
	}
}
