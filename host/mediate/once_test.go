package mediate

import (
	"errors"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"argus/host/identity"
	"argus/host/ledger"
	"argus/kernel"
)

func (r *rig) births(who Caller, q Request) func() (Step, error) {
	who.Request = q
	return func() (Step, error) {
		return r.step(ctx, who, "delegate", kernel.Delegate{By: who.Agent}, ledger.Note{Principal: who.Principal, Context: string(identity.NewContextID())})
	}
}

func askedBy(q Request) Caller { return Caller{Principal: q.AskedBy, Request: q} }

func (r *rig) once(q Request, run func() (Step, error)) Step {
	r.t.Helper()
	step, err := r.Once(ctx, askedBy(q), run)
	if err != nil {
		r.t.Fatal(err)
	}
	return step
}

func TestSameRequestHappensOnceAndAnotherUnderItsKeyNever(t *testing.T) {
	r := newRig(t)
	who, other := r.agent("a", identity.Declared), r.agent("b", identity.Declared)
	q := Request{AskedBy: "a", Key: "k", Content: "sha256:1"}
	first := r.once(q, r.births(who, q))
	if again := r.once(q, r.births(who, q)); again.Sequence != first.Sequence || again.Event.(kernel.Delegated).Child != first.Event.(kernel.Delegated).Child {
		t.Errorf("the answer was %+v, and then %+v", first, again)
	}
	forged := Request{AskedBy: "a", Key: "k", Content: "sha256:2"}
	if step := r.once(forged, r.births(who, forged)); step.Refusal == nil || step.Refusal.Rule != RuleKey {
		t.Errorf("other content: %+v", step)
	}
	theirs := Request{AskedBy: "b", Key: "k", Content: "sha256:1"}
	if step := r.once(theirs, r.births(other, theirs)); step.Refusal != nil || step.Sequence == first.Sequence {
		t.Errorf("another principal's key: %+v", step)
	}
	if n := r.Book.Living("a"); n != 2 {
		t.Errorf("%d agents live", n)
	}
}

// TestAnswerIsKeptByTheJournal: what was observed alone answers, as after a restart.
func TestAnswerIsKeptByTheJournal(t *testing.T) {
	r := newRig(t)
	who := r.agent("a", identity.Declared)
	q := Request{AskedBy: "a", Key: "k", Content: "sha256:1"}
	step, err := r.births(who, q)() // not by Once: only the ledger tells of it
	if err != nil {
		t.Fatal(err)
	}
	if again := r.once(q, r.births(who, q)); again.Sequence != step.Sequence {
		t.Errorf("it happened again: %+v", again)
	}
}

func TestKeyIsFreeAfterADayAndAfterAFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		who := r.agent("a", identity.Declared)
		q := Request{AskedBy: "a", Key: "k", Content: "sha256:1"}
		down := errors.New("down")
		if _, err := r.Once(ctx, askedBy(q), func() (Step, error) { return Step{}, down }); !errors.Is(err, down) {
			t.Fatal(err)
		}
		first := r.once(q, r.births(who, q))
		time.Sleep(keptFor - time.Second)
		if again := r.once(q, r.births(who, q)); again.Sequence != first.Sequence {
			t.Error("the answer was forgotten within the day")
		}
		time.Sleep(2 * time.Second)
		if again := r.once(q, r.births(who, q)); again.Sequence == first.Sequence {
			t.Error("the answer was kept for more than a day")
		}
	})
}

func TestSameRequestsAtOnceHappenOnce(t *testing.T) {
	r := newRig(t)
	who := r.agent("a", identity.Declared)
	q := Request{AskedBy: "a", Key: "k", Content: "sha256:1"}
	got := make(chan Step, 8)
	for range cap(got) {
		go func() {
			step, err := r.Once(ctx, askedBy(q), r.births(who, q))
			if err != nil {
				t.Error(err)
			}
			got <- step
		}()
	}
	first := <-got
	for range cap(got) - 1 {
		if step := <-got; step.Sequence != first.Sequence {
			t.Errorf("answers of %d and %d", first.Sequence, step.Sequence)
		}
	}
	if n := r.Book.Living("a"); n != 2 {
		t.Errorf("%d agents live", n)
	}
}

func TestMomentShowsThePrincipalsAgentsAlone(t *testing.T) {
	r := newRig(t)
	who, other := r.agent("a", identity.Declared), r.agent("b", identity.Declared)
	r.child(other, Birth{})
	child, id := r.child(who, Birth{})
	shown, err := r.Moment(identity.Grant{Principal: identity.Principal{Name: "a"}})
	if err != nil || shown.Sequence != r.Ledger.Current().Sequence || len(shown.Agents) != 2 {
		t.Fatalf("%+v, %v", shown, err)
	}
	if shown.Agents[0].ID != who.Agent || shown.Agents[0].Context != "" || shown.Agents[1].ID != child.Agent || shown.Agents[1].Context != id {
		t.Errorf("%+v", shown.Agents)
	}
}

// TestAnswerSurvivesARestart: the same request after it is answered from the journal, and another under its key is refused.
func TestAnswerSurvivesARestart(t *testing.T) {
	r := newRig(t)
	who := r.agent("a", identity.Declared)
	q := Request{AskedBy: "a", Key: "k", Content: "sha256:1"}
	first := r.once(q, r.births(who, q))
	r.reopen()
	again := r.once(q, r.births(who, q))
	if again.Sequence != first.Sequence || again.Event.(kernel.Delegated).Child != first.Event.(kernel.Delegated).Child {
		t.Errorf("the answer was %+v, and after the restart %+v", first, again)
	}
	forged := Request{AskedBy: "a", Key: "k", Content: "sha256:2"}
	if step := r.once(forged, r.births(who, forged)); step.Refusal == nil || step.Refusal.Rule != RuleKey {
		t.Errorf("other content: %+v", step)
	}
}

func (r *rig) keysOf(principal string) int {
	r.Answers.mu.Lock()
	defer r.Answers.mu.Unlock()
	return len(r.Answers.told[principal].byKey)
}

// TestFailuresAndRefusalsUseUpNoKeys: neither has had an effect, so neither may keep an honest request from its key.
func TestFailuresAndRefusalsUseUpNoKeys(t *testing.T) {
	r := newRig(t)
	who := r.agent("a", identity.Declared)
	kept := Request{AskedBy: "a", Key: "kept", Content: "sha256:1"}
	first := r.once(kept, r.births(who, kept))
	down := errors.New("down")
	for i := range maxAnswers {
		q := Request{AskedBy: "a", Key: strconv.Itoa(i % 3), Content: "sha256:1"}
		if _, err := r.Once(ctx, askedBy(q), func() (Step, error) { return Step{}, down }); !errors.Is(err, down) {
			t.Fatal(err)
		}
	}
	if n := r.keysOf("a"); n != 1 {
		t.Errorf("%d keys are kept", n)
	}
	if step := r.once(Request{AskedBy: "a", Key: "0"}, r.births(who, Request{AskedBy: "a", Key: "0"})); step.Refusal != nil {
		t.Errorf("after failures: %+v", step.Refusal)
	}
	no := Step{Refusal: &Refusal{Rule: RuleLimit}}
	for i := range maxAnswers {
		r.once(Request{AskedBy: "a", Key: "no" + strconv.Itoa(i)}, func() (Step, error) { return no, nil })
	}
	if n := r.keysOf("a"); n != maxAnswers {
		t.Errorf("%d keys are kept", n)
	}
	honest := Request{AskedBy: "a", Key: "honest"}
	if step := r.once(honest, r.births(who, honest)); step.Refusal != nil {
		t.Errorf("after refusals: %+v", step.Refusal)
	}
	if again := r.once(kept, r.births(who, kept)); again.Sequence != first.Sequence {
		t.Errorf("what was accepted gave way: %+v", again)
	}
	if step := r.once(Request{AskedBy: "a", Key: "no" + strconv.Itoa(maxAnswers-1)}, r.births(who, honest)); step.Refusal != no.Refusal {
		t.Errorf("a refusal that had room was forgotten: %+v", step)
	}
}

// TestAcceptedKeysGiveWayToNothing: forgetting one would let its request happen twice.
func TestAcceptedKeysGiveWayToNothing(t *testing.T) {
	r := newRig(t)
	did := Step{Event: kernel.Registered{}, Sequence: 1}
	for i := range maxAnswers {
		r.once(Request{AskedBy: "a", Key: strconv.Itoa(i)}, func() (Step, error) { return did, nil })
	}
	beyond := Request{AskedBy: "a", Key: "beyond"}
	if step := r.once(beyond, func() (Step, error) { return did, nil }); step.Refusal == nil || step.Refusal.Rule != RuleLimit {
		t.Errorf("one too many: %+v", step)
	}
	if step := r.once(Request{AskedBy: "b", Key: "k"}, func() (Step, error) { return did, nil }); step.Refusal != nil {
		t.Errorf("another principal: %+v", step.Refusal)
	}
}
