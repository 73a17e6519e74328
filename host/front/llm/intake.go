package llm

import (
	"context"

	"argus/host/front/llm/wire"
	"argus/host/inventory"
	"argus/internal/ijson"
	"argus/kernel"
)

// takeIn brings what is new in a request to the agent's exposure: first the results of calls that are open, so that these stand in the way of
// nothing, then the rest in the order of the request. A failure means that nothing of it goes out; what was taken in until then stays.
func (x *exchange) takeIn(ctx context.Context, q wire.Request) *wire.Failure {
	if denied := x.declare(ctx, q); denied != nil {
		return denied
	}
	if _, known := x.past.keptAs(q.Previous); q.Previous != "" && !known {
		return deniedHistory
	}
	prompt := x.past.first() && x.f.Mediator.Clean(x.who)
	for _, it := range q.Items {
		if denied := x.complete(ctx, it); denied != nil {
			return denied
		}
	}
	for _, it := range q.Items {
		prompt = prompt && it.Origin == wire.Client
		if denied := x.takeItem(ctx, q, it, prompt); denied != nil {
			return denied
		}
	}
	return nil
}

// declare tells what tools there are now. Those that the vendor runs must be in force: they act without passing Argus.
func (x *exchange) declare(ctx context.Context, q wire.Request) *wire.Failure {
	var all []inventory.Definition
	names := map[string]bool{}
	for _, t := range q.Tools {
		if !t.Hosted && names[t.Name] {
			return deniedTwice
		}
		names[t.Name] = names[t.Name] || !t.Hosted
		all = append(all, inventory.Definition{Name: t.Name, Digest: ijson.Digest(t.Definition), Raw: t.Definition})
	}
	if len(all) == 0 {
		return nil
	}
	if err := x.f.Mediator.Declare(ctx, x.who, all); err != nil {
		return x.f.failed(err)
	}
	return nil
}

// takeItem takes in one item. The first prompt of a clean agent is free: it is what the agent is for.
func (x *exchange) takeItem(ctx context.Context, q wire.Request, it wire.Item, prompt bool) *wire.Failure {
	if it.ID != "" { // named, and not sent
		if _, known := x.past.keptAs(it.ID); !known {
			return deniedHistory
		}
		return nil
	}
	d := digestOf(it)
	if it.Origin == wire.Model || x.past.has(d) {
		return nil
	}
	if !prompt {
		what, label := x.labelOf(q, it)
		if denied := x.elevate(ctx, what, label); denied != nil {
			return denied
		}
	}
	x.past.see(d)
	return nil
}

// labelOf is what an item brings that no call was open for.
func (x *exchange) labelOf(q wire.Request, it wire.Item) (what string, label kernel.Exposure) {
	switch it.Origin {
	case wire.Client:
		return "what its client says", x.f.UserLabel
	case wire.Result:
		if label, known := x.past.labelOf(it.Call); known {
			return "a result of " + shortened(it.Tool), label
		}
		return "a result of " + shortened(it.Tool), x.labelOfTool(q, it.Tool, false)
	case wire.HostedBy:
		what = "what the vendor's tool " + shortened(it.Tool) + " gave"
		if label, known := x.past.allowed(it.Tool); known {
			return what, label
		}
		return what, x.labelOfTool(q, it.Tool, true)
	case wire.Model: // nothing that was not taken in with what the model was told
		return "what a model said", kernel.Clean()
	case wire.Unknown:
	}
	return "content of unknown origin", x.f.UnknownLabel
}

// labelOfTool is the label of a tool that the request declares as it is pinned, or that of the unknown.
func (x *exchange) labelOfTool(q wire.Request, name string, hosted bool) kernel.Exposure {
	for _, t := range q.Tools {
		if t.Name == name && t.Hosted == hosted {
			if item, inForce := x.f.Mediator.Declared(x.who, name, ijson.Digest(t.Definition)); inForce {
				return item.Label
			}
		}
	}
	return x.f.UnknownLabel
}

// elevate takes content in. Refused, it must not reach the model.
func (x *exchange) elevate(ctx context.Context, what string, label kernel.Exposure) *wire.Failure {
	step, err := x.f.Mediator.TakeIn(ctx, x.who, what, label)
	switch {
	case err != nil:
		return x.f.failed(err)
	case step.Refusal != nil:
		return refused(step.Refusal)
	}
	return nil
}

// complete settles the call that an item is the result of, if one is open. What it brought is taken in with that.
func (x *exchange) complete(ctx context.Context, it wire.Item) *wire.Failure {
	if it.Origin != wire.Result {
		return nil
	}
	one, open := x.past.land(it.Call)
	if !open {
		return nil
	}
	outcome := kernel.Success
	if it.Failed {
		outcome = kernel.Failure
	}
	step, err := x.f.Mediator.Complete(ctx, x.who, one.id, outcome, ijson.Value{})
	switch {
	case err != nil:
		return x.f.failed(err)
	case step.Refusal == nil: // or its time was over just now, and its label is looked up again
		x.past.see(digestOf(it))
	}
	return nil
}

// giveUp settles a call of which the client will say nothing more: it may have been made.
func (x *exchange) giveUp(ctx context.Context, call string) {
	if one, open := x.past.land(call); open {
		x.land(ctx, one.id, kernel.Unknown)
	}
}

// land settles a call whatever becomes of its request.
func (x *exchange) land(ctx context.Context, id kernel.InvocationID, outcome kernel.Ending) {
	if _, err := x.f.Mediator.Complete(context.WithoutCancel(ctx), x.who, id, outcome, ijson.Value{}); err != nil {
		x.f.Logger.Error("a call was not settled", "agent", x.who.Agent, "error", err)
	}
}
