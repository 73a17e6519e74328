package grpc

import (
	"context"
	"errors"

	"google.golang.org/protobuf/proto"

	"argus/host/mediate"
	"argus/host/refusals"
	"argus/kernel"
	agentv1 "argus/proto/argus/agent/v1"
)

// Challenge gives the nonce of the next act.
func (k kernelService) Challenge(ctx context.Context, _ *agentv1.ChallengeRequest) (*agentv1.ChallengeReply, error) {
	return &agentv1.ChallengeReply{Nonce: k.Gate.Challenge(principalOf(ctx).Name)}, nil
}

var errOtherAct = invalid("act", errors.New("the act is not the one that this method does"))

// RegisterTool lets a tool be called.
func (k kernelService) RegisterTool(ctx context.Context, q *agentv1.SignedAct) (*agentv1.Accepted, error) {
	return k.person(ctx, q, func(act *agentv1.Act, who mediate.Caller) (mediate.Step, error) {
		if act.GetRegisterTool() == nil {
			return mediate.Step{}, errOtherAct
		}
		return k.Mediator.Register(ctx, who, kernel.ToolID(act.GetRegisterTool().GetTool()))
	})
}

// GrantOverride arms a crossing.
func (k kernelService) GrantOverride(ctx context.Context, q *agentv1.SignedAct) (*agentv1.Accepted, error) {
	return k.person(ctx, q, func(act *agentv1.Act, who mediate.Caller) (mediate.Step, error) {
		if act.GetGrantOverride() == nil {
			return mediate.Step{}, errOtherAct
		}
		return k.Mediator.Override(ctx, who, refusals.Reference(act.GetGrantOverride().GetReference()))
	})
}

// ActAsRoot does one of root's acts.
func (k kernelService) ActAsRoot(ctx context.Context, q *agentv1.SignedAct) (*agentv1.Accepted, error) {
	return k.person(ctx, q, func(act *agentv1.Act, who mediate.Caller) (mediate.Step, error) {
		switch {
		case act.GetRootDelegate() != nil:
			return k.Mediator.Birth(ctx, who, act.GetRootDelegate().GetPrincipal())
		case act.GetRootRevoke() != nil:
			return k.Mediator.End(ctx, who, act.GetRootRevoke().GetPrincipal())
		case act.GetRootGrant() != nil:
			g := act.GetRootGrant()
			return k.Mediator.Widen(ctx, who, g.GetPrincipal(), kernel.Capability(g.GetCapability()))
		}
		return mediate.Step{}, errOtherAct
	})
}

// person does what signed bytes say, if the operator key signed exactly them for a nonce of this daemon's. The same request again is answered
// as before, though its nonce is used: nothing happens then.
func (k kernelService) person(ctx context.Context, q *agentv1.SignedAct, do func(*agentv1.Act, mediate.Caller) (mediate.Step, error)) (*agentv1.Accepted, error) {
	request, err := requestOf(ctx, q)
	if err != nil {
		return nil, err
	}
	who := mediate.Caller{Principal: principalOf(ctx).Name, Request: request}
	step, err := k.Mediator.Once(ctx, who, func() (mediate.Step, error) {
		act, err := k.signed(ctx, q)
		if err != nil {
			return mediate.Step{}, err
		}
		return do(act, who)
	})
	a, _, err := k.answer(ctx, step, err)
	return a, err
}

// signed is the act of signed bytes, if the operator key signed exactly them for a nonce of this daemon's, which the same principal asked for.
func (f *Front) signed(ctx context.Context, q *agentv1.SignedAct) (*agentv1.Act, error) {
	act := &agentv1.Act{}
	if err := proto.Unmarshal(q.GetAct(), act); err != nil {
		return nil, invalid("act", errors.New("the act cannot be read"))
	}
	if err := checkMessage(act); err != nil {
		return nil, err
	}
	if err := f.Gate.Admit(q.GetAct(), q.GetSignature(), act.GetNonce(), principalOf(ctx).Name); err != nil {
		return nil, refused(&mediate.Refusal{
			Rule: ruleSigned, Sentence: "The act is not signed by the operator key, or its challenge is not open.",
		})
	}
	return act, nil
}
