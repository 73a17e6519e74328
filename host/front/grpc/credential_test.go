package grpc

import (
	"os"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"argus/host/identity"
	agentv1 "argus/proto/argus/agent/v1"
)

// issue makes one more credential of a principal.
func (r *rig) issue(c identity.Credential) (agent, identity.CredentialID) {
	r.t.Helper()
	c.Kind = identity.Bearer
	token, made, err := r.mediator.Issue(r.t.Context(), c)
	if err != nil {
		r.t.Fatal(err)
	}
	return r.as(token), made.ID
}

func TestCredentialAsksOnlyForItsTransitions(t *testing.T) {
	r := open(t)
	r.register()
	a := r.agent("dee", identity.Declared)
	child := a.child(&agentv1.DelegateRequest{})
	narrow, _ := r.issue(identity.Credential{Principal: "dee", Transitions: identity.InvokeStart})
	for name, ask := range map[string]func() error{
		"delegate": func() error { _, err := narrow.Delegate(narrow.ctx, &agentv1.DelegateRequest{}); return err },
		"revoke":   func() error { _, err := narrow.Revoke(narrow.ctx, &agentv1.RevokeRequest{Child: child}); return err },
		"cascade": func() error {
			_, err := narrow.CascadeRevoke(narrow.ctx, &agentv1.CascadeRevokeRequest{Context: child})
			return err
		},
		"return": func() error {
			_, err := narrow.ReturnUnendorsed(narrow.ctx, &agentv1.ReturnRequest{Context: child, Value: []byte("1")})
			return err
		},
		"egress": func() error {
			_, err := narrow.EgressCheck(narrow.ctx, &agentv1.EgressCheckRequest{Upstream: "vendor"})
			return err
		},
		"grant": func() error {
			_, err := narrow.GrantCapability(narrow.ctx, &agentv1.GrantCapabilityRequest{Child: child, Capability: "ipc"})
			return err
		},
		"elevate": func() error {
			_, err := narrow.Elevate(narrow.ctx, &agentv1.ElevateRequest{Source: "mailbox"})
			return err
		},
		"follow up": func() error {
			_, err := narrow.FollowUp(narrow.ctx, &agentv1.FollowUpRequest{Child: child})
			return err
		},
		"complete": func() error {
			_, err := narrow.InvokeComplete(narrow.ctx, &agentv1.InvokeCompleteRequest{Outcome: agentv1.Outcome_OUTCOME_SUCCESS})
			return err
		},
	} {
		if err := ask(); status.Code(err) != codes.PermissionDenied {
			t.Errorf("%s: %v", name, err)
		}
	}
	narrow.done(narrow.InvokeStart(narrow.ctx, &agentv1.InvokeStartRequest{Tool: "s__rate"}))
}

// TestKeyIsNoWayAroundWhatACredentialMayAskFor, nor around the end of the context that asks.
func TestKeyIsNoWayAroundWhatACredentialMayAskFor(t *testing.T) {
	r := open(t)
	r.register()
	a := r.agent("dee", identity.Declared)
	child := a.child(&agentv1.DelegateRequest{})
	narrow, _ := r.issue(identity.Credential{Principal: "dee", Transitions: identity.Delegate})
	q := &agentv1.InvokeStartRequest{Context: child, Tool: "s__rate", IdempotencyKey: "k"}
	first := a.done(a.InvokeStart(a.ctx, q))
	_, err := narrow.InvokeStart(narrow.ctx, q)
	narrow.refusedBy(err, codes.PermissionDenied, "credential")
	birth := &agentv1.DelegateRequest{Context: child, IdempotencyKey: "birth"}
	born := a.done(a.Delegate(a.ctx, birth))
	if again := narrow.done(narrow.Delegate(narrow.ctx, birth)); again.GetSequence() != born.GetSequence() {
		t.Errorf("the control: %v", again)
	}
	if again := a.done(a.InvokeStart(a.ctx, q)); again.GetSequence() != first.GetSequence() {
		t.Errorf("the control: %v", again)
	}
	a.done(a.Revoke(a.ctx, &agentv1.RevokeRequest{Child: child}))
	_, err = a.Delegate(a.ctx, birth)
	a.refusedBy(err, codes.NotFound, ruleContext)
}

// TestCredentialOfASubtreeSeesAndActsThereAlone: neither the principal's own context nor a sibling, and no answer of theirs by a key.
func TestCredentialOfASubtreeSeesAndActsThereAlone(t *testing.T) {
	r := open(t)
	a := r.agent("dee", identity.Declared)
	mine, sibling := a.child(&agentv1.DelegateRequest{}), a.child(&agentv1.DelegateRequest{})
	below, _ := r.issue(identity.Credential{Principal: "dee", Transitions: identity.AllTransitions, Root: identity.ContextID(mine)})
	grandchild := below.child(&agentv1.DelegateRequest{Context: mine})
	for _, id := range []string{"", sibling} {
		_, err := below.Elevate(below.ctx, &agentv1.ElevateRequest{Context: id, Source: "mailbox"})
		below.refusedBy(err, codes.NotFound, ruleContext)
	}
	shown := below.snapshot()
	if len(shown) != 2 || shown[0].GetAgent().GetContext() != mine || shown[1].GetAgent().GetContext() != grandchild {
		t.Errorf("shown: %v", shown)
	}
	q := &agentv1.DelegateRequest{Context: sibling, IdempotencyKey: "k"}
	a.done(a.Delegate(a.ctx, q))
	_, err := below.Delegate(below.ctx, q)
	below.refusedBy(err, codes.NotFound, ruleContext)
	_, err = below.Delegate(below.ctx, &agentv1.DelegateRequest{Context: mine, IdempotencyKey: "k"})
	below.refusedBy(err, codes.FailedPrecondition, "idempotency_key")
}

// TestCredentialOfASubtreeEndsNoOrphanBesideIt: the orphans of another subtree, and of another principal, are not its own to end.
func TestCredentialOfASubtreeEndsNoOrphanBesideIt(t *testing.T) {
	r := open(t)
	a, eve := r.agent("dee", identity.Declared), r.agent("eve", identity.Declared)
	mine, sibling, theirs := a.child(&agentv1.DelegateRequest{}), a.child(&agentv1.DelegateRequest{}), eve.child(&agentv1.DelegateRequest{})
	root := identity.ContextID(mine)
	below, _ := r.issue(identity.Credential{Principal: "dee", Transitions: identity.AllTransitions, Root: root})
	narrow, _ := r.issue(identity.Credential{Principal: "dee", Transitions: identity.AllTransitions &^ identity.CascadeRevoke, Root: root})
	for _, name := range []string{"dee", "eve"} {
		if _, err := r.mediator.Fresh(t.Context(), name); err != nil {
			t.Fatal(err)
		}
	}
	end := func(by agent, context string) (*agentv1.Accepted, error) {
		return by.CascadeRevoke(by.ctx, &agentv1.CascadeRevokeRequest{Context: context})
	}
	for _, other := range []string{sibling, theirs, ""} {
		_, err := end(below, other)
		below.refusedBy(err, codes.NotFound, ruleContext)
	}
	_, err := end(narrow, mine)
	narrow.refusedBy(err, codes.PermissionDenied, "credential")
	for by, context := range map[agent]string{below: mine, a: sibling, eve: theirs} {
		if e := by.done(end(by, context)).GetEvent().GetRevoked(); !e.GetCascaded() {
			t.Errorf("the control: %v", e)
		}
	}
}

// TestCredentialOfASubtreePromptsNoChildBesideIt: a follow-up makes a child meet what its parent has.
func TestCredentialOfASubtreePromptsNoChildBesideIt(t *testing.T) {
	r := open(t)
	a, eve := r.agent("dee", identity.Declared), r.agent("eve", identity.Declared)
	mine, sibling, theirs := a.child(&agentv1.DelegateRequest{}), a.child(&agentv1.DelegateRequest{}), eve.child(&agentv1.DelegateRequest{})
	below, _ := r.issue(identity.Credential{Principal: "dee", Transitions: identity.AllTransitions, Root: identity.ContextID(mine)})
	grandchild, niece := below.child(&agentv1.DelegateRequest{Context: mine}), a.child(&agentv1.DelegateRequest{Context: sibling})
	for _, id := range []string{"", mine, sibling} {
		a.done(a.Elevate(a.ctx, &agentv1.ElevateRequest{Context: id, Source: "mailbox"}))
	}
	for _, q := range []*agentv1.FollowUpRequest{
		{Child: mine}, {Child: sibling}, {Context: mine, Child: sibling}, {Context: mine, Child: theirs}, {Context: mine, Child: mine},
		{Context: sibling, Child: niece}, {Context: mine, Child: niece}, {Context: mine},
	} {
		_, err := below.FollowUp(below.ctx, q)
		below.refusedBy(err, codes.NotFound, ruleContext)
	}
	if x := a.level(niece); x != "public" {
		t.Errorf("a child beside it has met %s", x)
	}
	below.done(below.FollowUp(below.ctx, &agentv1.FollowUpRequest{Context: mine, Child: grandchild}))
	if x := a.level(grandchild); x != "sensitive" {
		t.Errorf("the control: its own child has met %s", x)
	}
}

// TestReturnTellsNothingOfAParentThatTheCredentialDoesNotCover: what the parent has met, and which context it is.
func TestReturnTellsNothingOfAParentThatTheCredentialDoesNotCover(t *testing.T) {
	r := open(t)
	a := r.agent("dee", identity.Declared)
	parent := a.child(&agentv1.DelegateRequest{})
	mine := a.child(&agentv1.DelegateRequest{Context: parent})
	below, _ := r.issue(identity.Credential{Principal: "dee", Transitions: identity.AllTransitions, Root: identity.ContextID(mine)})
	grandchild := below.child(&agentv1.DelegateRequest{Context: mine})
	a.done(a.Elevate(a.ctx, &agentv1.ElevateRequest{Context: parent, Source: "mailbox"}))
	answered := func(by agent, context, key string) *agentv1.Returned {
		t.Helper()
		q := &agentv1.ReturnRequest{Context: context, Value: []byte("1"), IdempotencyKey: key}
		return by.done(by.ReturnUnendorsed(by.ctx, q)).GetEvent().GetReturned()
	}
	for _, again := range []string{"the first time", "again"} {
		got := answered(below, mine, "k")
		if got.GetExposure() != nil || got.GetParent().GetContext() != "" || got.GetChild().GetContext() != mine {
			t.Errorf("%s: told %v", again, got)
		}
	}
	if got := answered(a, mine, ""); got.GetExposure().GetLevel() != "sensitive" || got.GetParent().GetContext() != parent {
		t.Errorf("the control, by a credential of the whole tree: told %v", got)
	}
	if got := answered(below, grandchild, ""); got.GetExposure() == nil || got.GetParent().GetContext() != mine {
		t.Errorf("the control, to a parent that is covered: told %v", got)
	}
}

// TestEndOfACredentialEndsWhatItDoes: its waiting request, its open call, and its next request; another credential of the principal goes on.
func TestEndOfACredentialEndsWhatItDoes(t *testing.T) {
	r := open(t)
	r.register()
	a := r.agent("dee", identity.Declared)
	child := a.child(&agentv1.DelegateRequest{})
	b, id := r.issue(identity.Credential{Principal: "dee", Transitions: identity.AllTransitions})
	b.done(b.InvokeStart(b.ctx, &agentv1.InvokeStartRequest{Tool: "s__read-db"}))
	waited := make(chan error, 1)
	go func() {
		_, err := b.Await(b.ctx, &agentv1.AwaitRequest{Child: child})
		waited <- err
	}()
	until(t, "it waits", func() bool { return r.front.Turns.Taken("dee") == 1 })
	if err := r.mediator.RevokeCredential(t.Context(), "dee", id); err != nil {
		t.Fatal(err)
	}
	if err := <-waited; status.Code(err) != codes.Unauthenticated {
		t.Errorf("what waited: %v", err)
	}
	if _, err := b.Snapshot(b.ctx, &agentv1.SnapshotRequest{}); status.Code(err) != codes.Unauthenticated {
		t.Errorf("the next request: %v", err)
	}
	until(t, "the open call is settled as unknown, with its label", func() bool { return a.level("") == "sensitive" })
	a.done(a.Elevate(a.ctx, &agentv1.ElevateRequest{Source: "mailbox"}))
}

func TestExpiredCredentialAndAnotherUsersAreNone(t *testing.T) {
	r := open(t)
	r.agent("dee", identity.Declared)
	us, other := os.Getuid(), os.Getuid()+1
	for name, c := range map[string]struct {
		narrowed identity.Credential
		code     codes.Code
	}{
		"of this user":    {identity.Credential{User: &us}, codes.OK},
		"of another user": {identity.Credential{User: &other}, codes.Unauthenticated},
		"expired":         {identity.Credential{Expires: time.Now().Add(50 * time.Millisecond)}, codes.Unauthenticated},
	} {
		c.narrowed.Principal, c.narrowed.Transitions = "dee", identity.AllTransitions
		b, _ := r.issue(c.narrowed)
		_, err := b.Snapshot(b.ctx, &agentv1.SnapshotRequest{})
		for err == nil && time.Now().Before(c.narrowed.Expires.Add(time.Second)) {
			_, err = b.Snapshot(b.ctx, &agentv1.SnapshotRequest{})
		}
		if status.Code(err) != c.code {
			t.Errorf("%s: %v", name, err)
		}
	}
}
