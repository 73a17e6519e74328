package mediate

import (
	"context"
	"errors"
	"strconv"

	"argus/host/fault"
	"argus/host/ledger"
	"argus/host/upstream"
	"argus/internal/ijson"
	"argus/kernel"
)

// pass takes a client's answer to the server that asked: a call of the server's channel, whose arguments are the answer. It is judged like
// any other, and recorded before the server has a byte of it. What the server makes of the answer comes with the call in whose middle it
// asked, so this one is over at once.
func (c *conversation) pass(ctx context.Context, q upstream.Question, a Answer) error {
	item, declared := c.channel(q.Channel)
	if !declared {
		return errors.New("its channel is closed")
	}
	arguments, err := a.value()
	if err != nil {
		return err
	}
	who := c.r.who
	who.Request = ledger.Request{} // the client asked for the call, not for this
	r := newRequest(who, item, methods[q.Channel], arguments)
	if over := c.m.overLimit(r); over != nil {
		q.Decline(codeUnanswered, saidRefused)
		return nil
	}
	step, err := c.m.start(ctx, r)
	switch {
	case err != nil:
		return err
	case step.Refusal != nil && c.m.passAnyway(r, step.Refusal):
		a.give(q, r)
		return nil
	case step.Refusal != nil:
		q.Decline(codeUnanswered, saidRefused)
		return nil
	}
	c.m.count(&c.m.started)
	started := step.started()
	r = r.vouched(started)
	in := kernel.InvokeComplete{Agent: r.who.Agent, Invocation: started.Invocation, Outcome: kernel.Unknown}
	if c.m.Ledger.Current().State.Acts(r.who.Agent) && a.give(q, r) {
		in.Outcome = kernel.Success
	}
	applied, err := c.m.Ledger.Apply(context.WithoutCancel(ctx), in, ledger.Note{})
	if err == nil && applied.Refusal != nil {
		err = fault.New(fault.Bug, "complete "+item.Name, errors.New("the kernel refused a completion"))
	}
	return err
}

// value is the answer as the arguments of a call: what schema, oracle and digest read.
func (a Answer) value() (ijson.Value, error) {
	if a.Error == nil {
		return a.Result, nil
	}
	text := strconv.AppendInt([]byte(`{"error":{"code":`), a.Error.Code, 10)
	text = append(ijson.AppendString(append(text, `,"message":`...), a.Error.Message), "}}"...)
	return ijson.Parse(text, ijson.AtMost(len(text)))
}

// give hands the answer over in the spelling that the call was allowed in, and reports whether the server still waited for it.
func (a Answer) give(q upstream.Question, r request) bool {
	if a.Error != nil {
		return q.Decline(a.Error.Code, a.Error.Message)
	}
	return q.Answer(r.params)
}
