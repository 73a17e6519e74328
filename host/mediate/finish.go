package mediate

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"argus/host/fault"
	"argus/host/inventory"
	"argus/host/ledger"
	"argus/host/upstream"
	"argus/internal/ijson"
	"argus/kernel"
	"argus/plugin/sdk/registry"
)

// finish runs a call whose start is recorded, records what came of it, and only then lets the bytes go.
func (m *Mediator) finish(ctx context.Context, r request, id kernel.InvocationID) (Reply, error) {
	got, failed := m.sendStarted(ctx, r)
	in, canonical := settle(r, id, got, failed)
	applied, err := m.Ledger.Apply(context.WithoutCancel(ctx), in, ledger.Note{})
	if err != nil {
		return Reply{}, err
	}
	done, ok := applied.Event.(kernel.Completed)
	if !ok {
		return Reply{}, fault.New(fault.Bug, "complete "+r.item.Name, fmt.Errorf("the kernel refused a completion: %v", applied.Refusal))
	}
	if failed != nil {
		return Reply{}, failed
	}
	if !done.Released {
		return Reply{Refusal: m.refuseWithheld(r, applied.Before)}, nil
	}
	return release(got, canonical, done), nil
}

// sendStarted runs a call that was started. It is cancelled when its agent is ended, and not sent if that happened while the start was
// being recorded: whoever ends an agent puts an end to what it does.
func (m *Mediator) sendStarted(ctx context.Context, r request) (upstream.Reply, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer m.running.add(r.who.Agent, r.item.ID, cancel)()
	if !m.Ledger.Current().State.Acts(r.who.Agent) {
		return upstream.Reply{}, fault.New(fault.Unavailable, "call "+r.item.Name, errors.New("the agent was ended before the call was sent"))
	}
	return m.send(ctx, r)
}

// send runs the call, with what is said and asked in its middle. It is cancelled with its request and after its time.
func (m *Mediator) send(ctx context.Context, r request) (upstream.Reply, error) {
	ctx, clock := startClock(ctx, m.Limits.CallTimeout)
	defer clock.stop()
	q := upstream.Request{Server: r.item.Server, Agent: string(r.who.Agent), Method: r.method, Params: r.params}
	talk := m.converse(r, clock)
	if talk == nil {
		return m.Servers.Call(ctx, q)
	}
	var work sync.WaitGroup
	work.Go(func() { talk.run(ctx) })
	defer work.Wait()
	reply, err := m.Servers.Call(ctx, talk.request(q))
	talk.end()
	if err != nil {
		clock.stop()
	}
	return reply, err
}

// settle says to the kernel what became of the call. A failure to hear of it is unknown: it may have happened.
func settle(r request, id kernel.InvocationID, got upstream.Reply, failed error) (in kernel.InvokeComplete, canonical []byte) {
	in = kernel.InvokeComplete{Agent: r.who.Agent, Invocation: id, Outcome: kernel.Unknown}
	if failed != nil {
		return in, nil
	}
	in.Outcome = kernel.Success
	if got.Error != nil || saysError(got.Result) {
		in.Outcome = kernel.Failure
		return in, nil
	}
	canonical, bounded := endorse(r.item, got.Result)
	if bounded {
		in.Conforms, in.Bits, in.Slot = true, r.item.Output.Bits(), r.item.Slot
	}
	return in, canonical
}

// saysError reports whether a tool's result says of itself that it failed.
func saysError(result ijson.Value) bool {
	v, _ := result.Member("isError")
	failed, _ := v.Bool()
	return failed
}

// endorse encodes the structured content of an endorsed tool from its bounded schema: nothing else of the result can pass by it.
func endorse(item *inventory.Item, result ijson.Value) ([]byte, bool) {
	if !item.Endorsed || item.Output == nil || item.Channel != registry.Tool {
		return nil, false
	}
	content, ok := result.Member("structuredContent")
	if !ok {
		return nil, false
	}
	canonical, err := item.Output.Encode(content)
	return canonical, err == nil
}

// release chooses the bytes: the re-encoded value if it was let through for being bounded, else the server's own, whose label the
// agent has taken.
func release(got upstream.Reply, canonical []byte, done kernel.Completed) Reply {
	if done.Declassified || done.Endorsed {
		return Reply{Result: boundedResult(canonical)}
	}
	if got.Error != nil {
		return Reply{Failure: failureOf(got.Error)}
	}
	return Reply{Result: got.Result}
}

func failureOf(e *upstream.RPCError) *Failure {
	f := &Failure{Code: e.Code, Message: e.Message}
	if e.Data.Kind() != ijson.Invalid {
		f.Data = ijson.AppendLine(nil, e.Data)
	}
	return f
}

// boundedResult is a tool result that holds the value twice, as the protocol of agents wants it, and nothing else.
func boundedResult(canonical []byte) ijson.Value {
	out := append([]byte(`{"content":[{"type":"text","text":`), ijson.AppendString(nil, string(canonical))...)
	out = append(out, `}],"structuredContent":`...)
	return ijson.MustParse(append(append(out, canonical...), '}'))
}
