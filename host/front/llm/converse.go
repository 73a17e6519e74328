package llm

import (
	"context"
	"fmt"
	"net/http"

	"argus/host/front/llm/wire"
	"argus/host/inventory"
	"argus/host/mediate"
	"argus/internal/ijson"
	"argus/kernel"
)

// talk is one request to a model, and the answer that is made of what the vendor says in one round or more.
type talk struct {
	*exchange
	q        wire.Request
	declared []inventory.Definition // of its tools, in their order
	judge    *judge
	answer   wire.Answer
	out      *output
	keep     bool                  // the conversation can go on behind the answer
	hosted   []kernel.InvocationID // of the vendor's own tools
	fetches  []string              // addresses from which the vendor is to fetch what is new
	prompt   bool                  // it is the first prompt of an agent that has met nothing
	news     []digest              // of what was not seen before
}

// converse takes a request to a model, and its answer back.
func (x *exchange) converse() *wire.Failure {
	ctx := x.r.Context()
	q, denied := x.read()
	if denied != nil {
		return denied
	}
	out := &output{x: x, stream: q.Stream}
	t := &talk{exchange: x, q: q, judge: newJudge(x, out), out: out}
	body, denied := t.prepare(ctx)
	switch {
	case denied != nil:
	case t.counts:
		denied = t.count(ctx, body)
	default:
		if denied = t.rounds(ctx, body); denied == nil {
			denied = t.finish(ctx)
		}
	}
	if denied == nil {
		return nil
	}
	t.end(ctx, kernel.Unknown)
	for _, call := range t.judge.begun {
		x.giveUp(ctx, call)
	}
	return t.out.fail(denied)
}

// read takes the one strict reading of the body.
func (x *exchange) read() (q wire.Request, denied *wire.Failure) {
	switch x.r.URL.RawQuery {
	case "", "beta=true":
	default:
		return wire.Request{}, deniedQuery
	}
	if mediaOf(x.r.Header) != mediaJSON {
		return wire.Request{}, deniedMedia
	}
	var body ijson.Value
	denied = x.body(func(text []byte) *wire.Failure {
		v, err := ijson.Parse(text, ijson.AtMost(len(text)))
		if err != nil {
			return deny(http.StatusBadRequest, "invalid_request", "The body is not the JSON that Argus reads: "+err.Error()+".")
		}
		body = v
		return nil
	})
	if denied != nil {
		return wire.Request{}, denied
	}
	q, err := x.format.Read(body)
	if err != nil {
		return wire.Request{}, x.f.failed(err)
	}
	return q, nil
}

// prepare brings what is new to the agent's exposure, and gives what goes to the vendor, which was checked since.
func (t *talk) prepare(ctx context.Context) ([]byte, *wire.Failure) {
	if err := t.past.take(ctx); err != nil {
		return nil, t.f.failed(err)
	}
	defer t.past.leave()
	if denied := t.takeIn(ctx); denied != nil {
		return nil, denied
	}
	changes, err := t.changes()
	if err != nil {
		return nil, t.f.failed(err)
	}
	t.keep = !t.q.Several && (t.f.Retry || len(changes.Tools) > 0)
	t.answer = t.format.Answer(t.q, t.judge, t.keep)
	body, err := t.format.Apply(t.q, changes)
	if err != nil {
		return nil, t.f.failed(err)
	}
	if denied := t.startHosted(ctx); denied != nil {
		return nil, denied
	}
	if denied := t.mayGo(ctx, body); denied != nil {
		return nil, denied
	}
	return body, t.heard(ctx)
}

// heard notes that the request goes out: from now on what it holds is nothing new, and the agent has had its first prompt. What is only counted no
// model has heard.
func (t *talk) heard(ctx context.Context) *wire.Failure {
	if t.counts {
		return nil
	}
	if !t.f.Mediator.Prompted(t.who) {
		if denied := t.f.settled(t.f.Mediator.Prompt(ctx, t.who)); denied != nil {
			return denied
		}
	}
	for _, d := range t.news {
		t.past.see(d)
	}
	return nil
}

// mayGo asks whether the bytes may go to the vendor. Since then the agent must not have met anything.
func (x *exchange) mayGo(ctx context.Context, content []byte) *wire.Failure {
	return x.f.settled(x.f.Mediator.CheckEgress(ctx, x.who, x.to.Name, content))
}

// settled is why a step was not taken; nil if it was.
func (f *Front) settled(step mediate.Step, err error) *wire.Failure {
	switch {
	case err != nil:
		return f.failed(err)
	case step.Refusal != nil:
		return refused(step.Refusal)
	}
	return nil
}

// changes are what the model is told beside what the client says: what came of calls that the client was not shown, and Argus's own tools.
func (t *talk) changes() (wire.Changes, error) {
	c := wire.Changes{Hidden: t.past.unseen(t.path)}
	if last, known := t.past.keptAs(t.q.Previous); known && last != t.q.Previous {
		c.Previous = last
	}
	if !t.f.HostTools || t.q.Several {
		return c, nil
	}
	taken := map[string]bool{}
	for _, tool := range t.q.Tools {
		called, _ := tool.Definition.Member("name")
		name, _ := called.Text()
		taken[name], taken[tool.Name] = true, true
	}
	for _, item := range t.f.Mediator.Visible(t.who) {
		if taken[item.Name] {
			continue // the model could not say which it means
		}
		listing, err := ijson.Parse(item.Listing, ijson.AtMost(len(item.Listing)))
		if err != nil {
			return wire.Changes{}, err
		}
		t.judge.host[item.Name] = true
		c.Tools = append(c.Tools, wire.HostTool{Listing: listing})
	}
	return c, nil
}

// startHosted starts each tool that the vendor may run, as a call that lasts as long as the answer. One that is not in force acts without having
// been judged, so the request does not go out. The answer can hold what the tool found from its first byte on, so its label is taken in before.
func (t *talk) startHosted(ctx context.Context) *wire.Failure {
	for i, tool := range t.q.Tools {
		if !tool.Hosted {
			continue
		}
		if denied := t.startVendors(ctx, t.declared[i], tool.Definition); denied != nil {
			return denied
		}
	}
	if len(t.fetches) == 0 {
		return nil
	}
	return t.startVendors(ctx, fetching, addressesOf(t.fetches))
}

// startVendors starts one tool of the vendor's.
func (t *talk) startVendors(ctx context.Context, tool inventory.Definition, arguments ijson.Value) *wire.Failure {
	step, err := t.f.Mediator.StartDeclared(ctx, t.who, tool.Name, tool.Digest, arguments, t.f.ResultTimeout)
	switch {
	case err != nil:
		return t.f.failed(err)
	case step.Refusal != nil:
		denied := refused(step.Refusal)
		denied.Message = "The vendor would use " + shortened(tool.Name) + " for this. " + denied.Message
		return denied
	}
	started, ok := step.Event.(kernel.Started)
	if !ok {
		return t.f.failed(fmt.Errorf("the start of a tool of the vendor's gave no start but %T", step.Event))
	}
	t.hosted = append(t.hosted, started.Invocation)
	t.past.allow(tool.Name, started.Call.Label)
	return t.elevate(ctx, "what the vendor's tool "+shortened(tool.Name)+" gives", started.Call.Label)
}

// count takes the answer to a request that is only counted.
func (t *talk) count(ctx context.Context, body []byte) *wire.Failure {
	got, failure := t.ask(ctx, question{method: http.MethodPost, media: mediaJSON, accept: mediaJSON, query: t.r.URL.RawQuery, body: body})
	if failure != nil {
		return failure
	}
	defer got.close()
	t.end(ctx, kernel.Success)
	return t.copy(got)
}

// end settles the calls of the vendor's own tools.
func (t *talk) end(ctx context.Context, outcome kernel.Ending) {
	for _, id := range t.hosted {
		t.land(ctx, id, outcome)
	}
	t.hosted = nil
}

// finish ends the answer. What the client will send back is known before it has the last byte, and what the vendor's own tools brought is recorded.
func (t *talk) finish(ctx context.Context) *wire.Failure {
	t.end(ctx, kernel.Success)
	last, err := t.answer.Finish(nil)
	if err != nil {
		return t.f.failed(err)
	}
	if over := t.f.ended(ctx); over != nil {
		return over
	}
	seen, kept := t.answer.IDs()
	t.past.answered(seen, kept)
	if k, keeps := t.answer.(wire.Keeper); keeps {
		for _, id := range k.Kept() {
			t.past.answered(id, id)
		}
	}
	t.past.hide(t.path, t.judge.unseen(seen))
	return t.out.finish(last)
}
