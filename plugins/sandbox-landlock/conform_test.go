//go:build linux

package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"testing"

	"argus/plugin/sdk"
	"argus/plugin/sdk/conformance"
	"argus/plugin/sdk/conformance/sandboxkit"
	"argus/plugin/sdk/conformance/sandboxkit/probe"
	"argus/plugin/sdk/sandbox"
	"argus/plugin/sdk/sandbox/report"
	"argus/plugin/sdk/sdktest"
)

// What the kit makes of this test program: a probe, or a helper that reports everything and confines nothing.
const (
	asProbe = "as-probe"
	asLax   = "as-lax-helper"
)

func beForConformance(args []string) {
	switch {
	case len(args) > 0 && args[0] == asProbe:
		os.Exit(probe.Run(args[1:]))
	case len(args) > 0 && args[0] == asLax:
		out := os.NewFile(reportDescriptor, "report")
		if report.Write(out, report.Report{Protections: report.All()}) != nil || out.Close() != nil {
			os.Exit(1)
		}
		_ = syscall.Exec(args[1], args[1:], os.Environ())
		os.Exit(1)
	}
}

// flawed is the plugin with at most one defect.
type flawed struct {
	plugin
	defect string
}

func (f *flawed) Plan(ctx context.Context, r sandbox.Request) (sandbox.Plan, error) {
	switch f.defect {
	case "SBX-05":
		r.Profile.Read = slices.DeleteFunc(slices.Clone(r.Profile.Read), func(path string) bool { _, err := os.Stat(path); return err != nil })
	case "SBX-07":
		r.Profile.Read = append(slices.Clone(r.Profile.Read), filepath.Join(filepath.Dir(r.Folder), "outside"))
	case "SBX-14":
		r.Profile.MaxProcesses = 1000
	case "network":
		r.Profile.Network = true
	}
	plan, err := f.plugin.Plan(ctx, r)
	if err != nil {
		return plan, err
	}
	switch f.defect {
	case "SBX-03":
		plan.Protections = slices.DeleteFunc(plan.Protections, func(p sandbox.Protection) bool { return p == report.Signals })
	case "SBX-04":
		plan.HelperSHA256 = plan.HelperSHA256[32:] + plan.HelperSHA256[:32]
	case "network":
		plan.Protections = report.All()
	case "lax":
		plan.Helper, plan.Arguments = "lax", []string{asLax}
	}
	return plan, nil
}

func conforming(t *testing.T, defect string) sdktest.Subject {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	folder := configured(t).folder
	if out, err := exec.Command("cp", self, filepath.Join(folder, "lax")).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return sdktest.Subject{
		New:    func(testing.TB) sdk.Service { return sandbox.Service(info, &flawed{defect: defect}) },
		Folder: folder, Probe: []string{self, asProbe},
	}
}

func TestLandlockConforms(t *testing.T) {
	s := conforming(t, "")
	sdktest.Conform(t, sandboxkit.Kit(), s)
	for _, r := range sdktest.Results(t, sandboxkit.Kit(), s) {
		if r.Outcome == conformance.Unclaimed {
			t.Errorf("%s is not claimed: %s", r.ID, r.Why)
		}
	}
}

func TestEachDefectFailsItsRequirement(t *testing.T) {
	lax := []string{}
	for n := 4; n <= 14; n++ { // a helper that is another one, and stops nothing
		if id := "SBX-" + strconv.Itoa(100 + n)[1:]; n == 4 || n >= 7 {
			lax = append(lax, id)
		}
	}
	for defect, want := range map[string][]string{
		"SBX-03": {"SBX-03"}, "SBX-04": {"SBX-04"}, "SBX-05": {"SBX-05"}, "SBX-07": {"SBX-07"}, "SBX-14": {"SBX-14"},
		"network": {"SBX-06", "SBX-08"}, "lax": lax,
	} {
		t.Run(defect, func(t *testing.T) {
			failed := []string{}
			for _, r := range sdktest.Results(t, sandboxkit.Kit(), conforming(t, defect)) {
				if r.Outcome == conformance.Fail {
					failed = append(failed, r.ID)
				}
			}
			if !slices.Equal(failed, want) {
				t.Errorf("%v failed", failed)
			}
		})
	}
}
