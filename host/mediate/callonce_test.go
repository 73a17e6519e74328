package mediate

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"argus/host/fault"
	"argus/host/identity"
	"argus/host/upstream"
	"argus/internal/ijson"
	"argus/kernel"
)

// under is the caller with a key of its own.
func (who Caller) under(key string, content kernel.Digest) Caller {
	who.Request = Request{AskedBy: who.Principal, Key: key, Content: content}
	return who
}

func (r *rig) wantMade(calls int) {
	r.t.Helper()
	if made := r.servers.made(); len(made) != calls {
		r.t.Errorf("the server was called %d times, not %d", len(made), calls)
	}
}

func (r *rig) wantRepeated(reply Reply, invocation kernel.InvocationID) {
	r.t.Helper()
	if r.wantRefused(reply, RuleCalled); reply.Refusal.Invocation == nil || *reply.Refusal.Invocation != invocation {
		r.t.Errorf("told of %v, not of invocation %d", reply.Refusal.Invocation, invocation)
	}
}

func TestCallUnderAKeyIsMadeOnceAlsoAfterARestart(t *testing.T) {
	r := newRig(t)
	who := r.agent("a", identity.Declared, "network_egress")
	keyed := who.under("k", "sha256:1")
	r.wantResult(r.call(who, "s__send-email", `{}`), "done")
	r.wantResult(r.call(keyed, "s__send-email", `{}`), "done")
	r.wantRepeated(r.call(keyed, "s__send-email", `{}`), 1)
	r.wantRefused(r.call(who.under("k", "sha256:2"), "s__read-file", `{}`), RuleKey)
	r.reopen()
	r.wantRepeated(r.call(keyed, "s__send-email", `{}`), 1)
	r.wantRefused(r.call(who.under("k", "sha256:2"), "s__read-file", `{}`), RuleKey)
	r.wantMade(2)
	r.wantResult(r.call(who.under("another", "sha256:1"), "s__send-email", `{}`), "done")
	r.wantMade(3)
}

// TestCallThatRunsIsNotMadeASecondTime: whoever asks again is told at once, and does not wait for its end.
func TestCallThatRunsIsNotMadeASecondTime(t *testing.T) {
	r := newRig(t)
	keyed := r.agent("a", identity.Declared).under("k", "sha256:1")
	running, release := make(chan struct{}), make(chan struct{})
	r.servers.serve = func(ctx context.Context, q upstream.Request) (upstream.Reply, error) {
		close(running)
		<-release
		return echo(ctx, q)
	}
	first := make(chan Reply, 1)
	go func() { first <- r.call(keyed, "s__read-file", `{}`) }()
	<-running
	r.wantRepeated(r.call(keyed, "s__read-file", `{}`), 0)
	close(release)
	r.wantResult(<-first, "done")
	r.wantMade(1)
}

func TestCallsUnderOneKeyAtOnceAreOneCall(t *testing.T) {
	r := newRig(t)
	keyed := r.agent("a", identity.Declared, "network_egress").under("k", "sha256:1")
	replies := make(chan Reply, 8)
	for range cap(replies) {
		go func() { replies <- r.call(keyed, "s__send-email", `{}`) }()
	}
	results := 0
	for range cap(replies) {
		if reply := <-replies; reply.Refusal == nil {
			results++
		} else {
			r.wantRepeated(reply, 0)
		}
	}
	if results != 1 {
		t.Errorf("%d of them were made", results)
	}
	r.wantMade(1)
}

// TestKeyOfACallThatDidNotStartIsFree, as is one that was used a day ago. A call that failed after its start keeps its key: it may have had its effect.
func TestKeyOfACallThatDidNotStartIsFree(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		keyed := r.agent("a", identity.Declared).under("k", "sha256:1")
		r.servers.down = errors.New("down")
		if _, err := r.CallTool(ctx, keyed, "s__read-file", ijson.MustParse(`{}`), nil); fault.KindOf(err) != fault.Unavailable {
			t.Fatal(err)
		}
		r.servers.down = nil
		r.servers.serve = func(context.Context, upstream.Request) (upstream.Reply, error) {
			return upstream.Reply{}, errors.New("died")
		}
		if _, err := r.CallTool(ctx, keyed, "s__read-file", ijson.MustParse(`{}`), nil); err == nil {
			t.Fatal("it did not fail")
		}
		r.servers.serve = echo
		time.Sleep(keptFor - time.Minute)
		r.wantRepeated(r.call(keyed, "s__read-file", `{}`), 0)
		r.wantMade(1)
		time.Sleep(2 * time.Minute)
		r.wantResult(r.call(keyed, "s__read-file", `{}`), "done")
		r.wantMade(2)
	})
}
