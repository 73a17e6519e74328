package mediate

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"argus/host/fault"
	"argus/host/follow"
	"argus/host/identity"
	"argus/kernel"
	"argus/kernel/ordered"
)

func (r *rig) watch(scope Scope) *Watching {
	r.t.Helper()
	w, err := r.Watch(scope, 0)
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(w.Close)
	return w
}

// seen is everything that a watcher is told until nothing comes any more. Whatever was applied before is durable by then.
func (r *rig) seen(w *Watching) (all []Happening) {
	r.t.Helper()
	for r.Durable() < r.Ledger.Current().Sequence {
		<-r.Ledger.Firmer()
	}
	patience, cancel := context.WithTimeout(ctx, 200*time.Millisecond)
	defer cancel()
	for {
		h, err := w.Next(patience)
		if errors.Is(err, context.DeadlineExceeded) {
			return all
		}
		if err != nil {
			r.t.Fatal(err)
		}
		all = append(all, h)
	}
}

func agentOfHappening(h Happening) kernel.AgentID {
	if h.Refused != nil {
		return h.Refused.Agent
	}
	return follow.Subject(h.Step.Event)
}

func TestWatcherSeesItsOwnTreeAndNothingOfOthers(t *testing.T) {
	r := newRig(t)
	mine, other := r.agent("mine", identity.Declared, "network_egress"), r.agent("other", identity.Declared, "network_egress")
	child, _ := r.child(mine, Birth{})
	watched, all, below := r.watch(Scope{Principal: "mine"}), r.watch(Scope{Operator: true}), r.watch(Scope{Principal: "mine", Within: []kernel.AgentID{child.Agent}})
	nobody, foreign := r.watch(Scope{}), r.watch(Scope{Principal: "mine", Within: []kernel.AgentID{other.Agent, kernel.Root}})
	for _, who := range []Caller{mine, child, other} {
		r.call(who, "s__read-db", `{}`)
		r.wantRefused(r.call(who, "s__none", `{}`), RuleTool)
	}
	if got := r.seen(nobody); len(got) != 0 {
		t.Errorf("the zero scope was told %+v", got)
	}
	for _, h := range r.seen(foreign) {
		if follow.Below(agentOfHappening(h), other.Agent) {
			t.Errorf("a scope that names another's agent was told %+v", h)
		}
	}
	counts := map[*Watching]map[kernel.AgentID]int{}
	for w, may := range map[*Watching][]kernel.AgentID{watched: {mine.Agent, child.Agent}, below: {child.Agent}, all: nil} {
		counts[w] = map[kernel.AgentID]int{}
		for _, h := range r.seen(w) {
			counts[w][agentOfHappening(h)]++
		}
		for agent := range counts[w] {
			if may != nil && agent != may[0] && agent != may[len(may)-1] {
				t.Errorf("a watcher of %v was told of %q", may, agent)
			}
		}
	}
	const each = 4 // birth, start, completion, refusal
	if c := counts[watched]; c[mine.Agent] != each || c[child.Agent] != each {
		t.Errorf("the control: its own tree: %v", c)
	}
	if c := counts[below]; c[child.Agent] != each {
		t.Errorf("the control: the subtree: %v", c)
	}
	if c := counts[all]; c[mine.Agent] != each || c[child.Agent] != each || c[other.Agent] != each || c[""] == 0 {
		t.Errorf("the control: the operator: %v", c)
	}
}

func TestReturnIsToldOnlyToWhoMaySeeTheParent(t *testing.T) {
	r := newRig(t)
	parent := r.agent("p", identity.Declared)
	child, _ := r.child(parent, Birth{})
	below, above := r.watch(Scope{Principal: "p", Within: []kernel.AgentID{child.Agent}}), r.watch(Scope{Principal: "p"})
	r.call(parent, "s__read-db", `{}`)
	r.apply(kernel.ReturnUnendorsed{Child: child.Agent, Parent: parent.Agent})
	returns := func(w *Watching) (n int) {
		for _, h := range r.seen(w) {
			if _, is := h.Step.Event.(kernel.Returned); is {
				n++
			}
		}
		return n
	}
	if n := returns(below); n != 0 {
		t.Error("the exposure of a parent outside the scope was told")
	}
	if n := returns(above); n != 1 {
		t.Errorf("the control: %d", n)
	}
}

func TestWatcherIsToldNoCauseOfARefusal(t *testing.T) {
	r := newRig(t)
	who := r.agent("w", identity.Sticky, "network_egress")
	w := r.watch(Scope{Principal: "w"})
	r.call(who, "s__read-db", `{}`)
	record := r.wantRefused(r.call(who, "s__send-email", `{}`), "2a")
	for _, h := range r.seen(w) {
		if h.Refused == nil {
			continue
		}
		if h.Refused.Sentence != record.Sentence || h.Refused.Reference != record.Reference || h.Refused.Detail != "" {
			t.Errorf("was told %+v of %+v", h.Refused, record)
		}
		for _, cause := range append(record.Causes, record.Remedies...) {
			if strings.Contains(h.Refused.Sentence, cause) {
				t.Errorf("was told the cause %q", cause)
			}
		}
		return
	}
	t.Error("the refusal was not told")
}

func TestWatcherThatDoesNotReadHoldsNothingUp(t *testing.T) {
	r := newRig(t)
	who := r.agent("slow", identity.Sticky)
	w := r.watch(Scope{Principal: "slow"})
	for range maxUntold + 1 {
		r.call(who, "s__none", `{}`)
	}
	if len(w.untold) != maxUntold {
		t.Errorf("%d refusals wait", len(w.untold))
	}
	_, err := w.Next(ctx)
	var behind follow.Behind
	if !errors.As(err, &behind) {
		t.Fatalf("a watcher that missed refusals went on: %v", err)
	}
	again, err := r.Watch(Scope{Principal: "slow"}, behind.Last)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if h, err := again.Next(ctx); err != nil || h.Step == nil {
		t.Errorf("the control: going on: %+v, %v", h, err)
	}
}

func TestWatchersAreBoundedForEachPrincipalAndForAll(t *testing.T) {
	r := newRig(t)
	for i := range maxWatchers / maxWatchersOfOne {
		name := "p" + strings.Repeat("x", i)
		for range maxWatchersOfOne {
			r.watch(Scope{Principal: name})
		}
		if w, err := r.Watch(Scope{Principal: name}, 0); fault.KindOf(err) != fault.Unavailable {
			t.Fatalf("one more of %s: %v, %v", name, w, err)
		}
	}
	if _, err := r.Watch(Scope{Operator: true}, 0); fault.KindOf(err) != fault.Unavailable {
		t.Errorf("one more than all: %v", err)
	}
	for w := range r.watchers.all {
		w.Close()
		break
	}
	r.watch(Scope{Operator: true}) // the control
}

func TestEarlierContextsOfAPrincipalAreStillItsOwn(t *testing.T) {
	r := newRig(t)
	old := r.agent("keeper", identity.Sticky)
	if _, err := r.Fresh(ctx, "keeper"); err != nil {
		t.Fatal(err)
	}
	r.apply(kernel.Delegate{By: kernel.Root, Caps: ordered.Set[kernel.Capability]{}}) // of nobody
	ended := 0
	for _, h := range r.seen(r.watch(Scope{Principal: "keeper"})) {
		if e, is := h.Step.Event.(kernel.Revoked); is && e.Child == old.Agent {
			ended++
		}
	}
	if ended != 1 {
		t.Errorf("the end of the old context was told %d times", ended)
	}
}

func TestCredentialOfASubtreeWatchesThatSubtreeAlone(t *testing.T) {
	r := newRig(t)
	token, _, err := r.NewAgent(ctx, identity.Principal{Name: "p", Mode: identity.Declared, Bits: 20})
	if err != nil {
		t.Fatal(err)
	}
	whole := r.by(token, "")
	child, id := r.child(whole, Birth{})
	_, beside := r.child(whole, Birth{})
	narrow, _, err := r.Issue(ctx, identity.Credential{Principal: "p", Kind: identity.Bearer, Root: id, Transitions: identity.AllTransitions})
	if err != nil {
		t.Fatal(err)
	}
	g, err := r.Authenticate(identity.Proof{Token: narrow})
	if err != nil {
		t.Fatal(err)
	}
	scope, err := r.ScopeOf(g, nil)
	if err != nil || len(scope.Within) != 1 || scope.Within[0] != child.Agent {
		t.Errorf("watches %+v, %v", scope, err)
	}
	for _, outside := range []identity.ContextID{beside, "ctx_none"} {
		if scope, err := r.ScopeOf(g, []identity.ContextID{outside}); err == nil || scope.covers(child.Agent, "p") {
			t.Errorf("%s was let in: %+v", outside, scope)
		}
	}
	wide, err := r.Authenticate(identity.Proof{Token: token})
	if err != nil {
		t.Fatal(err)
	}
	if scope, err := r.ScopeOf(wide, nil); err != nil || !scope.covers(whole.Agent, "p") {
		t.Errorf("the control: %+v, %v", scope, err)
	}
}

func TestWatchingAnewCountsAsACall(t *testing.T) {
	r := newRig(t)
	r.agent("eager", identity.Sticky)
	var err error
	for range r.Limits.CallsPerMinute * 2 {
		var w *Watching
		if w, err = r.Watch(Scope{Principal: "eager"}, 0); err != nil {
			break
		}
		w.Close()
	}
	if err == nil || fault.KindOf(err) != fault.Unavailable {
		t.Errorf("began without end: %v", err)
	}
	r.watch(Scope{Principal: "other"}) // the control
}
