package host

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"argus/plugin/sdk/conformance"
	"argus/plugin/sdk/conformance/planted"
)

func TestEachDefectOfAnyKindFailsItsRequirement(t *testing.T) {
	folder := t.TempDir()
	built := filepath.Join(folder, "sound")
	if out, err := exec.Command("go", "build", "-o", built, "./testdata/defective").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	conform := func(t *testing.T, name string) []Finding {
		var findings []Finding
		holds, err := Conform(t.Context(), Candidate{Kind: "oracle", Binary: filepath.Join(folder, name)}, func(f Finding) { findings = append(findings, f) })
		if err != nil {
			t.Fatal(err)
		}
		if holds != (name == "sound") {
			t.Errorf("holds %t", holds)
		}
		return findings
	}
	if by := planted.Outcomes(conform(t, "sound")); len(by[conformance.Fail]) > 0 || len(by[conformance.Pass]) < 20 || len(by[conformance.NotTried]) > 0 {
		t.Errorf("without a defect: %v", by)
	}
	planted.Each(t, conformance.Common(nil), []string{"PLG-01", "PLG-02", "PLG-03", "PLG-04", "PLG-05", "PLG-06", "PLG-07", "PLG-08 certificate", "PLG-08 none"},
		func(t *testing.T, defect string) []Finding {
			if err := os.Link(built, filepath.Join(folder, defect)); err != nil {
				t.Fatal(err)
			}
			return conform(t, defect)
		})
}

func TestWhatCannotBeTriedIsAnError(t *testing.T) {
	script := filepath.Join(t.TempDir(), "script")
	if err := os.WriteFile(script, []byte("#!/bin/sh\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, c := range []Candidate{
		{Kind: "oracle", Binary: script},
		{Kind: "oracle", Binary: script + "-missing"},
		{Kind: "seer", Binary: script},
	} {
		if holds, err := Conform(t.Context(), c, func(Finding) {}); err == nil || holds {
			t.Errorf("%+v: no error", c)
		}
	}
}
