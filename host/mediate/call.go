package mediate

import (
	"context"
	"errors"
	"fmt"

	"argus/host/fault"
	"argus/host/identity"
	"argus/host/inventory"
	"argus/host/ledger"
	"argus/host/refusals"
	"argus/internal/ijson"
	"argus/kernel"
	"argus/plugin/sdk/registry"
)

// maxAsks is how often the oracle is asked for one call before the agent is told to try again.
const maxAsks = 4

// request is one call on its way.
type request struct {
	who       Caller
	item      *inventory.Item
	method    string
	params    []byte      // for the server
	arguments ijson.Value // what oracle, schema and digest read
	digest    kernel.Digest
	client    Client // nil where nothing can be said or asked in the middle
	sealed    bool   // the server is told nothing of the agent's choosing but the value that was judged
}

// newRequest is a call of an item. Its digest names the arguments, and they go out as the agent wrote them.
func newRequest(who Caller, item *inventory.Item, method string, arguments ijson.Value) request {
	r := request{who: who, item: item, method: method, arguments: arguments, digest: kernel.Digest(ijson.Digest(arguments))}
	r.params = r.spelled(ijson.AppendLine)
	return r
}

// CallTool calls a tool by its name toward agents. arguments is an object, or the zero Value for none. What the server says and asks in the
// middle goes through client; without one nothing of it goes anywhere. The call is cancelled with ctx, and settled when CallTool returns.
//
// A caller whose Request has a key makes the call once: asked for again, while it runs or within a day, it is refused, and told which call was
// made. Its result is not kept.
func (m *Mediator) CallTool(ctx context.Context, who Caller, name string, arguments ijson.Value, client Client) (Reply, error) {
	if refused := m.beyond(who, identity.InvokeStart, shortened(name)); refused != nil {
		return Reply{Refusal: refused}, nil
	}
	ctx, stop := m.Book.Hold(ctx, who.Credential)
	defer stop()
	var r *request // once it may start
	step, err := m.Once(ctx, who, func() (Step, error) {
		found, unfit, err := m.find(who, name, arguments)
		switch {
		case err != nil:
			return Step{}, err
		case unfit != nil:
			return Step{Refusal: m.refuseUnfit(found, *unfit)}, nil
		}
		if refused, err := m.mayBegin(found); err != nil || refused != nil {
			return Step{Refusal: refused}, err
		}
		found.client, r = client, &found
		return m.start(ctx, found)
	})
	if r == nil {
		return Reply{Refusal: step.Refusal}, err
	}
	return m.carryOut(ctx, *r, step, err)
}

// find finds the tool and checks the arguments against its pinned schema. unfit says why that is no call; nothing is recorded of it yet.
func (m *Mediator) find(who Caller, name string, arguments ijson.Value) (r request, unfit *refusals.Refusal, err error) {
	stock := m.Stock.Inventory()
	if stock == nil {
		return request{}, nil, errNoTheory()
	}
	item, known := stock.Tool(name)
	if !known {
		return request{}, unknownTool(who, stock, name), nil
	}
	r, unfit = m.ofItem(who, item, arguments)
	return r, unfit, nil
}

// ofItem is a call of a tool with these arguments, or why there is none.
func (m *Mediator) ofItem(who Caller, item *inventory.Item, arguments ijson.Value) (r request, unfit *refusals.Refusal) {
	if arguments.Kind() == ijson.Invalid {
		arguments = emptyObject
	}
	r = newRequest(who, item, "tools/call", arguments)
	if item.Check == nil && item.Listing == nil {
		return r, nil // a vendor's own tool
	}
	if err := item.Check.Check(arguments); err != nil {
		return r, m.unfitArguments(r, err)
	}
	return r, nil
}

var emptyObject = ijson.MustParse("{}")

func errNoTheory() error {
	return fault.New(fault.Unavailable, "call", errors.New("no theory is in force yet: `argus status` says what is missing"))
}

// spelled writes what the server is sent: as the agent wrote it, or in the one canonical spelling. What was vouched for or approved is the
// value, which the digest names; spaces, escapes, the order of members and the spelling of numbers could tell the server more.
func (r request) spelled(write func(dst []byte, v ijson.Value) []byte) []byte {
	if r.item.Channel != registry.Tool {
		return write(nil, r.arguments)
	}
	out := ijson.AppendString([]byte(`{"name":`), r.item.Tool)
	out = append(out, `,"arguments":`...)
	return append(write(out, r.arguments), '}')
}

// vouched is the request as it may go out after its start.
func (r request) vouched(started kernel.Started) request {
	if started.Call.Verdicts.Vouched || started.Approval.Given {
		r.params, r.sealed = r.spelled(ijson.AppendCanonical), true
	}
	return r
}

// UseChannel passes one request to a server by one of its channels, as CallTool passes a call. An undeclared channel is closed.
func (m *Mediator) UseChannel(ctx context.Context, who Caller, server string, channel registry.Channel, method string, params ijson.Value, client Client) (Reply, error) {
	stock := m.Stock.Inventory()
	if stock == nil {
		return Reply{}, errNoTheory()
	}
	if refused := m.beyond(who, identity.InvokeStart, shortened(server)+"/"+channel.String()); refused != nil {
		return Reply{Refusal: refused}, nil
	}
	item, known := stock.Channel(server, channel)
	if !known {
		return Reply{Refusal: m.refuseChannel(who, server, channel)}, nil
	}
	r := newRequest(who, item, method, params)
	r.client = client
	return m.run(ctx, r)
}

// run is the way of one call. It is cancelled with the credential that asks for it.
func (m *Mediator) run(ctx context.Context, r request) (Reply, error) {
	ctx, stop := m.Book.Hold(ctx, r.who.Credential)
	defer stop()
	if refused, err := m.mayBegin(r); err != nil || refused != nil {
		return Reply{Refusal: refused}, err
	}
	step, err := m.start(ctx, r)
	return m.carryOut(ctx, r, step, err)
}

// mayBegin says why there is no use in asking whether a call may be made.
func (m *Mediator) mayBegin(r request) (*Refusal, error) {
	if over := m.overLimit(r); over != nil {
		return over, nil
	}
	if err := m.Servers.Ready(r.item.Server); err != nil {
		return nil, fault.New(fault.Unavailable, "call "+r.item.Name, err)
	}
	return nil, nil
}

// carryOut takes a call from the answer to its start to its reply.
func (m *Mediator) carryOut(ctx context.Context, r request, step Step, err error) (Reply, error) {
	if step.Refusal != nil {
		if reply, sent, err := m.sendAnyway(ctx, r, step.Refusal); sent {
			return reply, err
		}
	}
	if err != nil || step.Refusal != nil {
		return Reply{Refusal: step.Refusal}, err
	}
	m.count(&m.started)
	started := step.started()
	reply, err := m.finish(ctx, r.vouched(started), started.Invocation)
	if err != nil {
		return Reply{}, Begun{err}
	}
	return reply, nil
}

// start asks the oracle and steps the kernel until the verdicts hold for the state they are used in.
func (m *Mediator) start(ctx context.Context, r request) (Step, error) {
	if err := m.heldUp(); err != nil {
		return Step{}, err
	}
	for range maxAsks {
		s := m.Ledger.Current()
		if !r.declaredBy(s.Theory) {
			return Step{}, errRedeclared(r)
		}
		asked, err := m.ask(ctx, r, s)
		if errors.Is(err, errAskAgain) {
			continue
		}
		if err != nil {
			return Step{}, err
		}
		applied, err := m.Ledger.ApplyWhere(ctx, m.room(r.who), asked.input(r),
			ledger.Note{Principal: r.who.Principal, Call: r.item.Name, Request: r.who.Request})
		if errors.Is(err, errCrowded) {
			return Step{Refusal: m.refuseLimit(r, s, err.Error())}, nil
		}
		if err != nil {
			return Step{}, err
		}
		if applied.Refusal == nil {
			step := accepted(applied, r.item.Name)
			return step, m.standBy(ctx, r, step.started(), applied.Before)
		}
		if outdated(applied, asked, r) {
			continue
		}
		return Step{Refusal: m.refuse(r, kernel.Refused{Why: applied.Refusal}, applied.Before, asked)}, nil
	}
	return Step{}, errUnsettled("call " + r.item.Name)
}

// heldUp is why nothing may start or flow now.
func (m *Mediator) heldUp() error {
	if m.Behind == nil {
		return nil
	}
	return m.Behind()
}

// errUnsettled says that what the oracle read changed each time before its answer could be used.
func errUnsettled(op string) error {
	return fault.New(fault.Stale, op, fmt.Errorf("the agent's state changed during %d questions to the oracle: try again", maxAsks))
}

// declaredBy reports whether the theory says of the tool what the call was made of. The kernel admits a call that is narrower than its tool,
// so a call of an earlier declaration would pass a theory that has become stricter since.
func (r request) declaredBy(t kernel.Theory) bool {
	tool, known := t.Tools().Get(r.item.ID)
	return !known || tool.Label == r.item.Label && tool.Sinks == r.item.Sinks // the kernel refuses an unknown one, and says it better
}

// standBy gives up a start that another theory judged than the one whose declaration the call was made of. Nothing was sent.
func (m *Mediator) standBy(ctx context.Context, r request, started kernel.Started, judged *ledger.Snapshot) error {
	if r.declaredBy(judged.Theory) {
		return nil
	}
	in := kernel.InvokeComplete{Agent: r.who.Agent, Invocation: started.Invocation, Outcome: kernel.Unknown}
	if _, err := m.Ledger.Apply(context.WithoutCancel(ctx), in, ledger.Note{}); err != nil {
		return err
	}
	return errRedeclared(r)
}

func errRedeclared(r request) error {
	return fault.New(fault.Stale, "call "+r.item.Name, errors.New("what the registry declares of it has just changed: try again"))
}

// outdated reports whether a refusal may only mean that the oracle was asked about an earlier state.
func outdated(applied ledger.Applied, asked question, r request) bool {
	switch applied.Refusal.(type) {
	case kernel.Stale:
		return true
	case kernel.Carried, kernel.SelfClosed:
		s := applied.Before
		return !asked.inspected && s.State.Inspects(s.Theory, r.who.Agent, r.item.Label, r.item.Sinks)
	}
	return false
}
