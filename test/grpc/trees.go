package main

import (
	"context"
	"errors"
	"fmt"

	"google.golang.org/grpc/codes"

	agentv1 "argus/proto/argus/agent/v1"
)

// trees are stories of parents and children.
func trees() []story {
	return []story{
		{"the pages of a snapshot show one moment", snapshot},
		{"an orphan is ended, and no other", orphan},
		{"a second prompt brings what the parent has met", followUp},
	}
}

// shown is every agent of a snapshot, with what happens between its pages.
func (a agent) shown(size uint32, between func() error) (all []*agentv1.AgentState, sequence uint64, err error) {
	q := &agentv1.SnapshotRequest{PageSize: size}
	for {
		page, err := a.Snapshot(a.ctx, q)
		switch {
		case err != nil:
			return nil, 0, err
		case sequence != 0 && page.GetSequence() != sequence:
			return nil, 0, fmt.Errorf("the pages are of the moments %d and %d", sequence, page.GetSequence())
		}
		all, sequence, q.PageToken = append(all, page.GetAgents()...), page.GetSequence(), page.GetNextPageToken()
		if q.PageToken == "" {
			return all, sequence, nil
		}
		if err := between(); err != nil {
			return nil, 0, err
		}
	}
}

func nothing() error { return nil }

// met is the level of what a context has met.
func (a agent) met(context string) (string, error) {
	all, _, err := a.shown(0, nothing)
	for _, one := range all {
		if one.GetAgent().GetContext() == context {
			return one.GetExposure().GetLevel(), nil
		}
	}
	return "", errors.Join(err, fmt.Errorf("%s is not shown the context %q", a.name, context))
}

func (a agent) wantMet(context, level string) error {
	got, err := a.met(context)
	if err == nil && got != level {
		err = fmt.Errorf("the context %q has met what is %s, not %s", context, got, level)
	}
	return err
}

func snapshot(ctx context.Context, h *house) error {
	a, other, err := h.strangers(ctx)
	if err != nil {
		return err
	}
	for range 4 {
		if _, err := a.child(&agentv1.DelegateRequest{}); err != nil {
			return err
		}
	}
	first, err := a.Snapshot(a.ctx, &agentv1.SnapshotRequest{PageSize: 2})
	if err != nil {
		return err
	}
	for who, token := range map[agent]string{other: first.GetNextPageToken(), a: first.GetNextPageToken() + "9"} {
		_, err := who.Snapshot(who.ctx, &agentv1.SnapshotRequest{PageToken: token})
		if err := h.rejects(err, codes.InvalidArgument); err != nil {
			return err
		}
	}
	all, before, err := a.shown(2, func() error {
		if _, err := a.child(&agentv1.DelegateRequest{}); err != nil {
			return err
		}
		_, err := a.Elevate(a.ctx, &agentv1.ElevateRequest{Source: "mailbox"})
		return err
	})
	if err != nil {
		return err
	}
	if len(all) != 5 || all[0].GetExposure().GetLevel() != "public" {
		return fmt.Errorf("a later moment is shown: %v", all)
	}
	all, after, err := a.shown(2, nothing)
	if err == nil && (len(all) != 7 || after <= before || all[0].GetExposure().GetLevel() != "sensitive") {
		err = fmt.Errorf("what came later is not shown: %v", all)
	}
	return err
}

// orphan has a person give the principal a clean context, which leaves the children of the old one to themselves.
func orphan(ctx context.Context, h *house) error {
	a, other, err := h.strangers(ctx)
	if err != nil {
		return err
	}
	child, err := a.child(&agentv1.DelegateRequest{})
	if err != nil {
		return err
	}
	end := &agentv1.CascadeRevokeRequest{Context: child}
	_, err = a.CascadeRevoke(a.ctx, end)
	if err := h.refuses(err, codes.FailedPrecondition, "parent_active"); err != nil {
		return err
	}
	if err := h.Tell(ctx, "agent", "fresh", a.name); err != nil {
		return err
	}
	_, err = a.call(child, recall, `{}`)
	if err := h.refuses(err, codes.FailedPrecondition, "not_acting"); err != nil {
		return fmt.Errorf("an orphan called: %w", err)
	}
	_, err = other.CascadeRevoke(other.ctx, end)
	if err := h.refuses(err, codes.NotFound, "unknown_context"); err != nil {
		return err
	}
	done, err := a.CascadeRevoke(a.ctx, end)
	if err != nil {
		return err
	}
	if e := done.GetEvent().GetRevoked(); !e.GetCascaded() {
		return fmt.Errorf("ended: %v", e)
	}
	_, err = a.CascadeRevoke(a.ctx, end)
	return h.refuses(err, codes.NotFound, "unknown_context")
}

func followUp(ctx context.Context, h *house) error {
	a, child, err := h.family(ctx, &agentv1.DelegateRequest{})
	if err != nil {
		return err
	}
	if _, err := a.call("", readDB, `{}`); err != nil {
		return err
	}
	if err := a.wantMet(child, "public"); err != nil {
		return err
	}
	_, err = a.FollowUp(a.ctx, &agentv1.FollowUpRequest{Context: child, Child: child})
	if err := h.refuses(err, codes.NotFound, "unknown_context"); err != nil {
		return err
	}
	done, err := a.FollowUp(a.ctx, &agentv1.FollowUpRequest{Child: child})
	if err != nil {
		return err
	}
	if e := done.GetEvent().GetElevated(); !e.GetFollowUp() || e.GetExposure().GetLevel() != "sensitive" {
		return fmt.Errorf("elevated: %v", e)
	}
	if err := a.wantMet(child, "sensitive"); err != nil {
		return err
	}
	_, err = a.EgressCheck(a.ctx, &agentv1.EgressCheckRequest{Context: child, Upstream: "vendor", Content: []byte("a prompt")})
	return h.refuses(err, codes.PermissionDenied, "egress")
}
