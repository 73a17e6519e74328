package main

import (
	"context"
	"errors"
	"fmt"

	"google.golang.org/grpc/codes"

	agentv1 "argus/proto/argus/agent/v1"
)

const letter = `{"to":"someone@mail.example","subject":"news","body":"all is well"}`

const rating = `{"type":"object","properties":{"rating":{"enum":["good","bad"]}},"required":["rating"],"additionalProperties":false}`

// flows are of what an agent has met, and of what it may do.
func flows() []story {
	return []story{
		{"who has read the secret sends no letter", secretThenLetter},
		{"a child does only what it was given", capability},
		{"a child tells its parent what the schema bounds", bounded},
		{"a tool that the client runs", ownRun},
		{"content goes to a model only while it may", egress},
		{"a key is good for one content", keyed},
	}
}

func secretThenLetter(ctx context.Context, h *house) error {
	a, err := h.principal(ctx)
	if err != nil {
		return err
	}
	before, err := h.calls(mail)
	if err != nil {
		return err
	}
	if _, err := a.call("", mail, letter); err != nil {
		return fmt.Errorf("a letter before: %w", err)
	}
	if _, err := a.call("", readDB, `{}`); err != nil {
		return err
	}
	said, err := a.tools.Explain(a.ctx, &agentv1.ExplainRequest{Tool: mail, Arguments: []byte(letter)})
	if err != nil {
		return err
	}
	if said.GetAllowed() || said.GetRefusal().GetRule() != "2a" || said.GetRefusal().GetReference() != "" {
		return fmt.Errorf("explained: %v", said)
	}
	_, err = a.call("", mail, letter)
	if err := h.refuses(err, codes.PermissionDenied, "2a"); err != nil {
		return err
	}
	_, err = a.InvokeStart(a.ctx, &agentv1.InvokeStartRequest{Tool: mail, Arguments: []byte(letter)})
	if err := h.refuses(err, codes.PermissionDenied, "2a"); err != nil {
		return err
	}
	return h.reached(mail, before, 1)
}

func capability(ctx context.Context, h *house) error {
	const which = `{"repo":"old"}`
	a, child, err := h.family(ctx, &agentv1.DelegateRequest{})
	if err != nil {
		return err
	}
	before, err := h.calls(erase)
	if err != nil {
		return err
	}
	_, err = a.call(child, erase, which)
	if err := h.refuses(err, codes.PermissionDenied, "C1"); err != nil {
		return err
	}
	_, err = a.Delegate(a.ctx, &agentv1.DelegateRequest{Context: child, Capabilities: []string{"filesystem_delete"}})
	if err := h.refuses(err, codes.PermissionDenied, "not_held"); err != nil {
		return err
	}
	if err := h.reached(erase, before, 0); err != nil {
		return err
	}
	if _, err := a.GrantCapability(a.ctx, &agentv1.GrantCapabilityRequest{Child: child, Capability: "filesystem_delete"}); err != nil {
		return err
	}
	if _, err := a.call(child, erase, which); err != nil {
		return fmt.Errorf("with the capability: %w", err)
	}
	return h.reached(erase, before, 1)
}

func bounded(ctx context.Context, h *house) error {
	a, child, err := h.family(ctx, &agentv1.DelegateRequest{Bits: 2, Returns: []byte(rating)})
	if err != nil {
		return err
	}
	if _, err := a.call(child, readDB, `{}`); err != nil {
		return err
	}
	_, err = a.ReturnEndorsed(a.ctx, &agentv1.ReturnRequest{Context: child, Value: []byte(`{"rating":"the customers"}`)})
	if err := h.refuses(err, codes.FailedPrecondition, "return"); err != nil {
		return err
	}
	good := &agentv1.ReturnRequest{Context: child, Value: []byte(`{"rating":"good"}`)}
	done, err := a.ReturnEndorsed(a.ctx, good)
	if err != nil {
		return err
	}
	if r := done.GetEvent().GetReturned(); r.GetSpent() != 2 || r.GetExposure().GetLevel() != "public" {
		return fmt.Errorf("returned: %v", r)
	}
	_, err = a.ReturnEndorsed(a.ctx, good)
	if err := h.refuses(err, codes.FailedPrecondition, "bits"); err != nil {
		return err
	}
	got, err := a.Await(a.ctx, &agentv1.AwaitRequest{Child: child})
	if err == nil && string(got.GetValue()) != `{"rating":"good"}` {
		err = fmt.Errorf("awaited %s", got.GetValue())
	}
	return err
}

func ownRun(ctx context.Context, h *house) error {
	a, err := h.principal(ctx)
	if err != nil {
		return err
	}
	before, err := h.calls(rate)
	if err != nil {
		return err
	}
	for _, c := range []struct {
		result string
		spends bool
	}{{`{"rating":"good"}`, true}, {`{"rating":"the customers"}`, false}} {
		begun, err := a.InvokeStart(a.ctx, &agentv1.InvokeStartRequest{Tool: rate, Arguments: []byte(`{"query":"tea"}`)})
		if err != nil {
			return err
		}
		q := &agentv1.InvokeCompleteRequest{
			Invocation: begun.GetEvent().GetStarted().GetInvocation(), Outcome: agentv1.Outcome_OUTCOME_SUCCESS, Result: []byte(c.result),
		}
		done, err := a.InvokeComplete(a.ctx, q)
		if err != nil {
			return err
		}
		if e := done.GetEvent().GetCompleted(); e.GetDeclassified() != c.spends || (e.GetExposure().GetLevel() == "public") != c.spends {
			return fmt.Errorf("completed with %s: %v", c.result, e)
		}
		_, err = a.InvokeComplete(a.ctx, q)
		if err := h.refuses(err, codes.NotFound, "not_in_flight"); err != nil {
			return err
		}
	}
	return h.reached(rate, before, 0)
}

func egress(ctx context.Context, h *house) error {
	a, err := h.principal(ctx)
	if err != nil {
		return err
	}
	q := &agentv1.EgressCheckRequest{Upstream: "vendor", Content: []byte("a prompt")}
	if _, err := a.EgressCheck(a.ctx, q); err != nil {
		return fmt.Errorf("before the mailbox: %w", err)
	}
	_, err = a.Elevate(a.ctx, &agentv1.ElevateRequest{Source: "nowhere"})
	if err := h.refuses(err, codes.NotFound, "unknown_source"); err != nil {
		return err
	}
	if _, err := a.Elevate(a.ctx, &agentv1.ElevateRequest{Source: "mailbox"}); err != nil {
		return err
	}
	_, err = a.EgressCheck(a.ctx, q)
	return h.refuses(err, codes.PermissionDenied, "egress")
}

func keyed(ctx context.Context, h *house) error {
	a, err := h.principal(ctx)
	if err != nil {
		return err
	}
	first, err := a.Delegate(a.ctx, &agentv1.DelegateRequest{IdempotencyKey: "first"})
	if err != nil {
		return err
	}
	return h.answeredAlike(a, first, "first")
}

// answeredAlike asks for a birth again that was asked for under a key, and for another under that key.
func (h *house) answeredAlike(a agent, first *agentv1.Accepted, key string) error {
	again, err := a.Delegate(a.ctx, &agentv1.DelegateRequest{IdempotencyKey: key})
	if err != nil {
		return err
	}
	if first.GetSequence() != again.GetSequence() {
		return errors.New("the same request was done twice")
	}
	_, err = a.Delegate(a.ctx, &agentv1.DelegateRequest{IdempotencyKey: key, Bits: 1})
	return h.refuses(err, codes.FailedPrecondition, "idempotency_key")
}
