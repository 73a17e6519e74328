package oraclekit

import (
	"context"
	"errors"
	"fmt"
	"time"

	"google.golang.org/grpc"

	"argus/plugin/sdk/conformance"
	"argus/plugin/sdk/oracle"
	oraclev1 "argus/proto/argus/oracle/v1"
)

const (
	answerTime = oracle.AskTimeout
	// aWhile is how long something that must not come is waited for.
	aWhile = 100 * time.Millisecond
	// changeTime is how long a change of the policy may take to be told.
	changeTime = 15 * time.Second
	maxReply   = 4 << 20
)

// talk is one stream of questions under the policy in force.
type talk struct {
	conn    grpc.ClientConnInterface
	policy  string
	stream  grpc.BidiStreamingClient[oraclev1.Question, oraclev1.Answer]
	answers <-chan conformance.Received[*oraclev1.Answer]
	cancel  context.CancelFunc
}

// begin hears the policy in force and opens a stream. The caller must close it.
func begin(ctx context.Context, p *conformance.Plugin, conn grpc.ClientConnInterface) (*talk, error) {
	f, err := follow(ctx, p, conn)
	if err != nil {
		return nil, err
	}
	f.Close()
	return talkUnder(ctx, conn, f.digest)
}

func talkUnder(ctx context.Context, conn grpc.ClientConnInterface, policy string) (*talk, error) {
	ctx, cancel := context.WithCancel(ctx)
	stream, err := oraclev1.NewOracleClient(conn).Ask(ctx, grpc.MaxCallRecvMsgSize(maxReply))
	if err != nil {
		cancel()
		return nil, err
	}
	return &talk{conn: conn, policy: policy, stream: stream, answers: conformance.Receive(ctx, stream.Recv), cancel: cancel}, nil
}

// Close ends the stream.
func (t *talk) Close() error {
	t.cancel()
	return nil
}

// ask asks q under the policy in force and gives the next answer, whatever that names.
func (t *talk) ask(q *oraclev1.Question) (*oraclev1.Answer, error) {
	q.PolicyDigest = t.policy
	return t.askAs(q)
}

// askAs is ask under the policy that q names already.
func (t *talk) askAs(q *oraclev1.Question) (*oraclev1.Answer, error) {
	if err := t.stream.Send(q); err != nil {
		return nil, t.broken(err)
	}
	a, ok, err := t.answer(answerTime)
	if err == nil && !ok {
		err = fmt.Errorf("a question was not answered within %v", answerTime)
	}
	return a, err
}

// answer is the next one, if it comes within a time.
func (t *talk) answer(within time.Duration) (*oraclev1.Answer, bool, error) {
	select {
	case r, open := <-t.answers:
		if !open {
			return nil, false, errors.New("the stream has ended")
		}
		if r.Err != nil {
			return nil, false, t.broken(r.Err)
		}
		return r.What, true, nil
	case <-time.After(within):
		return nil, false, nil
	}
}

func (t *talk) broken(err error) error { return fmt.Errorf("the stream of questions broke: %w", err) }

// following is the stream of the policy in force.
type following struct {
	conn   grpc.ClientConnInterface
	change func(context.Context) error // changes the policy; nil: nobody said how
	digest string
	states <-chan conformance.Received[*oraclev1.PolicyState]
	cancel context.CancelFunc
}

// follow opens the stream and hears its first word. The caller must close it.
func follow(ctx context.Context, p *conformance.Plugin, conn grpc.ClientConnInterface) (*following, error) {
	ctx, cancel := context.WithCancel(ctx)
	stream, err := oraclev1.NewOracleClient(conn).Policy(ctx, &oraclev1.PolicyRequest{}, grpc.MaxCallRecvMsgSize(maxReply))
	if err != nil {
		cancel()
		return nil, err
	}
	f := &following{conn: conn, change: p.Change, states: conformance.Receive(ctx, stream.Recv), cancel: cancel}
	if err := f.next(answerTime); err != nil {
		cancel()
		return nil, err
	}
	return f, nil
}

// Close ends the stream.
func (f *following) Close() error {
	f.cancel()
	return nil
}

// next takes the next state.
func (f *following) next(within time.Duration) error {
	select {
	case r := <-f.states:
		if r.Err != nil {
			return fmt.Errorf("the stream of the policy broke: %w", r.Err)
		}
		if f.digest = r.What.GetDigest(); f.digest == "" {
			return fmt.Errorf("no policy is in force with these settings: %v", r.What.GetProblems())
		}
		return nil
	case <-time.After(within):
		return fmt.Errorf("no policy was told within %v", within)
	}
}

// quiet waits a while for the stream to end, which it must not.
func (f *following) quiet() error {
	select {
	case r := <-f.states:
		if r.Err != nil {
			return fmt.Errorf("the stream of the policy ended: %w", r.Err)
		}
		return nil
	case <-time.After(aWhile):
		return nil
	}
}
