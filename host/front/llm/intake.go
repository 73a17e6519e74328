package llm

import (
	"context"
	"slices"
	"strings"

	"argus/host/front/llm/wire"
	"argus/host/inventory"
	"argus/internal/ijson"
	"argus/kernel"
)

// takeIn brings what is new in a request to the agent's exposure: first the results of calls that are open, so that these stand in the way of
// nothing, then all the rest at once. A failure means that nothing of the request goes out; what the results brought stays.
func (t *talk) takeIn(ctx context.Context) *wire.Failure {
	if denied := t.declare(ctx); denied != nil {
		return denied
	}
	if !t.ownHistory() {
		return deniedHistory
	}
	for _, it := range t.q.Items {
		if denied := t.complete(ctx, it); denied != nil {
			return denied
		}
	}
	what, label := t.brings()
	if t.counts && t.prompt { // it is free as often as it is counted, and would have a label if it were sent
		if r := t.f.Mediator.Unsendable(t.who, t.to.Name, "what its client says", t.f.UserLabel); r != nil {
			return refused(r)
		}
	}
	if what == "" {
		return nil // nothing new, or the first prompt
	}
	return t.elevate(ctx, what, label)
}

// ownHistory reports whether this agent got through Argus what the vendor keeps and the request names.
func (t *talk) ownHistory() bool {
	named := func(id string) bool {
		_, known := t.past.keptAs(id)
		return id == "" || known
	}
	return named(t.q.Previous) && !slices.ContainsFunc(t.q.Items, func(it wire.Item) bool { return !named(it.ID) })
}

// brings is what is new in the request, for the operator, and the label of all of it. While a call is open the client may have its result already,
// and anything but the model's own words can hold it.
func (t *talk) brings() (what string, label kernel.Exposure) {
	prompted := t.f.Mediator.Prompted(t.who)
	t.prompt = !prompted && t.f.Mediator.Clean(t.who) && t.q.Previous == "" &&
		!slices.ContainsFunc(t.q.Items, func(it wire.Item) bool { return it.Origin != wire.Client && it.Fetch == "" || it.ID != "" })
	var whats []string
	label = kernel.Clean()
	for _, it := range t.q.Items {
		d := digestOf(it)
		if it.ID != "" || it.Origin == wire.Model && prompted || t.past.has(d) {
			continue
		}
		t.news = append(t.news, d)
		if it.Fetch != "" {
			t.fetches = append(t.fetches, it.Fetch) // its label is that of the fetching
			continue
		}
		if t.prompt {
			continue
		}
		one, brought := t.labelOf(it)
		if label = label.Join(brought); len(whats) < maxWhats && !slices.Contains(whats, one) {
			whats = append(whats, one)
		}
	}
	if pending, open := t.past.pending(); open && len(whats) > 0 {
		label = label.Join(pending)
		whats = append(whats, "what open calls may have brought")
	}
	return strings.Join(whats, ", "), label
}

// maxWhats is how much of what a request brings is named.
const maxWhats = 4

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
	if slices.ContainsFunc(t.q.Items, func(it wire.Item) bool { return it.Fetch != "" }) {
		t.declared = append(t.declared, fetching)
	}
	if len(t.declared) == 0 {
		return nil
	}
	if err := t.f.Mediator.Declare(ctx, t.who, t.declared); err != nil {
		return t.f.failed(err)
	}
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
	case wire.Model: // to somebody else: this agent has not heard any yet
		return "what its client says", t.f.UserLabel
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

// elevate takes content in. Refused, it must not reach the model. What could not go out afterwards is not taken in at all: the agent would be left
// with an exposure for nothing.
func (x *exchange) elevate(ctx context.Context, what string, label kernel.Exposure) *wire.Failure {
	if r := x.f.Mediator.Unsendable(x.who, x.to.Name, what, label); r != nil {
		return refused(r)
	}
	return x.f.settled(x.f.Mediator.TakeIn(ctx, x.who, what, label))
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
