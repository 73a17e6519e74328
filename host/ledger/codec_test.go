package ledger

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"argus/kernel"
	"argus/kernel/kerneltest"
	"argus/kernel/ordered"
)

// TestEveryInputIsReadBackAsItWasKept has one of each, with every field set.
func TestEveryInputIsReadBackAsItWasKept(t *testing.T) {
	theory := kerneltest.Universe()
	s := kernel.Genesis(9)
	x := kernel.Exposure{Level: kernel.Sensitive, Integrity: kernel.Observed}
	inputs := []kernel.Input{
		kernel.RegisterTool{Tool: "t"},
		kernel.Delegate{By: "root", Caps: ordered.SetOf[kernel.Capability]("a", "b"), Bits: 7},
		kernel.Revoke{Parent: "p", Child: "c"},
		kernel.CascadeRevoke{Child: "c", Parent: "p"},
		kerneltest.Call(theory, s, kernel.Root, kerneltest.SendEmail, true),
		kernel.InvokeComplete{Agent: "a", Invocation: 1<<64 - 2, Outcome: kernel.Failure, Conforms: true, Bits: 3, Slot: "s",
			Raised: kernel.Raise{Given: true, Label: x}},
		kernel.ReturnEndorsed{Child: "c", Parent: "p", Bits: 2, Slot: "s"},
		kernel.ReturnUnendorsed{Child: "c", Parent: "p"},
		kerneltest.Egress(theory, s, kernel.Root, kernel.LLMProvider, true),
		kernel.GrantCapability{Parent: "p", Child: "c", Capability: "k"},
		kernel.Elevate{Agent: "a", Label: x},
		kernel.FollowUp{Parent: "p", Child: "c"},
		kernel.GrantOverride{Agent: "a", Tool: "t", Arguments: "d", Upto: x},
	}
	sets := cmp.Comparer(func(a, b ordered.Set[kernel.Capability]) bool { return a.SubsetOf(b) && b.SubsetOf(a) })
	for _, in := range inputs {
		do, wire := inputWire(in)
		got, err := readInput(do, must(wire))
		if err != nil {
			t.Errorf("%s: %v", do, err)
			continue
		}
		if diff := cmp.Diff(in, got, sets); diff != "" {
			t.Errorf("%s came back different:\n%s", do, diff)
		}
	}
	if len(inputs) != 13 {
		t.Errorf("%d inputs are tried, the kernel has 13", len(inputs))
	}
}

func TestGarbageRecordsAreRefused(t *testing.T) {
	for _, payload := range []string{
		``, `null`, `{}`, `[]`, `{"kind":"step"}`, `{"kind":"step","do":"sudo","input":{}}`, `{"kind":"fact"}`, `{"kind":"other"}`,
		`{"kind":"step","do":"elevate","input":{"agent":"a","label":"nowhere/verified"}}`,
		`{"kind":"step","do":"elevate","input":{"agent":"a","label":"public/verified","more":1}}`,
	} {
		if r, err := decode([]byte(payload)); err == nil {
			t.Errorf("%s was read as %+v", payload, r)
		}
	}
}
