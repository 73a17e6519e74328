package host

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"argus/plugin/sdk/conformance"
)

func TestEachDefectOfAProcessFailsItsRequirement(t *testing.T) {
	folder := t.TempDir()
	built := filepath.Join(folder, "sound")
	if out, err := exec.Command("go", "build", "-o", built, "./testdata/defective").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, name := range []string{"sound", "PLG-01", "PLG-04", "PLG-06", "PLG-07"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // some wait for what never comes
			binary := filepath.Join(folder, name)
			if name != "sound" {
				if err := os.Link(built, binary); err != nil {
					t.Fatal(err)
				}
			}
			failed, tried := []string{}, 0
			holds, err := Conform(t.Context(), Candidate{Kind: "oracle", Binary: binary}, func(f Finding) {
				switch f.Outcome {
				case conformance.Fail:
					failed = append(failed, f.ID)
				case conformance.NotTried:
					return
				}
				tried++
			})
			if err != nil {
				t.Fatal(err)
			}
			want := []string{name}
			if name == "sound" {
				want = []string{}
			}
			if !slices.Equal(failed, want) || holds != (name == "sound") {
				t.Errorf("%v failed, holds %t", failed, holds)
			}
			if name != "PLG-01" && tried < 20 {
				t.Errorf("only %d requirements were tried", tried)
			}
		})
	}
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
