package kerneltest

import (
	"strings"
	"testing"
)

// TestKernelAnswersAsTheReferenceProgramDid compares the kernel with answers of the reference program that were kept, so
// that it needs no OCaml. formal/reference keeps them.
func TestKernelAnswersAsTheReferenceProgramDid(t *testing.T) {
	var told, got string
	r := NewTrace(func(command, answer string) { told, got = command, answer })
	steps, reached := 0, map[string]int{}
	err := ReadVectors("testdata/vectors.gz", func(command, want string) {
		if err := r.Do(command); err != nil {
			t.Fatal(err)
		}
		if want == "" {
			return
		}
		if told != command || got != want {
			t.Fatalf("step %d: %s\nkernel    %s\nreference %s", steps, command, got, want)
		}
		steps++
		reached[verdict(command, want)]++
	})
	if err != nil {
		t.Fatal(err)
	}
	if steps < 10_000 {
		t.Errorf("%d steps: too few to tell anything", steps)
	}
	for _, must := range []string{
		"RegisterTool", "Delegate", "Revoke", "CascadeRevoke", "InvokeStart", "InvokeComplete", "ReturnEndorsed", "ReturnUnendorsed",
		"EgressCheck", "GrantCapability", "Elevate", "FollowUp", "GrantOverride",
		"InvokeStart LacksCapability", "InvokeStart Stale", "InvokeStart Carried", "InvokeStart FlightClosed", "InvokeStart SelfClosed",
		"InvokeStart NotAuthorized", "InvokeStart Exhausted", "InvokeComplete NotInFlight", "Delegate LacksBits", "Delegate NotHeld",
		"Delegate Exhausted", "ReturnEndorsed Unbounded", "ReturnEndorsed LacksBits", "ReturnEndorsed FlightClosed",
		"ReturnUnendorsed FlightClosed", "EgressCheck EgressClosed", "EgressCheck Stale", "GrantCapability NotHeld", "Elevate FlightClosed",
		"FollowUp FlightClosed", "GrantOverride BeyondOverride", "GrantOverride StoreExceeded",
	} {
		if reached[must] == 0 {
			t.Errorf("no step comes to %q", must)
		}
	}
}

// verdict is the kind of input of a step, and why it was refused if it was.
func verdict(command, answer string) string {
	input, outcome := strings.Fields(command)[2], strings.Fields(answer)
	if outcome[0] == "Refused" {
		return input + " " + outcome[1]
	}
	return input
}
