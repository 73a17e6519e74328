package mediate

import (
	"testing"
	"testing/synctest"
	"time"

	"argus/host/identity"
	"argus/internal/ijson"
	"argus/kernel"
)

// TestKeyGivesNobodyTheRightToRunACallAgain once the call is settled, given up, or another agent's. Until then the start is answered as before.
func TestKeyGivesNobodyTheRightToRunACallAgain(t *testing.T) {
	for name, over := range map[string]func(r *rig, who Caller, id kernel.InvocationID) Caller{
		"settled": func(r *rig, who Caller, id kernel.InvocationID) Caller {
			r.complete(who, id, kernel.Success, ijson.Value{})
			return who
		},
		"out of time": func(r *rig, who Caller, _ kernel.InvocationID) Caller {
			time.Sleep(r.Limits.CallTimeout + time.Second)
			r.entrusted.open.Wait()
			return who
		},
		"of the context before": func(r *rig, who Caller, _ kernel.InvocationID) Caller {
			fresh, err := r.Fresh(ctx, who.Principal)
			if err != nil {
				r.t.Fatal(err)
			}
			return who.as(fresh)
		},
		"of the daemon before": func(r *rig, who Caller, _ kernel.InvocationID) Caller {
			r.Close()
			r.reopen()
			return who
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t)
				who := r.agent("a", identity.Declared)
				keyed := who.under("k", "sha256:1")
				id := r.begin(keyed, "s__read-file")
				if again := r.begin(keyed, "s__read-file"); again != id {
					t.Errorf("the control: invocation %d, then %d", id, again)
				}
				now := over(r, who, id)
				step, err := r.Start(ctx, now.under("k", "sha256:1"), "s__read-file", ijson.Value{})
				if err != nil || step.Event != nil {
					t.Fatalf("permitted again: %+v, %v", step, err)
				}
				r.wantRepeated(Reply{Refusal: step.Refusal}, id)
				r.complete(now, r.begin(now.under("another", "sha256:1"), "s__read-file"), kernel.Success, ijson.Value{})
			})
		})
	}
}

// TestKeyGivesNoPermissionOfAnEarlierMoment: the same check is judged anew, by what the agent has met since.
func TestKeyGivesNoPermissionOfAnEarlierMoment(t *testing.T) {
	r := newRig(t)
	who := r.agent("a", identity.Declared)
	egress := func() Step {
		step, err := r.CheckEgress(ctx, who.under("egress", "sha256:1"), "vendor", []byte("x"))
		if err != nil {
			t.Fatal(err)
		}
		return step
	}
	child, id := r.child(who, Birth{})
	follow := func() {
		step, err := r.FollowUp(ctx, who.under("follow", "sha256:2"), id)
		if err != nil || step.Refusal != nil {
			t.Fatal(step.Refusal, err)
		}
	}
	elevate := func(as Caller) {
		step, err := r.Elevate(ctx, as.under("elevate", "sha256:3"), "mailbox")
		if err != nil || step.Refusal != nil {
			t.Fatal(step.Refusal, err)
		}
	}
	egress()
	if step := egress(); step.Refusal != nil {
		t.Errorf("the control: %+v", step.Refusal)
	}
	follow()
	elevate(who)
	if step := egress(); step.Refusal == nil || step.Refusal.Rule != "egress" {
		t.Errorf("content may flow as before: %+v", step)
	}
	if follow(); r.exposure(child).Level != kernel.Sensitive {
		t.Errorf("the child may be prompted, and has met only %s", r.exposure(child))
	}
	fresh, err := r.Fresh(ctx, "a")
	if err != nil {
		t.Fatal(err)
	}
	if elevate(who.as(fresh)); r.exposure(who.as(fresh)).Level != kernel.Sensitive {
		t.Errorf("another context may take the content in, and has met only %s", r.exposure(who.as(fresh)))
	}
	step, err := r.CheckEgress(ctx, who.as(fresh).under("elevate", "sha256:4"), "vendor", []byte("x"))
	if err != nil || step.Refusal == nil || step.Refusal.Rule != RuleKey {
		t.Errorf("other content: %+v, %v", step, err)
	}
}
