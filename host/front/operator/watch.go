package operator

import (
	"context"
	"errors"
	"io"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"argus/host/follow"
	"argus/host/mediate"
	operatorv1 "argus/proto/argus/operator/v1"
)

// Watch tells what happens until the client goes, or is too slow.
func (d *Door) Watch(q *operatorv1.WatchRequest, s grpc.ServerStreamingServer[operatorv1.Happening]) error {
	from := d.Mediator.Durable()
	if q.After != nil {
		from = q.GetAfter()
	}
	watching, err := d.Mediator.Watch(mediate.Scope{Operator: true}, from)
	if err != nil {
		return wireError(err)
	}
	defer watching.Close()
	if err := s.SendHeader(nil); err != nil { // it is told that it watches now
		return err
	}
	for {
		h, err := watching.Next(s.Context())
		if behind, is := errors.AsType[follow.Behind](err); is {
			return status.Errorf(codes.OutOfRange, "too slow: go on with --after %d", behind.Last)
		}
		if err != nil {
			return wireError(err)
		}
		said := d.happening(h)
		if q.GetPrincipal() != "" && q.GetPrincipal() != said.GetPrincipal() {
			continue
		}
		if err := s.Send(said); err != nil {
			return err
		}
	}
}

// happening tells a step or a refusal.
func (d *Door) happening(h mediate.Happening) *operatorv1.Happening {
	if r := h.Refused; r != nil {
		return &operatorv1.Happening{
			Time: r.Time.UTC().Format(time.RFC3339Nano), What: Refused, Agent: string(r.Agent), Principal: d.Mediator.Feed.Owner(r.Agent), Tool: r.Tool,
			Rule: r.Rule, Sentence: r.Sentence, Reference: string(r.Reference),
		}
	}
	words, agent := follow.Describe(h.Step.Event), follow.Subject(h.Step.Event)
	said := &operatorv1.Happening{
		Time: h.Step.Time.UTC().Format(time.RFC3339Nano), Sequence: h.Step.Sequence, What: words.What, Agent: string(agent),
		Principal: d.Mediator.Feed.Owner(agent), Tool: words.Tool, Invocation: words.Invocation, Detail: words.Detail,
	}
	if words.Exposure != nil {
		said.Level, said.Integrity = words.Exposure.Level.String(), words.Exposure.Integrity.String()
	}
	return said
}

// Watch hands what happens to each, until ctx ends, each gives an error, or the daemon ends the stream. begun is called when nothing is missed
// any more. after is a record of the journal; nil begins now. principal is whose agents are told of; empty is all.
func (c *Client) Watch(ctx context.Context, after *uint64, principal string, begun func(), each func(Happening) error) error {
	stream, err := c.rpc.Watch(ctx, &operatorv1.WatchRequest{After: after, Principal: principal})
	watching := false
	if err == nil {
		if _, err = stream.Header(); err == nil {
			watching = true
			begun()
		}
	}
	for err == nil {
		var said *operatorv1.Happening
		if said, err = stream.Recv(); err == nil {
			if err := each(happeningView(said)); err != nil {
				return err
			}
		}
	}
	switch {
	case ctx.Err() != nil:
		return nil
	case errors.Is(err, io.EOF), watching && status.Code(err) == codes.Unavailable: // the latter is the connection's end
		return ErrEnded
	}
	return errors.New(status.Convert(err).Message())
}
