package grpc

import (
	"context"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"argus/host/identity"
	agentv1 "argus/proto/argus/agent/v1"
)

// TestTreeOfContextsByTransitions: born, given to, prompted again, ended, each as the kernel has it.
func TestTreeOfContextsByTransitions(t *testing.T) {
	r := open(t)
	r.register()
	a := r.agent("dee", identity.Declared)
	born := a.done(a.Delegate(a.ctx, &agentv1.DelegateRequest{Capabilities: []string{"ipc"}, Bits: 5})).GetEvent().GetDelegated()
	child := born.GetChild().GetContext()
	if child == "" || born.GetBits() != 5 || born.GetBy().GetContext() != "" || born.GetExposure().GetLevel() != "public" {
		t.Errorf("born: %v", born)
	}
	_, err := a.Delegate(a.ctx, &agentv1.DelegateRequest{Context: child, Bits: 6})
	a.refusedBy(err, codes.FailedPrecondition, "bits")
	_, err = a.Delegate(a.ctx, &agentv1.DelegateRequest{Context: child, Capabilities: []string{"credentials"}})
	a.refusedBy(err, codes.PermissionDenied, "not_held")

	_, err = a.GrantCapability(a.ctx, &agentv1.GrantCapabilityRequest{Child: child, Capability: "levitation"})
	a.refusedBy(err, codes.NotFound, "unknown_capability")
	a.done(a.GrantCapability(a.ctx, &agentv1.GrantCapabilityRequest{Child: child, Capability: "credentials"}))

	_, err = a.Elevate(a.ctx, &agentv1.ElevateRequest{Source: "public"})
	a.refusedBy(err, codes.NotFound, "unknown_source")
	if x := a.done(a.Elevate(a.ctx, &agentv1.ElevateRequest{Source: "mailbox"})).GetEvent().GetElevated(); x.GetExposure().GetLevel() != "sensitive" {
		t.Errorf("elevated: %v", x)
	}
	if x := a.level(child); x != "public" {
		t.Fatalf("the child has met %s", x)
	}
	if x := a.done(a.FollowUp(a.ctx, &agentv1.FollowUpRequest{Child: child})).GetEvent().GetElevated(); !x.GetFollowUp() || a.level(child) != "sensitive" {
		t.Errorf("followed up: %v", x)
	}

	_, err = a.CascadeRevoke(a.ctx, &agentv1.CascadeRevokeRequest{Context: child})
	a.refusedBy(err, codes.FailedPrecondition, "parent_active")
	if e := a.done(a.Revoke(a.ctx, &agentv1.RevokeRequest{Child: child})).GetEvent().GetRevoked(); e.GetChild().GetId() != born.GetChild().GetId() || e.GetCascaded() {
		t.Errorf("revoked: %v", e)
	}
	_, err = a.Delegate(a.ctx, &agentv1.DelegateRequest{Context: child})
	a.refusedBy(err, codes.NotFound, ruleContext)
}

// TestCallThatTheClientRuns: started, judged by what the agent has met, and settled once; of a bounded result the host counts the bits.
func TestCallThatTheClientRuns(t *testing.T) {
	r := open(t)
	a := r.agent("dee", identity.Declared)
	_, err := a.InvokeStart(a.ctx, &agentv1.InvokeStartRequest{Tool: "s__rate"})
	a.refusedBy(err, codes.FailedPrecondition, "unregistered")
	r.register()
	start := func(tool, arguments string) *agentv1.Started {
		t.Helper()
		return a.done(a.InvokeStart(a.ctx, &agentv1.InvokeStartRequest{Tool: tool, Arguments: []byte(arguments)})).GetEvent().GetStarted()
	}
	rate := start("s__rate", `{"n":1}`)
	if rate.GetLabel().GetLevel() != "internal" || rate.GetArgumentsDigest() == "" || rate.GetSpeculative().GetLevel() != "internal" {
		t.Errorf("started: %v", rate)
	}
	done := a.done(a.InvokeComplete(a.ctx, &agentv1.InvokeCompleteRequest{
		Invocation: rate.GetInvocation(), Outcome: agentv1.Outcome_OUTCOME_SUCCESS, Result: []byte(` {"rating": "good"} `),
	})).GetEvent().GetCompleted()
	if !done.GetDeclassified() || done.GetSpent() == 0 || string(done.GetValue()) != `{"rating":"good"}` || a.level("") != "public" {
		t.Errorf("completed: %v", done)
	}
	db := start("s__read-db", "")
	_, err = a.InvokeStart(a.ctx, &agentv1.InvokeStartRequest{Tool: "s__send"})
	a.refusedBy(err, codes.PermissionDenied, "2a")
	done = a.done(a.InvokeComplete(a.ctx, &agentv1.InvokeCompleteRequest{
		Invocation: db.GetInvocation(), Outcome: agentv1.Outcome_OUTCOME_FAILURE,
	})).GetEvent().GetCompleted()
	if done.GetExposure().GetLevel() != "sensitive" || !done.GetReleased() || done.GetValue() != nil {
		t.Errorf("completed: %v", done)
	}
	_, err = a.InvokeComplete(a.ctx, &agentv1.InvokeCompleteRequest{Invocation: db.GetInvocation(), Outcome: agentv1.Outcome_OUTCOME_SUCCESS})
	a.refusedBy(err, codes.NotFound, "not_in_flight")
	_, err = a.InvokeStart(a.ctx, &agentv1.InvokeStartRequest{Tool: "s__none"})
	a.refusedBy(err, codes.NotFound, "unknown_tool")
	_, err = a.InvokeStart(a.ctx, &agentv1.InvokeStartRequest{Tool: "s__rate", Arguments: []byte(`{"n":"one"}`)})
	if r := a.refusedBy(err, codes.FailedPrecondition, "arguments"); r.GetDetail() == "" || r.GetReference() == "" {
		t.Errorf("the refusal says %v", r)
	}
}

func TestEgressIsCheckedForAConfiguredUpstream(t *testing.T) {
	r := open(t)
	a := r.agent("dee", identity.Sticky)
	_, err := a.EgressCheck(a.ctx, &agentv1.EgressCheckRequest{Upstream: "elsewhere", Content: []byte("x")})
	a.refusedBy(err, codes.NotFound, "unknown_upstream")
	e := a.done(a.EgressCheck(a.ctx, &agentv1.EgressCheckRequest{Upstream: "vendor", Content: []byte("x")})).GetEvent().GetEgressAllowed()
	if e.GetSink() != "network_external" || e.GetContentDigest() != "sha256:2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881" {
		t.Errorf("allowed: %v", e)
	}
	a.done(a.Elevate(a.ctx, &agentv1.ElevateRequest{Source: "mailbox"}))
	_, err = a.EgressCheck(a.ctx, &agentv1.EgressCheckRequest{Upstream: "vendor", Content: []byte("x")})
	a.refusedBy(err, codes.PermissionDenied, "egress")
}

func TestReturnsComeToTheParentBoundedOrWithTheirExposure(t *testing.T) {
	r := open(t)
	a := r.agent("dee", identity.Declared)
	child := a.child(&agentv1.DelegateRequest{Bits: 4, Returns: []byte(ratings)})
	a.done(a.Elevate(a.ctx, &agentv1.ElevateRequest{Context: child, Source: "mailbox"}))
	_, err := a.ReturnEndorsed(a.ctx, &agentv1.ReturnRequest{Context: child, Value: []byte(`{"rating":"SECRET"}`)})
	a.refusedBy(err, codes.FailedPrecondition, "return")
	e := a.done(a.ReturnEndorsed(a.ctx, &agentv1.ReturnRequest{Context: child, Value: []byte(`{ "rating":"bad" }`)})).GetEvent().GetReturned()
	if !e.GetDeclassified() || e.GetSpent() == 0 || a.level("") != "public" {
		t.Errorf("returned: %v", e)
	}
	got, err := a.Await(a.ctx, &agentv1.AwaitRequest{Child: child})
	if err != nil || string(got.GetValue()) != `{"rating":"bad"}` {
		t.Errorf("awaited %s, %v", got.GetValue(), err)
	}
	a.done(a.ReturnUnendorsed(a.ctx, &agentv1.ReturnRequest{Context: child, Value: []byte(`"anything"`)}))
	if x := a.level(""); x != "sensitive" {
		t.Errorf("a free return brought only %s", x)
	}
	if got, err = a.Await(a.ctx, &agentv1.AwaitRequest{Child: child}); err != nil || string(got.GetValue()) != `"anything"` {
		t.Errorf("awaited %s, %v", got.GetValue(), err)
	}
	short, cancel := context.WithTimeout(a.ctx, 50*time.Millisecond)
	defer cancel()
	if _, err := a.Await(short, &agentv1.AwaitRequest{Child: child}); status.Code(err) != codes.DeadlineExceeded {
		t.Errorf("nothing was awaited: %v", err)
	}
}

func TestSameRequestIsAnsweredAsBefore(t *testing.T) {
	r := open(t)
	a, other := r.agent("dee", identity.Declared), r.agent("eve", identity.Declared)
	q := &agentv1.DelegateRequest{Bits: 2, IdempotencyKey: "k"}
	first := a.done(a.Delegate(a.ctx, q))
	again := a.done(a.Delegate(a.ctx, q))
	if first.GetSequence() != again.GetSequence() || first.GetEvent().GetDelegated().GetChild().GetContext() != again.GetEvent().GetDelegated().GetChild().GetContext() {
		t.Errorf("answered %v, then %v", first, again)
	}
	_, err := a.Delegate(a.ctx, &agentv1.DelegateRequest{Bits: 3, IdempotencyKey: "k"})
	a.refusedBy(err, codes.FailedPrecondition, "idempotency_key")
	_, err = a.Elevate(a.ctx, &agentv1.ElevateRequest{Source: "mailbox", IdempotencyKey: "k"})
	a.refusedBy(err, codes.FailedPrecondition, "idempotency_key")
	if theirs := other.done(other.Delegate(other.ctx, q)); theirs.GetSequence() == first.GetSequence() {
		t.Error("another principal was given the answer")
	}
	child := first.GetEvent().GetDelegated().GetChild().GetContext()
	end := &agentv1.RevokeRequest{Child: child, IdempotencyKey: "end"}
	ended := a.done(a.Revoke(a.ctx, end))
	if again := a.done(a.Revoke(a.ctx, end)); again.GetSequence() != ended.GetSequence() {
		t.Error("it ended twice")
	}
}

// TestPagesOfASnapshotShowOneMoment, whatever happens between them.
func TestPagesOfASnapshotShowOneMoment(t *testing.T) {
	r := open(t)
	a, other := r.agent("dee", identity.Declared), r.agent("eve", identity.Declared)
	other.child(&agentv1.DelegateRequest{})
	for range 4 {
		a.child(&agentv1.DelegateRequest{})
	}
	first, err := a.Snapshot(a.ctx, &agentv1.SnapshotRequest{PageSize: 2})
	if err != nil || len(first.GetAgents()) != 2 || first.GetNextPageToken() == "" {
		t.Fatalf("%v, %v", first, err)
	}
	a.child(&agentv1.DelegateRequest{})
	a.done(a.Elevate(a.ctx, &agentv1.ElevateRequest{Source: "mailbox"}))
	shown, token := first.GetAgents(), first.GetNextPageToken()
	for token != "" {
		if _, err := other.Snapshot(other.ctx, &agentv1.SnapshotRequest{PageToken: token}); status.Code(err) != codes.InvalidArgument {
			t.Errorf("another principal went on: %v", err)
		}
		page, err := a.Snapshot(a.ctx, &agentv1.SnapshotRequest{PageSize: 2, PageToken: token})
		if err != nil || page.GetSequence() != first.GetSequence() {
			t.Fatalf("%v, %v", page, err)
		}
		shown, token = append(shown, page.GetAgents()...), page.GetNextPageToken()
	}
	if len(shown) != 5 {
		t.Errorf("%d agents are shown", len(shown))
	}
	for _, s := range shown {
		if s.GetExposure().GetLevel() != "public" || !s.GetActs() {
			t.Errorf("a later moment is shown: %v", s)
		}
	}
	for _, forged := range []string{"x", "x.1", token + ".0", first.GetNextPageToken() + "9", "." + first.GetNextPageToken()} {
		if _, err := a.Snapshot(a.ctx, &agentv1.SnapshotRequest{PageToken: forged}); status.Code(err) != codes.InvalidArgument {
			t.Errorf("the token %q: %v", forged, err)
		}
	}
}
