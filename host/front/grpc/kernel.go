package grpc

import (
	"context"
	"errors"

	"argus/host/fault"
	"argus/host/identity"
	"argus/host/mediate"
	"argus/internal/ijson"
	"argus/kernel"
	agentv1 "argus/proto/argus/agent/v1"
)

// kernelService serves the transitions.
type kernelService struct {
	agentv1.UnimplementedKernelServer
	*Front
}

// answer says what became of a step.
func (k kernelService) answer(ctx context.Context, step mediate.Step, err error) (*agentv1.Accepted, mediate.Step, error) {
	switch {
	case err != nil:
		return nil, step, err
	case step.Refusal != nil:
		return nil, step, refused(step.Refusal)
	}
	return &agentv1.Accepted{Event: names(k.Mediator.NamesFor(grantOf(ctx))).event(step.Event), Sequence: step.Sequence}, step, nil
}

// ask runs one transition of the context that the request names.
func (k kernelService) ask(ctx context.Context, q interface {
	keyed
	GetContext() string
}, do func(mediate.Caller) (mediate.Step, error)) (*agentv1.Accepted, mediate.Step, error) {
	who, err := k.bind(ctx, q.GetContext())
	if err != nil {
		return nil, mediate.Step{}, err
	}
	if who.Request, err = requestOf(ctx, q); err != nil {
		return nil, mediate.Step{}, err
	}
	step, err := do(who)
	return k.answer(ctx, step, err)
}

// Delegate gives birth to a context. Only a client that is trusted to keep contexts apart may have more than one.
func (k kernelService) Delegate(ctx context.Context, q *agentv1.DelegateRequest) (*agentv1.Accepted, error) {
	if principalOf(ctx).Mode != identity.Declared {
		return nil, refused(&mediate.Refusal{Rule: ruleSticky, Sentence: "This agent's contexts are sticky: a person makes them."})
	}
	birth := mediate.Birth{Bits: q.GetBits()}
	for _, c := range q.GetCapabilities() {
		birth.Capabilities = append(birth.Capabilities, kernel.Capability(c))
	}
	var err error
	if birth.Returns, err = value("returns", q.GetReturns()); err != nil {
		return nil, err
	}
	a, _, err := k.ask(ctx, q, func(who mediate.Caller) (mediate.Step, error) {
		_, step, err := k.Mediator.Delegate(ctx, who, birth)
		return step, err
	})
	return a, err
}

// Revoke ends a child.
func (k kernelService) Revoke(ctx context.Context, q *agentv1.RevokeRequest) (*agentv1.Accepted, error) {
	a, _, err := k.ask(ctx, q, func(who mediate.Caller) (mediate.Step, error) {
		return k.Mediator.Revoke(ctx, who, identity.ContextID(q.GetChild()))
	})
	return a, err
}

// CascadeRevoke ends an orphan.
func (k kernelService) CascadeRevoke(ctx context.Context, q *agentv1.CascadeRevokeRequest) (*agentv1.Accepted, error) {
	if q.GetContext() == "" {
		return nil, errNoContext
	}
	a, _, err := k.ask(ctx, q, func(who mediate.Caller) (mediate.Step, error) { return k.Mediator.Cascade(ctx, who) })
	return a, err
}

// InvokeStart asks for a call that the client runs.
func (k kernelService) InvokeStart(ctx context.Context, q *agentv1.InvokeStartRequest) (*agentv1.Accepted, error) {
	arguments, err := object(q.GetArguments())
	if err != nil {
		return nil, err
	}
	a, _, err := k.ask(ctx, q, func(who mediate.Caller) (mediate.Step, error) {
		return k.Mediator.Start(ctx, who, q.GetTool(), arguments)
	})
	return a, err
}

// InvokeComplete settles such a call.
func (k kernelService) InvokeComplete(ctx context.Context, q *agentv1.InvokeCompleteRequest) (*agentv1.Accepted, error) {
	result, err := value("result", q.GetResult())
	if err != nil {
		return nil, err
	}
	a, step, err := k.ask(ctx, q, func(who mediate.Caller) (mediate.Step, error) {
		return k.Mediator.Complete(ctx, who, kernel.InvocationID(q.GetInvocation()), endings[q.GetOutcome()], result)
	})
	if err != nil {
		return nil, err
	}
	a.GetEvent().GetCompleted().Value, err = k.Mediator.Deliverable(step, result)
	return a, err
}

// ReturnEndorsed hands a bounded value to the parent.
func (k kernelService) ReturnEndorsed(ctx context.Context, q *agentv1.ReturnRequest) (*agentv1.Accepted, error) {
	return k.handBack(ctx, q, false)
}

// ReturnUnendorsed hands a free value to the parent.
func (k kernelService) ReturnUnendorsed(ctx context.Context, q *agentv1.ReturnRequest) (*agentv1.Accepted, error) {
	return k.handBack(ctx, q, true)
}

func (k kernelService) handBack(ctx context.Context, q *agentv1.ReturnRequest, free bool) (*agentv1.Accepted, error) {
	if q.GetContext() == "" {
		return nil, errNoContext
	}
	v, err := value("value", q.GetValue())
	if err != nil {
		return nil, err
	}
	if v.Kind() == ijson.Invalid {
		return nil, invalid("value", errors.New("value is required"))
	}
	a, step, err := k.ask(ctx, q, func(who mediate.Caller) (mediate.Step, error) { return k.Mediator.Return(ctx, who, v, free) })
	if err != nil {
		return nil, err
	}
	if !k.Mediator.Shows(grantOf(ctx), step.Event) { // the parent is outside of what the credential covers
		a.GetEvent().GetReturned().Exposure = nil
	}
	return a, nil
}

// EgressCheck asks whether content may flow to an upstream.
func (k kernelService) EgressCheck(ctx context.Context, q *agentv1.EgressCheckRequest) (*agentv1.Accepted, error) {
	a, _, err := k.ask(ctx, q, func(who mediate.Caller) (mediate.Step, error) {
		return k.Mediator.CheckEgress(ctx, who, q.GetUpstream(), q.GetContent())
	})
	return a, err
}

// GrantCapability gives a child one more capability.
func (k kernelService) GrantCapability(ctx context.Context, q *agentv1.GrantCapabilityRequest) (*agentv1.Accepted, error) {
	a, _, err := k.ask(ctx, q, func(who mediate.Caller) (mediate.Step, error) {
		return k.Mediator.Grant(ctx, who, identity.ContextID(q.GetChild()), kernel.Capability(q.GetCapability()))
	})
	return a, err
}

// Elevate comes before content of a source.
func (k kernelService) Elevate(ctx context.Context, q *agentv1.ElevateRequest) (*agentv1.Accepted, error) {
	a, _, err := k.ask(ctx, q, func(who mediate.Caller) (mediate.Step, error) {
		return k.Mediator.Elevate(ctx, who, q.GetSource())
	})
	return a, err
}

// FollowUp comes before a second prompt to a child.
func (k kernelService) FollowUp(ctx context.Context, q *agentv1.FollowUpRequest) (*agentv1.Accepted, error) {
	a, _, err := k.ask(ctx, q, func(who mediate.Caller) (mediate.Step, error) {
		return k.Mediator.FollowUp(ctx, who, identity.ContextID(q.GetChild()))
	})
	return a, err
}

// Await waits for a child's value.
func (k kernelService) Await(ctx context.Context, q *agentv1.AwaitRequest) (*agentv1.AwaitReply, error) {
	who, err := k.bind(ctx, q.GetContext())
	if err != nil {
		return nil, err
	}
	v, why, err := k.Mediator.Await(ctx, who, identity.ContextID(q.GetChild()))
	switch {
	case err != nil:
		return nil, err
	case why != nil:
		return nil, refused(why)
	}
	return &agentv1.AwaitReply{Value: v}, nil
}

// value reads JSON once, strictly. Nothing is the zero Value.
func value(field string, text []byte) (ijson.Value, error) {
	if len(text) == 0 {
		return ijson.Value{}, nil
	}
	v, err := ijson.Parse(text, ijson.AtMost(len(text)))
	if err != nil {
		return ijson.Value{}, invalid(field, errors.New(field+" is no JSON that Argus reads"))
	}
	return v, nil
}

func object(text []byte) (ijson.Value, error) {
	v, err := value("arguments", text)
	if err == nil && v.Kind() != ijson.Invalid && v.Kind() != ijson.Object {
		return ijson.Value{}, invalid("arguments", errors.New("arguments must be a JSON object"))
	}
	return v, err
}

func invalid(op string, err error) error { return fault.New(fault.Invalid, op, err) }
