package mediate

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"argus/host/fault"
	"argus/host/identity"
	"argus/host/upstream"
	"argus/internal/ijson"
	"argus/kernel"
)

func (r *rig) child(parent Caller, b Birth) (Caller, identity.ContextID) {
	r.t.Helper()
	id, refused, err := r.Delegate(ctx, parent, b)
	if err != nil || refused != nil {
		r.t.Fatal(refused, err)
	}
	c, err := r.Book.Child(parent.Agent, id)
	if err != nil {
		r.t.Fatal(err)
	}
	return parent.as(c.Agent), id
}

func TestFreeReturnTaintsTheParentAndABoundedOneDoesNot(t *testing.T) {
	r := newRig(t)
	schema := ijson.MustParse(ratings)
	bounded, free := r.agent("bounded", identity.Declared), r.agent("free", identity.Declared)
	for _, parent := range []Caller{bounded, free} {
		child, id := r.child(parent, Birth{Bits: 8, Returns: schema})
		r.call(child, "s__read-db", `{}`)
		refused, err := r.Return(ctx, child, ijson.MustParse(` { "rating" : "good" } `), parent == free)
		if err != nil || refused != nil {
			t.Fatal(refused, err)
		}
		got, refused, err := r.Await(ctx, parent, id)
		if err != nil || refused != nil || string(got) != `{"rating":"good"}` {
			t.Fatalf("awaited %s, %v, %v", got, refused, err)
		}
	}
	if x := r.exposure(bounded); x.Level != kernel.Public {
		t.Errorf("a bounded return brought %s", x)
	}
	if x := r.exposure(free); x.Level != kernel.Sensitive {
		t.Errorf("a free return brought only %s", x)
	}
}

func TestChildCannotReturnMoreThanItsSchemaOrItsBits(t *testing.T) {
	r := newRig(t)
	parent := r.agent("p", identity.Declared)
	child, _ := r.child(parent, Birth{Bits: 3, Returns: ijson.MustParse(ratings)})
	r.call(child, "s__read-db", `{}`)
	refused, err := r.Return(ctx, child, ijson.MustParse(`{"rating":"SECRET"}`), false)
	if err != nil || refused == nil || refused.Rule != "return" {
		t.Errorf("a value outside the schema: %+v, %v", refused, err)
	}
	if refused, err = r.Return(ctx, child, ijson.MustParse(`{"rating":"bad"}`), false); err != nil || refused != nil {
		t.Fatalf("the control: %+v, %v", refused, err)
	}
	if refused, err = r.Return(ctx, child, ijson.MustParse(`{"rating":"bad"}`), false); err != nil || refused == nil || refused.Rule != "bits" {
		t.Errorf("a second return with one bit left: %+v, %v", refused, err)
	}
	none, _ := r.child(parent, Birth{Bits: 3})
	if refused, err = r.Return(ctx, none, ijson.MustParse(`true`), false); err != nil || refused == nil {
		t.Errorf("a bounded return without a schema: %+v, %v", refused, err)
	}
	if _, err := r.Return(ctx, parent, ijson.MustParse(`1`), true); fault.KindOf(err) != fault.Invalid {
		t.Errorf("a principal's own context returned: %v", err)
	}
}

func TestDelegateGivesOnlyWhatTheParentHas(t *testing.T) {
	r := newRig(t)
	parent := r.agent("p", identity.Declared, kernel.CapIPC)
	for name, b := range map[string]Birth{
		"not_held": {Capabilities: []kernel.Capability{kernel.CapCredentials}},
		"bits":     {Bits: 21},
	} {
		_, refused, err := r.Delegate(ctx, parent, b)
		if err != nil || refused == nil || refused.Rule != name {
			t.Errorf("%s: %+v, %v", name, refused, err)
		}
	}
	if _, _, err := r.Delegate(ctx, parent, Birth{Returns: ijson.MustParse(`{"type":"string"}`)}); fault.KindOf(err) != fault.Invalid {
		t.Errorf("an unbounded schema: %v", err)
	}
	r.call(parent, "s__read-db", `{}`)
	child, _ := r.child(parent, Birth{Capabilities: []kernel.Capability{kernel.CapIPC}})
	if x := r.exposure(child); x.Level != kernel.Sensitive {
		t.Errorf("the child of a tainted parent begins at %s", x)
	}
}

func TestLivingContextsAndDepthAreBounded(t *testing.T) {
	r := newRig(t)
	parent := r.agent("p", identity.Declared)
	deep := parent
	for range 2 {
		deep, _ = r.child(deep, Birth{})
	}
	if _, refused, err := r.Delegate(ctx, deep, Birth{}); err != nil || refused == nil || refused.Rule != "limit" {
		t.Errorf("a fourth level: %+v, %v", refused, err)
	}
	for range 2 {
		r.child(parent, Birth{})
	}
	if _, refused, err := r.Delegate(ctx, parent, Birth{}); err != nil || refused == nil || refused.Rule != "limit" {
		t.Errorf("a sixth context: %+v, %v", refused, err)
	}
}

func TestOrphansOnlyComplete(t *testing.T) {
	r := newRig(t)
	parent := r.agent("p", identity.Declared)
	child, _ := r.child(parent, Birth{})
	begun, release := make(chan struct{}), make(chan struct{})
	r.servers.serve = func(context.Context, upstream.Request) (upstream.Reply, error) {
		close(begun)
		<-release
		return upstream.Reply{Result: ijson.MustParse(`{"content":"SECRET"}`)}, nil
	}
	answered := make(chan Reply)
	go func() {
		reply, err := r.CallTool(ctx, child, "s__read-file", ijson.Value{}, nil)
		if err != nil {
			t.Error(err)
		}
		answered <- reply
	}()
	<-begun
	if _, err := r.Fresh(ctx, "p"); err != nil {
		t.Fatal(err)
	}
	r.wantRefused(r.call(child, "s__read-db", `{}`), "not_acting")
	if refused, err := r.Return(ctx, child, ijson.MustParse(`1`), true); err != nil || refused == nil {
		t.Errorf("an orphan returned: %+v, %v", refused, err)
	}
	close(release)
	reply := <-answered
	r.wantRefused(reply, "withheld")
	if reply.Result.Kind() != ijson.Invalid {
		t.Errorf("an orphan was given %s", reply.Result.Raw())
	}
}

func TestFreshIsCleanAndStopsWhatRan(t *testing.T) {
	r := newRig(t)
	who := r.agent("a", identity.Sticky)
	r.call(who, "s__read-db", `{}`)
	begun := make(chan struct{})
	r.servers.serve = func(ctx context.Context, _ upstream.Request) (upstream.Reply, error) {
		close(begun)
		<-ctx.Done()
		return upstream.Reply{}, fault.New(fault.Timeout, "x", ctx.Err())
	}
	ended := make(chan error)
	go func() {
		_, err := r.CallTool(ctx, who, "s__read-file", ijson.Value{}, nil)
		ended <- err
	}()
	<-begun
	fresh, err := r.Fresh(ctx, "a")
	if err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err == nil {
		t.Error("the call of the ended context went on")
	}
	r.servers.serve = echo
	r.wantResult(r.call(who.as(fresh), "s__send-email", `{}`), "done")
	r.wantRefused(r.call(who, "s__send-email", `{}`), "not_acting")
}

func TestRevokeEndsEverythingBelowAndWakesWhoWaits(t *testing.T) {
	r := newRig(t)
	parent := r.agent("p", identity.Declared)
	child, id := r.child(parent, Birth{})
	grandchild, below := r.child(child, Birth{})
	woken := make(chan error)
	go func() {
		_, _, err := r.Await(ctx, child, below)
		woken <- err
	}()
	if refused, err := r.Revoke(ctx, parent, id); err != nil || refused != nil {
		t.Fatal(refused, err)
	}
	if err := <-woken; err != nil && !errors.Is(err, identity.ErrContext) {
		t.Error(err)
	}
	for _, agent := range []kernel.AgentID{child.Agent, grandchild.Agent} {
		if r.Ledger.Current().State.Agents.Has(agent) {
			t.Errorf("%s is still active", agent)
		}
	}
	if _, err := r.Revoke(ctx, parent, id); fault.KindOf(err) != fault.Invalid {
		t.Errorf("revoked twice: %v", err)
	}
}

func TestAwaitOfAnothersChildIsRefused(t *testing.T) {
	r := newRig(t)
	mine, theirs := r.agent("m", identity.Declared), r.agent("t", identity.Declared)
	_, id := r.child(theirs, Birth{})
	if _, _, err := r.Await(ctx, mine, id); !errors.Is(err, identity.ErrContext) {
		t.Errorf("awaited another's child: %v", err)
	}
	short, cancel := context.WithTimeout(ctx, 10*time.Millisecond)
	defer cancel()
	if _, _, err := r.Await(short, theirs, id); fault.KindOf(err) != fault.Timeout {
		t.Errorf("the control: %v", err)
	}
}

func TestIdleContextsEndAndStickyOnesDoNot(t *testing.T) {
	r := newRig(t)
	parent, sticky := r.agent("p", identity.Declared), r.agent("s", identity.Sticky)
	child, _ := r.child(parent, Birth{})
	r.sweep(ctx, time.Now().Add(-time.Hour))
	if !r.Ledger.Current().State.Acts(child.Agent) {
		t.Fatal("a context in use was ended")
	}
	r.sweep(ctx, time.Now().Add(time.Hour))
	s := r.Ledger.Current().State
	if s.Acts(child.Agent) || !s.Acts(parent.Agent) || !s.Acts(sticky.Agent) {
		t.Errorf("child %v, parent %v, sticky %v", s.Acts(child.Agent), s.Acts(parent.Agent), s.Acts(sticky.Agent))
	}
}

func TestValuesThatNobodyFetchesAreBoundedInBytes(t *testing.T) {
	r := newRig(t)
	hoarder, other := r.agent("h", identity.Declared), r.agent("o", identity.Declared)
	big := ijson.MustParse(`"` + strings.Repeat("x", 1<<20-2) + `"`)
	var ids []identity.ContextID
	refusals := 0
	for range 4 {
		child, id := r.child(hoarder, Birth{})
		ids = append(ids, id)
		for range maxWaiting {
			refused, err := r.Return(ctx, child, big, true)
			if err != nil {
				t.Fatal(err)
			}
			if refused != nil {
				if refused.Rule != RuleLimit {
					t.Fatalf("refused by %s", refused.Rule)
				}
				refusals++
			}
		}
	}
	if held := 4*maxWaiting - refusals; held<<20 > maxHeld || refusals == 0 {
		t.Errorf("%d MiB are held", held)
	}
	theirs, _ := r.child(other, Birth{})
	if refused, err := r.Return(ctx, theirs, big, true); err != nil || refused != nil {
		t.Errorf("another principal: %+v, %v", refused, err)
	}
	if refused, err := r.Revoke(ctx, hoarder, ids[0]); err != nil || refused != nil {
		t.Fatal(refused, err)
	}
	last, err := r.Book.Child(hoarder.Agent, ids[3])
	if err != nil {
		t.Fatal(err)
	}
	if refused, err := r.Return(ctx, hoarder.as(last.Agent), big, true); err != nil || refused != nil {
		t.Errorf("after a child was ended: %+v, %v", refused, err)
	}
}

func TestValueOfAnEndedChildIsNotKept(t *testing.T) {
	r := newRig(t)
	parent := r.agent("p", identity.Declared)
	child, id := r.child(parent, Birth{})
	place, free := r.returns.reserve(child, 1, r.living(child))
	if !free {
		t.Fatal("no place")
	}
	if refused, err := r.Revoke(ctx, parent, id); err != nil || refused != nil {
		t.Fatal(refused, err)
	}
	r.returns.put(child, place, []byte("1")) // its return was accepted a moment before
	if len(r.returns.waiting) != 0 || len(r.returns.held) != 0 {
		t.Errorf("%d mailboxes and %v bytes are kept for nobody", len(r.returns.waiting), r.returns.held)
	}
	if place, free = r.returns.reserve(child, 1, r.living(child)); free {
		r.returns.put(child, place, []byte("1"))
	}
	if len(r.returns.waiting) != 0 {
		t.Error("a child that is no more has a mailbox")
	}
}

func TestStepsOnContextsCountAgainstThePaceOfCalls(t *testing.T) {
	r := newRig(t)
	parent, other := r.agent("p", identity.Declared), r.agent("o", identity.Declared)
	r.pace = newPace(3)
	child, id := r.child(parent, Birth{})
	if refused, err := r.Return(ctx, child, ijson.MustParse(`1`), true); err != nil || refused != nil {
		t.Fatal(refused, err)
	}
	if refused, err := r.Revoke(ctx, parent, id); err != nil || refused != nil {
		t.Fatal(refused, err)
	}
	last, below := r.child(parent, Birth{})
	before := r.Ledger.Current().Sequence
	_, delegated, err := r.Delegate(ctx, parent, Birth{})
	if err != nil {
		t.Fatal(err)
	}
	returned, err := r.Return(ctx, last, ijson.MustParse(`1`), true)
	if err != nil {
		t.Fatal(err)
	}
	for name, refused := range map[string]*Refusal{"delegate": delegated, "return": returned} {
		if refused == nil || refused.Rule != RuleLimit {
			t.Errorf("%s beyond the pace: %+v", name, refused)
		}
	}
	if now := r.Ledger.Current().Sequence; now != before {
		t.Errorf("%d records were written beyond the pace", now-before)
	}
	if refused, err := r.Revoke(ctx, parent, below); err != nil || refused != nil {
		t.Errorf("an end must always be possible: %+v, %v", refused, err)
	}
	r.child(other, Birth{})
}

// TestCallOfAnEndedAgentIsNotSent ends an agent between the start of its call and the sending, which is as long as a disk takes.
func TestCallOfAnEndedAgentIsNotSent(t *testing.T) {
	for name, end := range map[string]func(r *rig, parent Caller, id identity.ContextID){
		"by its parent": func(r *rig, parent Caller, id identity.ContextID) { r.Revoke(ctx, parent, id) },
		"by a person":   func(r *rig, parent Caller, _ identity.ContextID) { r.Fresh(ctx, parent.Principal) },
	} {
		r := newRig(t)
		parent := r.agent("p", identity.Declared)
		child, id := r.child(parent, Birth{})
		req, unfit, err := r.find(child, "s__read-db", ijson.Value{})
		if err != nil || unfit != nil {
			t.Fatal(unfit, err)
		}
		step, err := r.start(ctx, req)
		if err != nil || step.Refusal != nil {
			t.Fatal(step.Refusal, err)
		}
		end(r, parent, id)
		if reply, err := r.finish(ctx, req, step.started().Invocation); len(r.servers.made()) != 0 || reply.Result.Kind() != ijson.Invalid {
			t.Errorf("%s: %v were sent, %+v, %v", name, r.servers.made(), reply, err)
		}
		if n := r.Ledger.Current().State.Settling.Len(); n != 0 {
			t.Errorf("%s: %d calls are not settled", name, n)
		}
	}
}

func TestNothingIsHeldForOrphans(t *testing.T) {
	r := newRig(t)
	parent := r.agent("p", identity.Declared)
	child, _ := r.child(parent, Birth{})
	grandchild, below := r.child(child, Birth{})
	if refused, err := r.Return(ctx, grandchild, ijson.MustParse(`"secret"`), true); err != nil || refused != nil {
		t.Fatal(refused, err)
	}
	if r.returns.held["p"] == 0 {
		t.Fatal("the control holds nothing")
	}
	if _, err := r.Fresh(ctx, "p"); err != nil {
		t.Fatal(err)
	}
	if len(r.returns.waiting) != 0 || len(r.returns.held) != 0 {
		t.Errorf("%v bytes are held for who receives nothing any more", r.returns.held)
	}
	if got, refused, err := r.Await(ctx, child, below); got != nil || err != nil || refused == nil {
		t.Errorf("an orphan was given %s, %v, %v", got, refused, err)
	}
}

// TestContextsOfAPrincipalAreBoundedAlsoWhenBornAtOnce: as many as there is room for are born, and no more.
func TestContextsOfAPrincipalAreBoundedAlsoWhenBornAtOnce(t *testing.T) {
	r := newRig(t)
	parent := r.agent("p", identity.Declared)
	for range 20 {
		var births sync.WaitGroup
		for range 16 {
			births.Go(func() {
				if _, _, err := r.Delegate(ctx, parent, Birth{}); err != nil {
					t.Error(err)
				}
			})
		}
		births.Wait()
		if n := r.Book.Living("p"); n != r.Limits.ContextsPerPrincipal {
			t.Fatalf("%d contexts live", n)
		}
		fresh, err := r.Fresh(ctx, "p")
		if err != nil {
			t.Fatal(err)
		}
		if err := r.cascade(ctx, parent.Agent); err != nil {
			t.Fatal(err)
		}
		parent = parent.as(fresh)
	}
}
