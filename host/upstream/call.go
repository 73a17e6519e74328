package upstream

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/mark3labs/mcp-go/mcp"

	"argus/host/fault"
)

// errLifeEnded is why a call ends with the life that it was made in.
var errLifeEnded = errors.New("the server ended during the call")

// call makes one request of an agent's; see Set.Call.
func (l *session) call(ctx context.Context, q Request) (Reply, error) {
	var reply Reply
	var err error
	if l.modern.Load() {
		reply, err = l.callModern(ctx, q)
	} else {
		reply, err = l.callOld(ctx, q)
	}
	if err != nil || reply.Error != nil {
		return reply, err
	}
	return Reply{Result: bare(reply.Result)}, nil
}

// callOld makes one request of an agent's of a server that may speak without saying in which call.
func (l *session) callOld(ctx context.Context, q Request) (Reply, error) {
	declared := l.declared()
	f := l.newFlight(q, declared)
	if declared == (Channels{}) {
		return l.send(ctx, q, f)
	}
	return l.sendInTurn(ctx, q, f, l.questions.any())
}

// sendInTurn makes a request when it is the agent's turn.
func (l *session) sendInTurn(ctx context.Context, q Request, f *flight, asked bool) (Reply, error) {
	if err := l.turns.enter(ctx, l.ended, q.Agent, asked); err != nil {
		return Reply{}, l.notSent(ctx, err)
	}
	reply, err := l.send(ctx, q, f)
	if errors.Is(err, fault.Timeout) {
		// The server may go on for a moment, and what it says then is not for the next agent.
		time.AfterFunc(l.server.options.Linger, l.turns.leave)
	} else {
		l.turns.leave()
	}
	return reply, err
}

// newFlight is nil for a call which nothing in its middle concerns.
func (l *session) newFlight(q Request, declared Channels) *flight {
	if q.Listener == nil && declared == (Channels{}) {
		return nil
	}
	f := &flight{listener: q.Listener, questions: l.questions}
	if q.Listener != nil {
		f.abilities, f.logs, f.progress = q.Abilities.And(declared.Abilities), SeverityOf(q.LogLevel), q.Progress
	}
	return f
}

// send makes one request and waits for its answer.
func (l *session) send(ctx context.Context, q Request, f *flight) (Reply, error) {
	if ctx.Err() != nil {
		return Reply{}, l.notSent(ctx, nil)
	}
	if len(q.Params) > l.server.options.FrameBytes {
		return Reply{}, fault.New(fault.Invalid, l.server.calling, errors.New("the parameters are longer than one message may be"))
	}
	id, answer, err := l.calls.begin(f)
	if err != nil {
		return Reply{}, l.notSent(ctx, err)
	}
	if err := l.out.request(id, q.Method, q.Params, l.meta(id, f)); err != nil {
		l.calls.giveUp(id)
		return Reply{}, l.notSent(ctx, err)
	}
	select {
	case reply := <-answer:
		return l.received(reply)
	case <-l.ended:
	case <-ctx.Done():
	}
	if !l.calls.giveUp(id) {
		return l.received(<-answer) // it came in the same moment
	}
	select {
	case <-l.ended:
		return Reply{}, fault.New(fault.Unavailable, l.server.calling, fmt.Errorf("%w: %w", errLifeEnded, l.why))
	default:
	}
	if q.Method != string(mcp.MethodInitialize) { // which must not be cancelled
		l.cancel(id)
	}
	return Reply{}, fault.New(fault.Timeout, l.server.calling, context.Cause(ctx))
}

// errAnswerTooLong is why a call has no answer whose server gave one that is too long.
var errAnswerTooLong = errors.New("the server's answer is longer than one message may be")

// received is what came for a call. What cannot be kept ends that call alone.
func (l *session) received(reply Reply) (Reply, error) {
	if reply.lost != nil {
		return Reply{}, l.broken(reply.lost)
	}
	return reply, nil
}

// notSent is the fault of a call that nothing was sent of.
func (l *session) notSent(ctx context.Context, why error) error {
	if ctx.Err() != nil {
		return fault.New(fault.Timeout, l.server.calling, context.Cause(ctx))
	}
	return fault.New(fault.Unavailable, l.server.calling, why)
}

// cancel tells the server that nobody waits any more.
func (l *session) cancel(id int64) {
	params := fmt.Appendf(nil, `{"requestId":%d,"reason":"nobody waits for the answer"}`, id)
	if err := l.out.notify(string(mcp.MethodNotificationCancelled), params); err != nil {
		l.fail(violation("it does not read what it is sent"))
	}
}
