package mediate

import (
	"testing"

	"argus/host/identity"
	"argus/kernel"
)

// TestFirstPromptIsThatOfOneLifeOfTheAgent: a daemon that starts again gives nobody another.
func TestFirstPromptIsThatOfOneLifeOfTheAgent(t *testing.T) {
	r := newRig(t)
	who, other := r.agent("a", identity.Sticky), r.agent("b", identity.Sticky)
	if r.Prompted(who) {
		t.Fatal("an agent was prompted before anybody said anything")
	}
	if step, err := r.Prompt(ctx, who); err != nil || step.Refusal != nil {
		t.Fatal(step.Refusal, err)
	}
	if !r.Prompted(who) || r.Prompted(other) || r.exposure(who) != kernel.Clean() {
		t.Errorf("prompted: %v, another: %v, met: %v", r.Prompted(who), r.Prompted(other), r.exposure(who))
	}
	if step, err := r.TakeIn(ctx, who, "a text", kernel.Exposure{Level: kernel.Internal, Integrity: kernel.Observed}); err != nil || step.Refusal != nil {
		t.Fatal(step.Refusal, err)
	}
	r.reopen()
	if !r.Prompted(who) || r.Prompted(other) {
		t.Errorf("after a restart, prompted: %v, another: %v", r.Prompted(who), r.Prompted(other))
	}
	fresh, err := r.Fresh(ctx, "a")
	if err != nil {
		t.Fatal(err)
	}
	if r.Prompted(who.as(fresh)) {
		t.Error("a fresh agent was prompted")
	}
}

// TestWhatCannotGoOutIsRefusedBeforeItIsTakenIn: the caller is left as it was.
func TestWhatCannotGoOutIsRefusedBeforeItIsTakenIn(t *testing.T) {
	r := newRig(t)
	who := r.agent("a", identity.Sticky)
	secret := kernel.Exposure{Level: kernel.Sensitive, Integrity: kernel.Verified}
	refused := r.Unsendable(who, "vendor", "a text", secret)
	if refused == nil || refused.Rule != "egress" || r.exposure(who) != kernel.Clean() {
		t.Errorf("refused: %+v, met: %v", refused, r.exposure(who))
	}
	for _, label := range []kernel.Exposure{kernel.Clean(), {Level: kernel.Internal, Integrity: kernel.Observed}} { // allow, and inspect
		if refused := r.Unsendable(who, "vendor", "a text", label); refused != nil {
			t.Errorf("%v: %+v", label, refused)
		}
	}
}
