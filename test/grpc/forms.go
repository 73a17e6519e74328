package main

import (
	"context"
	"fmt"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	agentv1 "argus/proto/argus/agent/v1"
)

// forms are stories of requests that the contract does not have.
func forms() []story {
	return []story{
		{"no request says what the host works out", unknownFields},
		{"a request without meaning is none", badForms},
	}
}

// unknownFields sends what a client would like to say of its own call.
func unknownFields(ctx context.Context, h *house) error {
	a, err := h.principal(ctx)
	if err != nil {
		return err
	}
	before, err := h.calls(recall)
	if err != nil {
		return err
	}
	for number, what := range map[protowire.Number]string{20: "authorized", 21: "label", 22: "sinks", 23: "cost", 24: "agent"} {
		field := protowire.AppendString(protowire.AppendTag(nil, number, protowire.BytesType), what)
		_, err := a.InvokeStart(a.ctx, forged(&agentv1.InvokeStartRequest{Tool: recall}, field))
		if err := h.rejects(err, codes.InvalidArgument); err != nil {
			return fmt.Errorf("a start with %s: %w", what, err)
		}
		stream, err := a.tools.Call(a.ctx, forged(&agentv1.CallRequest{Tool: recall}, field))
		if err == nil {
			_, err = stream.Recv()
		}
		if err := h.rejects(err, codes.InvalidArgument); err != nil {
			return fmt.Errorf("a call with %s: %w", what, err)
		}
	}
	if err := h.reached(recall, before, 0); err != nil {
		return err
	}
	if _, err := a.call("", recall, `{}`); err != nil {
		return fmt.Errorf("without any: %w", err)
	}
	return h.reached(recall, before, 1)
}

func badForms(ctx context.Context, h *house) error {
	a, err := h.principal(ctx)
	if err != nil {
		return err
	}
	begun, err := a.InvokeStart(a.ctx, &agentv1.InvokeStartRequest{Tool: recall})
	if err != nil {
		return err
	}
	invocation := begun.GetEvent().GetStarted().GetInvocation()
	_, err = a.InvokeComplete(a.ctx, &agentv1.InvokeCompleteRequest{Invocation: invocation})
	if err := h.rejects(err, codes.InvalidArgument); err != nil {
		return fmt.Errorf("an unspecified outcome: %w", err)
	}
	_, err = a.InvokeComplete(a.ctx, &agentv1.InvokeCompleteRequest{Invocation: invocation, Outcome: 99})
	if err := h.rejects(err, codes.InvalidArgument); err != nil {
		return fmt.Errorf("an unknown outcome: %w", err)
	}
	_, err = a.Delegate(a.ctx, &agentv1.DelegateRequest{Context: strings.Repeat("c", 64<<10)})
	if err := h.rejects(err, codes.InvalidArgument); err != nil {
		return fmt.Errorf("a long id: %w", err)
	}
	_, err = a.call("", "s__nothing", `{}`)
	if err := h.refuses(err, codes.NotFound, "unknown_tool"); err != nil {
		return err
	}
	challenge, err := a.Challenge(a.ctx, &agentv1.ChallengeRequest{})
	if err != nil {
		return err
	}
	act, err := proto.Marshal(&agentv1.Act{
		Nonce: challenge.GetNonce(), Act: &agentv1.Act_RootRevoke{RootRevoke: &agentv1.RootRevoke{Principal: a.name}},
	})
	if err != nil {
		return err
	}
	_, err = a.ActAsRoot(a.ctx, &agentv1.SignedAct{Act: act, Signature: make([]byte, 64)})
	if err := h.refuses(err, codes.PermissionDenied, "operator"); err != nil {
		return fmt.Errorf("an act that the operator did not sign: %w", err)
	}
	_, err = a.InvokeComplete(a.ctx, &agentv1.InvokeCompleteRequest{Invocation: invocation, Outcome: agentv1.Outcome_OUTCOME_SUCCESS})
	return err
}
