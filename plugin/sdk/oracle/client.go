package oracle

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	"argus/plugin/sdk"
	oraclev1 "argus/proto/argus/oracle/v1"
)

const (
	// maxInFlight bounds the questions that wait for an answer; further ones wait for a place until their deadline.
	maxInFlight = 1024
	// maxQuestion leaves room below what a plugin takes in one message.
	maxQuestion = 8 << 20
)

// Client is the host's view of an oracle. It stays valid while the plugin behind its link restarts.
type Client struct {
	link   *sdk.Link
	places chan struct{}
	policy sdk.Latest[PolicyState]
	strays atomic.Uint64

	ctx    context.Context // of the client's own goroutines
	cancel context.CancelFunc
	owned  sync.WaitGroup

	mu      sync.Mutex
	current *session
}

// NewClient starts to follow the policy of the oracle behind link. The caller must Close it.
func NewClient(link *sdk.Link) *Client {
	ctx, cancel := context.WithCancel(context.Background())
	c := &Client{link: link, places: make(chan struct{}, maxInFlight), ctx: ctx, cancel: cancel}
	c.owned.Go(c.followPolicy)
	return c
}

// Close ends every question and waits for the client's goroutines.
func (c *Client) Close() {
	c.cancel()
	c.owned.Wait()
}

// Policy is the policy that the oracle last said is in force, and a channel that is closed when it says otherwise. An empty
// digest means that none is.
func (c *Client) Policy() (PolicyState, <-chan struct{}) { return c.policy.Get() }

// Strays counts the answers that came for no open question: late ones, and ones with a nonce that was never sent.
func (c *Client) Strays() uint64 { return c.strays.Load() }

// maxSilent is how many questions in a row an oracle may leave unanswered.
const maxSilent = 8

// Stuck reports whether the oracle has left several questions in a row without any answer in their full time. Its process may
// look healthy then, but only a restart helps.
func (c *Client) Stuck() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.current != nil && !c.current.broken() && c.current.silent.Load() >= maxSilent
}

// Ask asks one question. It ends with ctx or after AskTimeout, whichever is first. The error is a *sdk.Failure; when the oracle
// answered by another policy than q's it wraps a *StalePolicy, and the caller asks again under that one. An answer with an
// EvaluationError is an answer: a refusal whose reason is for the operator.
func (c *Client) Ask(ctx context.Context, q Question) (Answer, error) {
	const op = "ask"
	if q.PolicyDigest == "" {
		return Answer{}, c.link.Fail(sdk.Unavailable, op, errors.New("no policy is in force"))
	}
	ctx, cancel := context.WithTimeout(ctx, AskTimeout)
	defer cancel()
	nonce := newNonce()
	w, err := questionToWire(q, nonce)
	size := proto.Size(w)
	if err == nil && size > maxQuestion {
		err = fmt.Errorf("the question is longer than %d bytes", maxQuestion)
	}
	if err != nil {
		return Answer{}, c.link.Fail(sdk.Invalid, op, err)
	}

	select {
	case c.places <- struct{}{}:
		defer func() { <-c.places }()
	case <-ctx.Done():
		return Answer{}, c.link.Fail(sdk.Timeout, op, fmt.Errorf("too many questions wait: %w", ctx.Err()))
	}
	s, err := c.session()
	if err != nil {
		return Answer{}, err
	}
	reply, err := s.ask(ctx, nonce, w, size)
	if err != nil {
		return Answer{}, err
	}
	answer, err := checkAnswer(reply, q)
	if stale := (*StalePolicy)(nil); errors.As(err, &stale) {
		return Answer{}, c.link.Fail(sdk.Stale, op, err)
	}
	if err != nil {
		return Answer{}, c.link.Fail(sdk.Broken, op, err)
	}
	return answer, nil
}

// session is the living stream, or a new one.
func (c *Client) session() (*session, error) {
	conn, changed, err := c.link.Conn("ask")
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ctx.Err() != nil {
		return nil, c.link.Fail(sdk.Unavailable, "ask", errors.New("the host is closing"))
	}
	if s := c.current; s != nil && s.conn == conn && !s.broken() {
		return s, nil
	}
	c.current = newSession(c.link, conn, &c.strays)
	s := c.current
	c.owned.Go(func() { s.run(c.ctx, changed) })
	return s, nil
}

func (c *Client) followPolicy() {
	open := func(ctx context.Context, conn grpc.ClientConnInterface) (grpc.ServerStreamingClient[oraclev1.PolicyState], error) {
		return oraclev1.NewOracleClient(conn).Policy(ctx, &oraclev1.PolicyRequest{}, grpc.MaxCallRecvMsgSize(4<<20))
	}
	sdk.Follow(c.ctx, c.link, "policy", open, func(w *oraclev1.PolicyState) {
		state, err := policyFromWire(w)
		if err != nil {
			// A state that can not be read must not leave the one before it in force unnoticed.
			c.link.Report(c.link.Fail(sdk.Broken, "policy", err))
			state = PolicyState{Problems: []sdk.Problem{{Message: "the oracle told a policy that can not be read: " + err.Error()}}}
		}
		c.policy.Set(state)
	})
}
