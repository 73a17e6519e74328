package mediate

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"argus/host/fault"
	"argus/host/identity"
	"argus/host/refusals"
	"argus/internal/ijson"
	"argus/kernel"
	"argus/plugin/sdk/oracle"
)

func (r *rig) begin(who Caller, name string) kernel.InvocationID {
	r.t.Helper()
	step, err := r.Start(ctx, who, name, ijson.Value{})
	if err != nil || step.Refusal != nil {
		r.t.Fatal(step.Refusal, err)
	}
	return step.started().Invocation
}

func (r *rig) complete(who Caller, id kernel.InvocationID, outcome kernel.Ending, result ijson.Value) (Step, kernel.Completed) {
	r.t.Helper()
	step, err := r.Complete(ctx, who, id, outcome, result)
	if err != nil {
		r.t.Fatal(err)
	}
	done, _ := step.Event.(kernel.Completed)
	return step, done
}

func TestBoundedResultOfAClientsCallCostsBitsAndAnyOtherTheLabel(t *testing.T) {
	for given, wants := range map[string]struct {
		declassified bool
		level        kernel.Level
	}{
		` { "rating" : "good" } `:           {true, kernel.Public},
		`{"rating":"SECRET"}`:               {false, kernel.Internal},
		`{"rating":"good","more":"SECRET"}`: {false, kernel.Internal},
		``:                                  {false, kernel.Internal},
	} {
		r := newRig(t)
		who := r.agent("a", identity.Declared)
		result := ijson.Value{}
		if given != "" {
			result = ijson.MustParse(given)
		}
		step, done := r.complete(who, r.begin(who, "s__rate"), kernel.Success, result)
		if done.Declassified != wants.declassified || r.exposure(who).Level != wants.level {
			t.Errorf("%q: declassified %v, the agent has met %s", given, done.Declassified, r.exposure(who))
		}
		out, err := r.Deliverable(step, result)
		if err != nil || wants.declassified != (string(out) == `{"rating":"good"}`) {
			t.Errorf("%q: %s may be delivered, %v", given, out, err)
		}
	}
}

func TestResultIsTakenOnlyOfAnEndorsedToolThatSucceeded(t *testing.T) {
	r := newRig(t)
	who := r.agent("a", identity.Declared)
	for _, c := range []struct {
		tool    string
		outcome kernel.Ending
	}{{"s__read-file", kernel.Success}, {"s__rate", kernel.Failure}, {"s__rate", kernel.Unknown}} {
		id := r.begin(who, c.tool)
		if _, err := r.Complete(ctx, who, id, c.outcome, ijson.MustParse(`{"rating":"good"}`)); fault.KindOf(err) != fault.Invalid {
			t.Errorf("a result of %s after %s: %v", c.tool, c.outcome, err)
		}
		if step, _ := r.complete(who, id, c.outcome, ijson.Value{}); step.Refusal != nil {
			t.Errorf("the control: %+v", step.Refusal)
		}
	}
}

// TestCallerSettlesOnlyWhatItStarted: a call that the daemon runs is not settled from outside, nor that of another agent.
func TestCallerSettlesOnlyWhatItStarted(t *testing.T) {
	r := newRig(t)
	who, other := r.agent("a", identity.Declared), r.agent("b", identity.Declared)
	id := r.begin(who, "s__read-file")
	req, _, err := r.find(who, "s__rate", ijson.Value{})
	if err != nil {
		t.Fatal(err)
	}
	daemons, err := r.start(ctx, req)
	if err != nil {
		t.Fatal(err)
	}
	for name, forged := range map[string]struct {
		who Caller
		id  kernel.InvocationID
	}{
		"another agent's":       {other, id},
		"the daemon's own":      {who, daemons.started().Invocation},
		"never started":         {who, 4711},
		"a principal's agent's": {Caller{Principal: "b", Agent: other.Agent, May: identity.AllTransitions}, id},
	} {
		if step, _ := r.complete(forged.who, forged.id, kernel.Success, ijson.Value{}); step.Refusal == nil || step.Refusal.Rule != "not_in_flight" {
			t.Errorf("%s: %+v", name, step)
		}
	}
	if step, done := r.complete(who, id, kernel.Success, ijson.Value{}); step.Refusal != nil || !done.Released {
		t.Errorf("the control: %+v", step)
	}
	if step, _ := r.complete(who, id, kernel.Success, ijson.Value{}); step.Refusal == nil {
		t.Error("it was settled twice")
	}
	r.apply(kernel.InvokeComplete{Agent: who.Agent, Invocation: daemons.started().Invocation, Outcome: kernel.Unknown})
}

func (r *rig) flights(agent kernel.AgentID) uint64 {
	s := r.Ledger.Current()
	v, _ := s.State.View(s.Theory, agent)
	return v.Flights.Len() + s.State.Settling.Len()
}

// TestCallThatNobodySettlesIsUnknownAfterItsTime and not before it; the exposure it may have brought is taken.
func TestCallThatNobodySettlesIsUnknownAfterItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		who := r.agent("a", identity.Declared)
		r.begin(who, "s__read-db")
		time.Sleep(r.Limits.CallTimeout - time.Millisecond)
		if n := r.flights(who.Agent); n != 1 {
			t.Errorf("%d calls are open before their time", n)
		}
		time.Sleep(2 * time.Millisecond)
		r.entrusted.open.Wait()
		if n := r.flights(who.Agent); n != 0 {
			t.Errorf("%d calls are open after their time", n)
		}
		if x := r.exposure(who); x.Level != kernel.Sensitive {
			t.Errorf("the agent has met only %s", x)
		}
	})
}

func TestCallsOfAnEndedAgentAreSettled(t *testing.T) {
	r := newRig(t)
	parent := r.agent("p", identity.Declared)
	child, id := r.child(parent, Birth{})
	open := r.begin(child, "s__read-db")
	if refused, err := r.Revoke(ctx, parent, id); err != nil || refused != nil {
		t.Fatal(refused, err)
	}
	r.entrusted.open.Wait()
	if n := r.flights(child.Agent); n != 0 {
		t.Errorf("%d calls are not settled", n)
	}
	if step, _ := r.complete(child, open, kernel.Success, ijson.Value{}); step.Refusal == nil {
		t.Error("a call was settled by an agent that is no more")
	}
}

func TestClosingSettlesWhatIsOpen(t *testing.T) {
	r := newRig(t)
	who := r.agent("a", identity.Declared)
	r.begin(who, "s__read-file")
	r.Close()
	if n := r.flights(who.Agent); n != 0 {
		t.Errorf("%d calls are open", n)
	}
}

// TestOverrideIsForTheRefusalThatThePersonWasShown: for its call, under its exposure, once, and for nobody else's.
func TestOverrideIsForTheRefusalThatThePersonWasShown(t *testing.T) {
	r := newRig(t)
	who, other := r.agent("a", identity.Declared), r.agent("b", identity.Declared)
	r.call(who, "s__read-db", `{}`)
	told := r.wantRefused(r.call(who, "s__send-email", `{"n":1}`), "2a")
	unknown := r.wantRefused(r.call(who, "s__none", `{}`), "unknown_tool")
	for name, forged := range map[string]struct {
		who  Caller
		ref  refusals.Reference
		rule string
	}{
		"another principal's":     {other, told.Reference, RuleReference},
		"none":                    {who, "R-AAAAAAAA", RuleReference},
		"one that is no crossing": {who, unknown.Reference, RuleNoCrossing},
	} {
		if step, err := r.Override(ctx, forged.who, forged.ref); err != nil || step.Refusal == nil || step.Refusal.Rule != forged.rule {
			t.Errorf("%s: %+v, %v", name, step, err)
		}
	}
	r.wantRefused(r.call(who, "s__send-email", `{"n":1}`), "2a")
	if step, err := r.Override(ctx, who, told.Reference); err != nil || step.Refusal != nil {
		t.Fatalf("the control: %+v, %v", step, err)
	}
	r.wantRefused(r.call(who, "s__send-email", `{"n":2}`), "2a")
	r.wantResult(r.call(who, "s__send-email", `{"n":1}`), "done")
	r.wantRefused(r.call(who, "s__send-email", `{"n":1}`), "2a")
}

// TestStartOfARevokedCredentialIsNeverAccepted revokes it while the oracle thinks, and again when the start has just been recorded.
func TestStartOfARevokedCredentialIsNeverAccepted(t *testing.T) {
	r := newRig(t)
	who := r.agent("a", identity.Declared)
	for range 8 {
		token, c := r.narrowed("a", identity.AllTransitions)
		r.oracle.answer = func(q oracle.Question) (oracle.Answer, error) {
			if err := r.RevokeCredential(ctx, "a", c.ID); err != nil {
				t.Error(err)
			}
			return allowAll(q)
		}
		begun := r.Ledger.Current().Sequence
		step, err := r.Start(ctx, r.by(token, ""), "s__read-file", ijson.Value{})
		if err == nil || step.Event != nil {
			t.Fatalf("accepted: %+v", step)
		}
		if now := r.Ledger.Current().Sequence; now != begun+1 {
			t.Fatalf("%d records were written behind the revocation", now-begun-1)
		}
	}
	r.oracle.answer = allowAll
	token, c := r.narrowed("a", identity.AllTransitions)
	req, _, err := r.find(r.by(token, ""), "s__read-file", ijson.Value{})
	if err != nil {
		t.Fatal(err)
	}
	step, err := r.start(ctx, req)
	if err != nil || step.Refusal != nil {
		t.Fatal(step.Refusal, err)
	}
	if err := r.RevokeCredential(ctx, "a", c.ID); err != nil {
		t.Fatal(err)
	}
	if err := r.entrust(req, step.started().Invocation, r.Limits.CallTimeout); !errors.Is(err, identity.ErrCredential) {
		t.Errorf("the call was entrusted: %v", err)
	}
	r.entrusted.open.Wait()
	if n := r.flights(who.Agent); n != 0 {
		t.Errorf("%d calls are open", n)
	}
	r.complete(who, r.begin(who, "s__read-file"), kernel.Success, ijson.Value{})
}

// TestOpenCallsOfAnAgentAreBoundedAlsoWhenAskedForAtOnce: the oracle answers none of them before all are asked, and so all have been counted.
func TestOpenCallsOfAnAgentAreBoundedAlsoWhenAskedForAtOnce(t *testing.T) {
	r := newRig(t)
	who := r.agent("a", identity.Declared)
	const asked = 12
	var all sync.WaitGroup
	all.Add(asked)
	var first atomic.Int32
	r.oracle.answer = func(q oracle.Question) (oracle.Answer, error) {
		if first.Add(1) <= asked {
			all.Done()
		}
		all.Wait()
		return allowAll(q)
	}
	var calls sync.WaitGroup
	var started atomic.Int32
	for range asked {
		calls.Go(func() {
			step, err := r.Start(ctx, who, "s__read-file", ijson.Value{})
			switch {
			case err != nil:
				t.Error(err)
			case step.Refusal == nil:
				started.Add(1)
			case step.Refusal.Rule != RuleLimit:
				t.Errorf("refused by %s", step.Refusal.Rule)
			}
		})
	}
	calls.Wait()
	if most := r.Limits.FlightsPerAgent; uint64(started.Load()) != most || r.flights(who.Agent) != most {
		t.Errorf("%d calls were started, and %d are open", started.Load(), r.flights(who.Agent))
	}
}
