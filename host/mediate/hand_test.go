package mediate

import (
	"sync"
	"sync/atomic"
	"testing"

	"argus/host/fault"
	"argus/host/identity"
	"argus/kernel"
	"argus/plugin/sdk/oracle"
)

func TestElevateTakesTheLabelThatTheSourceDeclares(t *testing.T) {
	r := newRig(t)
	who := r.agent("a", identity.Sticky)
	if step, err := r.Elevate(ctx, who, "public-page"); err != nil || step.Refusal == nil || step.Refusal.Rule != RuleSource {
		t.Errorf("an undeclared source: %+v, %v", step, err)
	}
	step, err := r.Elevate(ctx, who, "mailbox")
	if err != nil || step.Refusal != nil {
		t.Fatal(step.Refusal, err)
	}
	if x := r.exposure(who); x != r.Sources["mailbox"] {
		t.Errorf("the agent has met %s", x)
	}
}

// TestEgressIsJudgedByExposureAndBoundToItsContent: allowed clean, asked of the gate about this very content when internal, closed above.
func TestEgressIsJudgedByExposureAndBoundToItsContent(t *testing.T) {
	r := newRig(t)
	who := r.agent("a", identity.Sticky)
	check := func(upstream, rule string) {
		t.Helper()
		step, err := r.CheckEgress(ctx, who, upstream, []byte("content"))
		if err != nil {
			t.Fatal(err)
		}
		if got := step.Refusal; (rule == "") != (got == nil) || got != nil && got.Rule != rule {
			t.Errorf("wanted %q, got %+v", rule, got)
		}
	}
	check("other", RuleUpstream)
	check("vendor", "")
	if len(r.oracle.asked) != 0 {
		t.Error("the gate was asked although it could not matter")
	}
	r.call(who, "s__read-file", `{}`)
	check("vendor", "egress")
	r.oracle.answer = func(q oracle.Question) (oracle.Answer, error) {
		about, egress := q.About.(oracle.Egress)
		return oracle.Answer{PolicyDigest: q.PolicyDigest, Authorized: true,
			Vouched: egress && about.ContentDigest == "sha256:ed7002b439e9ac845f22357d822bac1444730fbdb6016d3ec9432297b9ec9f73"}, nil
	}
	check("vendor", "")
	r.oracle.answer = allowAll
	r.call(who, "s__read-db", `{}`)
	check("vendor", "egress")
}

func TestGrantAndFollowUpAreForADirectChild(t *testing.T) {
	r := newRig(t)
	parent := r.agent("p", identity.Declared, kernel.CapIPC)
	child, id := r.child(parent, Birth{})
	_, below := r.child(child, Birth{})
	if _, err := r.Grant(ctx, parent, below, kernel.CapIPC); fault.KindOf(err) != fault.Invalid {
		t.Errorf("a grandchild: %v", err)
	}
	if _, err := r.FollowUp(ctx, parent, below); fault.KindOf(err) != fault.Invalid {
		t.Errorf("a grandchild: %v", err)
	}
	if step, err := r.Grant(ctx, parent, id, kernel.CapCredentials); err != nil || step.Refusal == nil || step.Refusal.Rule != "not_held" {
		t.Errorf("what the parent lacks: %+v, %v", step, err)
	}
	if step, err := r.Grant(ctx, parent, id, kernel.CapIPC); err != nil || step.Refusal != nil {
		t.Errorf("the control: %+v, %v", step, err)
	}
	r.call(parent, "s__read-db", `{}`)
	if x := r.exposure(child); x.Level != kernel.Public {
		t.Fatalf("the child begins at %s", x)
	}
	if step, err := r.FollowUp(ctx, parent, id); err != nil || step.Refusal != nil {
		t.Errorf("the control: %+v, %v", step, err)
	}
	if x := r.exposure(child); x.Level != kernel.Sensitive {
		t.Errorf("after a prompt of its parent the child has met only %s", x)
	}
}

func TestOnlyAnOrphanCascades(t *testing.T) {
	r := newRig(t)
	parent := r.agent("p", identity.Declared)
	child, _ := r.child(parent, Birth{})
	if step, err := r.Cascade(ctx, child); err != nil || step.Refusal == nil || step.Refusal.Rule != "parent_active" {
		t.Errorf("a child whose parent is alive: %+v, %v", step, err)
	}
	r.apply(kernel.Revoke{Parent: kernel.Root, Child: parent.Agent})
	if step, err := r.Cascade(ctx, child); err != nil || step.Refusal != nil {
		t.Errorf("an orphan: %+v, %v", step, err)
	}
}

// TestRootsActs: a person ends a context, gives birth to a clean one where there is none, and widens it.
func TestRootsActs(t *testing.T) {
	r := newRig(t)
	who := r.agent("a", identity.Declared, kernel.CapIPC)
	child, _ := r.child(who, Birth{})
	r.call(who, "s__read-db", `{}`)
	if _, err := r.Birth(ctx, who, "a"); fault.KindOf(err) != fault.Invalid {
		t.Errorf("a second context: %v", err)
	}
	if step, err := r.End(ctx, who, "a"); err != nil || step.Refusal != nil {
		t.Fatal(step.Refusal, err)
	}
	if s := r.Ledger.Current(); s.State.Agents.Has(child.Agent) {
		t.Error("what was below it lives on")
	}
	if _, err := r.Widen(ctx, who, "a", kernel.CapCredentials); fault.KindOf(err) != fault.Invalid {
		t.Errorf("nobody was widened: %v", err)
	}
	if step, err := r.Birth(ctx, who, "a"); err != nil || step.Refusal != nil {
		t.Fatal(step.Refusal, err)
	}
	fresh, present := r.Book.Present("a")
	if x := r.exposure(Caller{Principal: "a", Agent: fresh}); !present || x != kernel.Clean() {
		t.Errorf("the fresh context begins at %s", x)
	}
	if step, err := r.Widen(ctx, who, "a", kernel.CapCredentials); err != nil || step.Refusal != nil {
		t.Errorf("the control: %+v, %v", step, err)
	}
	if step, err := r.Register(ctx, who, r.stock.now.Spec.Tools[0].ID); err != nil || step.Refusal == nil || step.Refusal.Rule != "already_registered" {
		t.Errorf("a tool was registered twice: %+v, %v", step, err)
	}
}

// TestPrincipalHasOnePresentContext though many give birth to one at the same moment: nobody could end the others.
func TestPrincipalHasOnePresentContext(t *testing.T) {
	r := newRig(t)
	who := r.agent("a", identity.Declared)
	for range 40 {
		if step, err := r.End(ctx, who, "a"); err != nil || step.Refusal != nil {
			t.Fatal(step.Refusal, err)
		}
		var born atomic.Int32
		var acts sync.WaitGroup
		for range 16 {
			acts.Go(func() {
				if step, err := r.Birth(ctx, who, "a"); err == nil && step.Refusal == nil {
					born.Add(1)
				}
			})
		}
		acts.Wait()
		if n := r.Book.Living("a"); born.Load() != 1 || n != 1 {
			t.Fatalf("%d contexts were born, and %d live", born.Load(), n)
		}
	}
}
