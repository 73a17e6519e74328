package audit

import (
	"context"
	"errors"
	"fmt"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"argus/plugin/sdk"
	auditv1 "argus/proto/argus/audit/v1"
)

// CallTimeout is how long one call to a sink may take.
const CallTimeout = 30 * time.Second

// maxReply is room for the most that can be found at once.
const maxReply = 16 << 20

// ErrNoStore says that a sink cannot be asked.
var ErrNoStore = errors.New("this sink passes events on and cannot be asked")

// Client is the host's view of a sink. It stays valid while the plugin behind its link restarts.
type Client struct{ link *sdk.Link }

// NewClient is a client over link.
func NewClient(link *sdk.Link) *Client { return &Client{link: link} }

// Up returns when the sink can be reached, or ctx ends.
func (c *Client) Up(ctx context.Context) error {
	for {
		_, changed, err := c.link.Conn("reach")
		if err == nil {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Kept tells up to where the sink has durably kept events.
func (c *Client) Kept(ctx context.Context) (Kept, error) {
	reply, err := call(ctx, c, "kept", func(ctx context.Context, rpc auditv1.AuditClient) (*auditv1.KeptReply, error) {
		return rpc.Kept(ctx, &auditv1.KeptRequest{}, grpc.MaxCallRecvMsgSize(maxReply))
	})
	if err != nil {
		return Kept{}, err
	}
	kept, err := keptFromWire(reply)
	if err != nil {
		return Kept{}, c.link.Fail(sdk.Broken, "kept", err)
	}
	return kept, nil
}

// Append gives at most MaxEvents events to a sink that has kept what after says, and returns what it has kept then. The sink refuses steps that come
// after another one.
func (c *Client) Append(ctx context.Context, after Kept, events []Event) (Kept, error) {
	const op = "append"
	err := checkBatch(after.Sequence, events)
	if len(events) > MaxEvents {
		err = fmt.Errorf("more than %d events", MaxEvents)
	}
	if err != nil {
		return Kept{}, c.link.Fail(sdk.Invalid, op, err)
	}
	request := &auditv1.AppendRequest{AfterSequence: after.Sequence, AfterChain: after.Chain.Bytes()}
	for _, e := range events {
		request.Events = append(request.Events, eventToWire(e))
	}
	reply, err := call(ctx, c, op, func(ctx context.Context, rpc auditv1.AuditClient) (*auditv1.AppendReply, error) {
		return rpc.Append(ctx, request, grpc.MaxCallRecvMsgSize(maxReply))
	})
	if err != nil {
		return Kept{}, err
	}
	kept, err := keptFromWire(reply.GetKept())
	if err == nil && kept != after.Then(events) {
		err = errors.New("the sink says that it has kept something else than it took")
	}
	if err != nil {
		return Kept{}, c.link.Fail(sdk.Broken, op, err)
	}
	return kept, nil
}

// Query asks a sink that is a Store. The error wraps ErrNoStore if it is none.
func (c *Client) Query(ctx context.Context, q Query) ([]Found, error) {
	const op = "query"
	request := QueryToWire(q)
	q.Limit = int(request.GetLimit())
	reply, err := call(ctx, c, op, func(ctx context.Context, rpc auditv1.AuditClient) (*auditv1.QueryReply, error) {
		return rpc.Query(ctx, request, grpc.MaxCallRecvMsgSize(maxReply))
	})
	if err != nil {
		return nil, err
	}
	var found []Found
	for _, w := range reply.GetFound() {
		e, err := eventFromWire(w.GetEvent())
		if err != nil {
			return nil, c.link.Fail(sdk.Broken, op, err)
		}
		found = append(found, Found{ID: w.GetId(), Event: e})
	}
	if err := q.answers(found); err != nil {
		return nil, c.link.Fail(sdk.Broken, op, err)
	}
	return found, nil
}

// call runs one call within CallTimeout, and gives its error as a *sdk.Failure.
func call[T proto.Message](ctx context.Context, c *Client, op string, run func(context.Context, auditv1.AuditClient) (T, error)) (T, error) {
	var none T
	ctx, cancel := context.WithTimeout(ctx, CallTimeout)
	defer cancel()
	conn, _, err := c.link.Conn(op)
	if err != nil {
		return none, err
	}
	reply, err := run(ctx, auditv1.NewAuditClient(conn))
	switch {
	case status.Code(err) == codes.Unimplemented:
		return none, c.link.Fail(sdk.Invalid, op, ErrNoStore)
	case err != nil:
		return none, sdk.FromStatus(c.link.Plugin(), op, err)
	}
	if err := sdk.CheckKnown("the answer", reply); err != nil {
		return none, c.link.Fail(sdk.Broken, op, err)
	}
	return reply, nil
}
