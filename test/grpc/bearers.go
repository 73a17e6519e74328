package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"google.golang.org/grpc/codes"

	agentv1 "argus/proto/argus/agent/v1"
)

// bearers are stories of who may act as whom.
func bearers() []story {
	return []story{
		{"a token of a subtree acts there alone", subtree},
		{"a token asks only for its transitions", narrow},
		{"nobody acts without a credential", nobody},
		{"an expired token is none", expired},
		{"a revoked token ends with what it does", revoked},
	}
}

func subtree(ctx context.Context, h *house) error {
	a, err := h.principal(ctx)
	if err != nil {
		return err
	}
	mine, err := a.child(&agentv1.DelegateRequest{})
	if err != nil {
		return err
	}
	sibling, err := a.child(&agentv1.DelegateRequest{})
	if err != nil {
		return err
	}
	below, _, err := h.issue(ctx, a.name, "--context", mine)
	if err != nil {
		return err
	}
	before, err := h.calls(recall)
	if err != nil {
		return err
	}
	for _, other := range []string{"", sibling, "ctx_unknown"} {
		_, err := below.call(other, recall, `{}`)
		if err := h.refuses(err, codes.NotFound, "unknown_context"); err != nil {
			return fmt.Errorf("a call as %q: %w", other, err)
		}
		_, err = below.Delegate(below.ctx, &agentv1.DelegateRequest{Context: other})
		if err := h.refuses(err, codes.NotFound, "unknown_context"); err != nil {
			return fmt.Errorf("a child of %q: %w", other, err)
		}
	}
	if err := h.reached(recall, before, 0); err != nil {
		return err
	}
	grandchild, err := below.child(&agentv1.DelegateRequest{Context: mine})
	if err != nil {
		return err
	}
	if _, err := below.call(grandchild, recall, `{}`); err != nil {
		return fmt.Errorf("below its own context: %w", err)
	}
	return h.reached(recall, before, 1)
}

func narrow(ctx context.Context, h *house) error {
	a, err := h.principal(ctx)
	if err != nil {
		return err
	}
	caller, _, err := h.issue(ctx, a.name, "--only", "invoke_start")
	if err != nil {
		return err
	}
	return h.onlyCalls(caller)
}

// onlyCalls demands that a credential makes a call of recall and has no children.
func (h *house) onlyCalls(a agent) error {
	if _, err := a.call("", recall, `{}`); err != nil {
		return fmt.Errorf("what it may ask for: %w", err)
	}
	_, err := a.Delegate(a.ctx, &agentv1.DelegateRequest{})
	return h.refuses(err, codes.PermissionDenied, "credential")
}

// turnedAway tries each service with a credential that is none.
func (h *house) turnedAway(a agent) error {
	_, err := a.Delegate(a.ctx, &agentv1.DelegateRequest{})
	if err := h.rejects(err, codes.Unauthenticated); err != nil {
		return err
	}
	_, err = a.call("", recall, `{}`)
	if err := h.rejects(err, codes.Unauthenticated); err != nil {
		return err
	}
	events, err := a.watch.Events(a.ctx, &agentv1.EventsRequest{})
	if err == nil {
		_, err = events.Recv()
	}
	return h.rejects(err, codes.Unauthenticated)
}

func nobody(ctx context.Context, h *house) error {
	before, err := h.calls(recall)
	if err != nil {
		return err
	}
	for _, token := range []string{"", "argus_unknown"} {
		if err := h.turnedAway(h.as(ctx, "", token)); err != nil {
			return fmt.Errorf("with the token %q: %w", token, err)
		}
	}
	return h.reached(recall, before, 0)
}

func expired(ctx context.Context, h *house) error {
	a, err := h.principal(ctx)
	if err != nil {
		return err
	}
	short, _, err := h.issue(ctx, a.name, "--expires", "3s")
	if err != nil {
		return err
	}
	if _, err := short.call("", recall, `{}`); err != nil {
		return fmt.Errorf("before it expired: %w", err)
	}
	select {
	case <-time.After(3 * time.Second):
	case <-ctx.Done():
		return ctx.Err()
	}
	return h.outlived(a, short)
}

// outlived demands that one credential is none any more, and another of the same principal is.
func (h *house) outlived(a, gone agent) error {
	if err := h.turnedAway(gone); err != nil {
		return err
	}
	_, err := a.call("", recall, `{}`)
	return err
}

func revoked(ctx context.Context, h *house) error {
	a, err := h.principal(ctx)
	if err != nil {
		return err
	}
	other, id, err := h.issue(ctx, a.name)
	if err != nil {
		return err
	}
	ended, err := other.running(&agentv1.CallRequest{Tool: recall})
	if err != nil {
		return err
	}
	if err := h.Tell(ctx, "agent", "revoke", a.name, "--credential", id); err != nil {
		return err
	}
	if err := h.rejects(<-ended, codes.Unauthenticated); err != nil {
		return fmt.Errorf("its open call: %w", err)
	}
	return h.outlived(a, other)
}

// restart ends the daemon and serves it again: what was revoked stays so, and what was done is not done twice.
func restart() []story {
	return []story{{"a restart forgets neither a revocation nor a key", restarted}}
}

func restarted(ctx context.Context, h *house) error {
	a, err := h.principal(ctx)
	if err != nil {
		return err
	}
	other, id, err := h.issue(ctx, a.name)
	if err != nil {
		return err
	}
	first, err := a.Delegate(a.ctx, &agentv1.DelegateRequest{IdempotencyKey: "birth"})
	if err != nil {
		return err
	}
	call := &agentv1.CallRequest{Tool: recall, IdempotencyKey: "call"}
	if _, err := a.result(call); err != nil {
		return err
	}
	if err := h.Tell(ctx, "agent", "revoke", a.name, "--credential", id); err != nil {
		return err
	}
	if err := errors.Join(h.stop(), h.serve()); err != nil {
		return err
	}
	if err := h.turnedAway(h.as(ctx, other.name, other.token)); err != nil {
		return err
	}
	a = h.as(ctx, a.name, a.token)
	if err := h.answeredAlike(a, first, "birth"); err != nil {
		return err
	}
	return h.repeated(a, call)
}
