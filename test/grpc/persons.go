package main

import (
	"context"
	"fmt"
	"path/filepath"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	"argus/host/identity"
	agentv1 "argus/proto/argus/agent/v1"
)

// persons are stories of what only a person may do.
func persons() []story {
	return []story{
		{"a person consents to one letter", override},
		{"a person ends and begins contexts", root},
		{"a person's signature is of one act, once", signatures},
		{"a person watches everybody", watchAll},
	}
}

// signed is an act that the operator key of the installation signs, for a nonce of the daemon's.
func (h *house) signed(a agent, act *agentv1.Act) (*agentv1.SignedAct, error) {
	key, err := identity.LoadOperatorKey(filepath.Join(h.Folder, "operator.key"), nil)
	if err != nil {
		return nil, err
	}
	challenge, err := a.Challenge(a.ctx, &agentv1.ChallengeRequest{})
	if err != nil {
		return nil, err
	}
	act.Nonce = challenge.GetNonce()
	text, err := proto.Marshal(act)
	return &agentv1.SignedAct{Act: text, Signature: key.Sign(text)}, err
}

// act is how an act is sent.
type act func(context.Context, *agentv1.SignedAct) (*agentv1.Accepted, error)

// forges sends an act without its signature, which must be refused, and with it.
func (h *house) forges(a agent, what *agentv1.Act, send act) (*agentv1.Accepted, error) {
	done, err := h.signed(a, what)
	if err != nil {
		return nil, err
	}
	_, err = send(a.ctx, &agentv1.SignedAct{Act: done.Act, Signature: make([]byte, 64)})
	if err := h.refuses(err, codes.PermissionDenied, "operator"); err != nil {
		return nil, err
	}
	return send(a.ctx, done)
}

func override(ctx context.Context, h *house) error {
	a, other, err := h.strangers(ctx)
	if err != nil {
		return err
	}
	before, err := h.calls(mail)
	if err != nil {
		return err
	}
	if _, err := a.call("", readDB, `{}`); err != nil {
		return err
	}
	_, denied := a.call("", mail, letter)
	if err := h.refuses(denied, codes.PermissionDenied, "2a"); err != nil {
		return err
	}
	consent := func() *agentv1.Act {
		return &agentv1.Act{Act: &agentv1.Act_GrantOverride{GrantOverride: &agentv1.GrantOverride{Reference: refusalOf(denied).GetReference()}}}
	}
	theirs, err := h.signed(other, consent())
	if err != nil {
		return err
	}
	_, err = other.GrantOverride(other.ctx, theirs)
	if err := h.refuses(err, codes.NotFound, "unknown_reference"); err != nil {
		return fmt.Errorf("a reference of another agent: %w", err)
	}
	done, err := h.forges(a, consent(), func(ctx context.Context, q *agentv1.SignedAct) (*agentv1.Accepted, error) {
		return a.GrantOverride(ctx, q)
	})
	if err != nil {
		return err
	}
	if e := done.GetEvent().GetOverrideArmed(); e.GetUpto().GetLevel() != "sensitive" {
		return fmt.Errorf("armed: %v", e)
	}
	_, err = a.call("", mail, `{"to":"another@mail.example","subject":"news","body":"all is well"}`)
	if err := h.refuses(err, codes.PermissionDenied, "2a"); err != nil {
		return fmt.Errorf("a letter that was not consented to: %w", err)
	}
	if err := h.reached(mail, before, 0); err != nil {
		return err
	}
	if _, err := a.call("", mail, letter); err != nil {
		return fmt.Errorf("the letter that was consented to: %w", err)
	}
	_, err = a.call("", mail, letter)
	if err := h.refuses(err, codes.PermissionDenied, "2a"); err != nil {
		return fmt.Errorf("once more: %w", err)
	}
	return h.reached(mail, before, 1)
}

func root(ctx context.Context, h *house) error {
	a, child, err := h.family(ctx, &agentv1.DelegateRequest{}, "--capability", "ipc")
	if err != nil {
		return err
	}
	asRoot := func(ctx context.Context, q *agentv1.SignedAct) (*agentv1.Accepted, error) { return a.ActAsRoot(ctx, q) }
	_, err = a.call("", erase, `{"repo":"old"}`)
	if err := h.refuses(err, codes.PermissionDenied, "C1"); err != nil {
		return err
	}
	_, err = h.forges(a, &agentv1.Act{Act: &agentv1.Act_RootGrant{RootGrant: &agentv1.RootGrant{
		Principal: a.name, Capability: "filesystem_delete",
	}}}, asRoot)
	if err != nil {
		return err
	}
	if _, err := a.call("", erase, `{"repo":"old"}`); err != nil {
		return fmt.Errorf("with the capability that a person gave: %w", err)
	}
	_, err = h.forges(a, &agentv1.Act{Act: &agentv1.Act_RootRevoke{RootRevoke: &agentv1.RootRevoke{Principal: a.name}}}, asRoot)
	if err != nil {
		return err
	}
	_, err = a.call("", recall, `{}`)
	if err := h.refuses(err, codes.FailedPrecondition, "no_context"); err != nil {
		return err
	}
	_, err = a.call(child, recall, `{}`)
	if err := h.refuses(err, codes.NotFound, "unknown_context"); err != nil {
		return fmt.Errorf("a child of what was ended: %w", err)
	}
	_, err = h.forges(a, &agentv1.Act{Act: &agentv1.Act_RootDelegate{RootDelegate: &agentv1.RootDelegate{Principal: a.name}}}, asRoot)
	if err != nil {
		return err
	}
	_, err = a.call("", recall, `{}`)
	return err
}

// signatures are tried on the registration of a tool. The daemon registers every tool itself, so that the kernel has only refusals for a person
// who comes after it; that the signature was good is told by which.
func signatures(ctx context.Context, h *house) error {
	a, err := h.principal(ctx)
	if err != nil {
		return err
	}
	page, err := a.tools.List(a.ctx, &agentv1.ListRequest{})
	if err != nil {
		return err
	}
	register := func() *agentv1.Act {
		return &agentv1.Act{Act: &agentv1.Act_RegisterTool{RegisterTool: &agentv1.RegisterTool{Tool: page.GetTools()[0].GetId()}}}
	}
	_, err = h.forges(a, register(), func(ctx context.Context, q *agentv1.SignedAct) (*agentv1.Accepted, error) {
		return a.RegisterTool(ctx, q)
	})
	if err := h.refuses(err, codes.FailedPrecondition, "already_registered"); err != nil {
		return fmt.Errorf("with a good signature: %w", err)
	}
	done, err := h.signed(a, register())
	if err != nil {
		return err
	}
	_, err = a.ActAsRoot(a.ctx, done)
	if err := h.rejects(err, codes.InvalidArgument); err != nil {
		return fmt.Errorf("sent to another method: %w", err)
	}
	_, err = a.RegisterTool(a.ctx, done)
	if err := h.refuses(err, codes.PermissionDenied, "operator"); err != nil {
		return fmt.Errorf("with a nonce that was used: %w", err)
	}
	return nil
}

func watchAll(ctx context.Context, h *house) error {
	a, other, err := h.strangers(ctx)
	if err != nil {
		return err
	}
	theirs, err := other.child(&agentv1.DelegateRequest{})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(a.ctx)
	defer cancel()
	watch := func(q *agentv1.AllEventsRequest) (*agentv1.EventsReply, error) {
		q.After, q.Kinds = new(uint64), []agentv1.EventKind{agentv1.EventKind_EVENT_KIND_DELEGATED}
		s, err := a.watch.AllEvents(ctx, q)
		for err == nil {
			m, failed := s.Recv()
			if err = failed; err == nil && m.GetRecorded().GetEvent().GetDelegated().GetChild().GetContext() == theirs {
				return m, nil
			}
		}
		return nil, err
	}
	all := func() *agentv1.Act { return &agentv1.Act{Act: &agentv1.Act_WatchAll{WatchAll: &agentv1.WatchAll{}}} }
	act, err := h.signed(a, all())
	if err != nil {
		return err
	}
	for what, forged := range map[string]*agentv1.SignedAct{"nobody's": nil, "a forged": {Act: act.Act, Signature: make([]byte, 64)}} {
		_, err := watch(&agentv1.AllEventsRequest{Act: forged})
		if err := h.refuses(err, codes.PermissionDenied, "operator"); err != nil {
			return fmt.Errorf("%s signature: %w", what, err)
		}
	}
	if _, err := watch(&agentv1.AllEventsRequest{Act: act}); err != nil {
		return err
	}
	_, err = watch(&agentv1.AllEventsRequest{Act: act})
	if err := h.refuses(err, codes.PermissionDenied, "operator"); err != nil {
		return fmt.Errorf("a signature that was used: %w", err)
	}
	events, err := a.watch.Events(a.ctx, &agentv1.EventsRequest{Contexts: []string{theirs}})
	if err == nil {
		_, err = events.Recv()
	}
	return h.refuses(err, codes.NotFound, "unknown_context")
}
