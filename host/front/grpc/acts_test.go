package grpc

import (
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"argus/host/identity"
	agentv1 "argus/proto/argus/agent/v1"
	operatorv1 "argus/proto/argus/operator/v1"
)

func registers(tool string) *agentv1.Act {
	return &agentv1.Act{Act: &agentv1.Act_RegisterTool{RegisterTool: &agentv1.RegisterTool{Tool: tool}}}
}

// TestActsNeedTheOperatorsSignatureOverTheirBytes: a bearer token is not enough, and neither is a signature of another act, another key or a
// nonce that was used.
func TestActsNeedTheOperatorsSignatureOverTheirBytes(t *testing.T) {
	r := open(t)
	a := r.agent("dee", identity.Declared)
	tools := r.mediator.Inventory().Spec.Tools
	good := a.signed(registers(string(tools[0].ID)))
	strange, err := identity.NewOperatorKey()
	if err != nil {
		t.Fatal(err)
	}
	other := a.signed(registers(string(tools[1].ID)))
	never, err := proto.Marshal(&agentv1.Act{Nonce: make([]byte, 32), Act: registers(string(tools[0].ID)).Act})
	if err != nil {
		t.Fatal(err)
	}
	for name, forged := range map[string]*agentv1.SignedAct{
		"no signature":        {Act: good.Act},
		"another key's":       {Act: good.Act, Signature: strange.Sign(good.Act)},
		"another act's":       {Act: good.Act, Signature: other.Signature},
		"a nonce of its own":  {Act: never, Signature: r.key.Sign(never)},
		"bytes after the act": {Act: append(append([]byte{}, good.Act...), 0x0a, 0), Signature: good.Signature},
	} {
		if _, err := a.RegisterTool(a.ctx, forged); status.Code(err) != codes.PermissionDenied {
			t.Errorf("%s: %v", name, err)
		}
	}
	a.done(a.RegisterTool(a.ctx, good))
	_, err = a.RegisterTool(a.ctx, good)
	a.refusedBy(err, codes.PermissionDenied, ruleSigned)
	_, err = a.RegisterTool(a.ctx, a.signed(registers(string(tools[0].ID))))
	a.refusedBy(err, codes.FailedPrecondition, "already_registered")
	_, err = a.RegisterTool(a.ctx, a.signed(registers("s/read-db@sha256:00")))
	a.refusedBy(err, codes.NotFound, "unknown_tool")
}

// TestActOfOneMethodIsNoneOfAnother, and one that was signed for the operator's own door is none at all.
func TestActOfOneMethodIsNoneOfAnother(t *testing.T) {
	r := open(t)
	a := r.agent("dee", identity.Declared)
	root := func() *agentv1.Act {
		return &agentv1.Act{Act: &agentv1.Act_RootRevoke{RootRevoke: &agentv1.RootRevoke{Principal: "dee"}}}
	}
	if _, err := a.RegisterTool(a.ctx, a.signed(root())); status.Code(err) != codes.InvalidArgument {
		t.Errorf("%v", err)
	}
	if _, err := a.ActAsRoot(a.ctx, a.signed(registers("t"))); status.Code(err) != codes.InvalidArgument {
		t.Errorf("%v", err)
	}
	c, err := a.Challenge(a.ctx, &agentv1.ChallengeRequest{})
	if err != nil {
		t.Fatal(err)
	}
	text, err := proto.Marshal(&operatorv1.Action{Nonce: c.GetNonce(), Act: &operatorv1.Action_AgentFresh{AgentFresh: &operatorv1.AgentFresh{Name: "dee"}}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.ActAsRoot(a.ctx, &agentv1.SignedAct{Act: text, Signature: r.key.Sign(text)}); status.Code(err) != codes.InvalidArgument {
		t.Errorf("an action of the operator's door: %v", err)
	}
	ours, err := proto.Marshal(root())
	if err != nil {
		t.Fatal(err)
	}
	var theirs operatorv1.Action
	if err := proto.Unmarshal(ours, &theirs); err != nil || theirs.GetAct() != nil {
		t.Errorf("the operator's door reads an act of this one as %v, %v", &theirs, err)
	}
	a.done(a.ActAsRoot(a.ctx, a.signed(root())))
}

func TestRootsActsEndBearAndWiden(t *testing.T) {
	r := open(t)
	a := r.agent("dee", identity.Declared)
	a.done(a.Elevate(a.ctx, &agentv1.ElevateRequest{Source: "mailbox"}))
	a.done(a.ActAsRoot(a.ctx, a.signed(&agentv1.Act{Act: &agentv1.Act_RootRevoke{RootRevoke: &agentv1.RootRevoke{Principal: "dee"}}})))
	_, err := a.Delegate(a.ctx, &agentv1.DelegateRequest{})
	a.refusedBy(err, codes.FailedPrecondition, ruleNoAgent)
	bear := a.signed(&agentv1.Act{Act: &agentv1.Act_RootDelegate{RootDelegate: &agentv1.RootDelegate{Principal: "dee"}}})
	bear.IdempotencyKey = "bear"
	first := a.done(a.ActAsRoot(a.ctx, bear))
	if again := a.done(a.ActAsRoot(a.ctx, bear)); again.GetSequence() != first.GetSequence() {
		t.Error("it happened twice")
	}
	if x := a.level(""); x != "public" {
		t.Errorf("the fresh context has met %s", x)
	}
	a.done(a.ActAsRoot(a.ctx, a.signed(&agentv1.Act{Act: &agentv1.Act_RootGrant{RootGrant: &agentv1.RootGrant{Principal: "dee", Capability: "ipc"}}})))
}

// TestOverrideOverGRPC: the reference of the refusal is all that is said.
func TestOverrideTakesEverythingFromTheRefusal(t *testing.T) {
	r := open(t)
	r.register()
	a, other := r.agent("dee", identity.Declared), r.agent("eve", identity.Declared)
	a.done(a.Elevate(a.ctx, &agentv1.ElevateRequest{Source: "mailbox"}))
	send := &agentv1.InvokeStartRequest{Tool: "s__send", Arguments: []byte(`{"n":1}`)}
	_, err := a.InvokeStart(a.ctx, send)
	ref := a.refusedBy(err, codes.PermissionDenied, "2a").GetReference()
	consent := func() *agentv1.Act {
		return &agentv1.Act{Act: &agentv1.Act_GrantOverride{GrantOverride: &agentv1.GrantOverride{Reference: ref}}}
	}
	_, err = other.GrantOverride(other.ctx, other.signed(consent()))
	other.refusedBy(err, codes.NotFound, "unknown_reference")
	e := a.done(a.GrantOverride(a.ctx, a.signed(consent()))).GetEvent().GetOverrideArmed()
	if e.GetUpto().GetLevel() != "sensitive" || e.GetArgumentsDigest() == "" {
		t.Errorf("armed: %v", e)
	}
	_, err = a.InvokeStart(a.ctx, &agentv1.InvokeStartRequest{Tool: "s__send", Arguments: []byte(`{"n":2}`)})
	a.refusedBy(err, codes.PermissionDenied, "2a")
	if s := a.done(a.InvokeStart(a.ctx, send)).GetEvent().GetStarted(); !s.GetApproved() {
		t.Errorf("started: %v", s)
	}
}

// TestAgentsThatAskForNoncesKeepNobodyFromActing: neither the operator at the door of its own, nor who acts through another principal.
func TestAgentsThatAskForNoncesKeepNobodyFromActing(t *testing.T) {
	r := open(t)
	a, other := r.agent("dee", identity.Declared), r.agent("eve", identity.Declared)
	tools := r.mediator.Inventory().Spec.Tools
	operators, theirs := r.front.Gate.Challenge(identity.Operator), other.signed(registers(string(tools[0].ID)))
	for range 2000 {
		if _, err := a.Challenge(a.ctx, &agentv1.ChallengeRequest{}); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.front.Gate.Admit([]byte("end dee"), r.key.Sign([]byte("end dee")), operators, identity.Operator); err != nil {
		t.Errorf("the operator: %v", err)
	}
	_, err := a.RegisterTool(a.ctx, theirs)
	a.refusedBy(err, codes.PermissionDenied, ruleSigned) // the nonce was not given to this principal
	other.done(other.RegisterTool(other.ctx, theirs))
}
