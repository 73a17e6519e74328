package operator

import (
	"context"
	"errors"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"argus/host/identity"
	"argus/kernel"
	operatorv1 "argus/proto/argus/operator/v1"
)

// Act does what the signed bytes say, if the operator key signed them for a nonce that this daemon gave.
func (d *Door) Act(ctx context.Context, signed *operatorv1.SignedAction) (*operatorv1.ActReply, error) {
	var action operatorv1.Action
	if err := proto.Unmarshal(signed.GetAction(), &action); err != nil {
		return nil, invalid("act", errors.New("the action cannot be read"))
	}
	if err := d.Gate.Admit(signed.GetAction(), signed.GetSignature(), action.GetNonce(), identity.Operator); err != nil {
		return nil, status.Error(codes.PermissionDenied, err.Error())
	}
	switch act := action.GetAct().(type) {
	case *operatorv1.Action_AgentNew:
		return d.newAgent(ctx, act.AgentNew)
	case *operatorv1.Action_AgentFresh:
		agent, err := d.Mediator.Fresh(ctx, act.AgentFresh.GetName())
		return &operatorv1.ActReply{Agent: string(agent), Url: d.Daemon.URL()}, err
	case *operatorv1.Action_AgentToken:
		return d.newCredential(ctx, act.AgentToken)
	case *operatorv1.Action_AgentRevoke:
		return &operatorv1.ActReply{}, d.revoke(ctx, act.AgentRevoke)
	case *operatorv1.Action_PinServer:
		return d.Daemon.Pin(ctx, act.PinServer.GetServer(), shownIn(act.PinServer))
	}
	return nil, invalid("act", errors.New("the action says nothing that this daemon knows"))
}

func (d *Door) newAgent(ctx context.Context, q *operatorv1.AgentNew) (*operatorv1.ActReply, error) {
	p := identity.Principal{Name: q.GetName(), Mode: identity.Mode(q.GetContext()), Bits: q.GetBits()}
	if p.Mode == "" {
		p.Mode = identity.Sticky
	}
	for _, k := range q.GetCapabilities() {
		p.Capabilities = append(p.Capabilities, kernel.Capability(k))
	}
	token, agent, err := d.Mediator.NewAgent(ctx, p)
	if err != nil {
		return nil, err
	}
	return &operatorv1.ActReply{Agent: string(agent), Token: string(token), Url: d.Daemon.URL()}, nil
}
