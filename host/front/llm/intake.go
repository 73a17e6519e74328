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
func (t *talk) takeIn(ctx context.Context) *wire.Failure {
	if denied := t.declare(ctx); denied != nil {
		return denied
	}
	if _, known := t.past.keptAs(t.q.Previous); t.q.Previous != "" && !known {
		return deniedHistory
	}
	prompt := t.past.first() && t.f.Mediator.Clean(t.who)
	for _, it := range t.q.Items {
		if denied := t.complete(ctx, it); denied != nil {
			return denied
		}
	}
	for _, it := range t.q.Items {
		prompt = prompt && it.Origin == wire.Client
		if denied := t.takeItem(ctx, it, prompt); denied != nil {
			return denied
		}
	}
	return nil
}

// declare tells what tools there are now. A model that calls one of two with one name could mean either.
func (t *talk) declare(ctx context.Context) *wire.Failure {
	for _, tool := range t.q.Tools {
		d := inventory.Definition{Name: tool.Name, Digest: ijson.Digest(tool.Definition), Raw: tool.Definition}
		t.declared = append(t.declared, d)
		if tool.Hosted {
			continue
		}
		if _, twice := t.judge.tools[tool.Name]; twice {
			return deniedTwice
		}
		t.judge.tools[tool.Name] = d.Digest
	}
	if len(t.declared) == 0 {
		return nil
	}
	if err := t.f.Mediator.Declare(ctx, t.who, t.declared); err != nil {
		return t.f.failed(err)
	}
	return nil
}

// takeItem takes in one item. The first prompt of a clean agent is free: it is what the agent is for.
func (t *talk) takeItem(ctx context.Context, it wire.Item, prompt bool) *wire.Failure {
	if it.ID != "" { // named, and not sent
		if _, known := t.past.keptAs(it.ID); !known {
			return deniedHistory
		}
		return nil
	}
	d := digestOf(it)
	if it.Origin == wire.Model || t.past.has(d) {
		return nil
	}
	if !prompt {
		what, label := t.labelOf(it)
		if denied := t.elevate(ctx, what, label); denied != nil {
			return denied
		}
	}
	t.past.see(d)
	return nil
}

// labelOf is what an item brings that no call was open for.
func (t *talk) labelOf(it wire.Item) (what string, label kernel.Exposure) {
	switch it.Origin {
	case wire.Client:
		return "what its client says", t.f.UserLabel
	case wire.Result:
		if label, known := t.past.labelOf(it.Call); known {
			return "a result of " + shortened(it.Tool), label
		}
		return "a result of " + shortened(it.Tool), t.labelOfTool(it.Tool, false)
	case wire.HostedBy:
		what = "what the vendor's tool " + shortened(it.Tool) + " gave"
		if label, known := t.past.allowed(it.Tool); known {
			return what, label
		}
		return what, t.labelOfTool(it.Tool, true)
	case wire.Model: // nothing that was not taken in with what the model was told
		return "what a model said", kernel.Clean()
	case wire.Unknown:
	}
	return "content of unknown origin", t.f.UnknownLabel
}

// labelOfTool is the label of a tool that the request declares as it is pinned, or that of the unknown.
func (t *talk) labelOfTool(name string, hosted bool) kernel.Exposure {
	for i, tool := range t.q.Tools {
		if tool.Name == name && tool.Hosted == hosted {
			if item, inForce := t.f.Mediator.Declared(t.who, name, t.declared[i].Digest); inForce {
				return item.Label
			}
		}
	}
	return t.f.UnknownLabel
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
