package operator

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"argus/host/follow"
	"argus/host/mediate"
	"argus/kernel"
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
	said := happeningOf(h.Step.Event)
	agent := follow.Subject(h.Step.Event)
	said.Time, said.Sequence = h.Step.Time.UTC().Format(time.RFC3339Nano), h.Step.Sequence
	said.Agent, said.Principal = string(agent), d.Mediator.Feed.Owner(agent)
	return said
}

// happeningOf tells what an event says of itself.
func happeningOf(e kernel.Event) *operatorv1.Happening {
	switch e := e.(type) {
	case kernel.Registered:
		return &operatorv1.Happening{What: "registered", Tool: toolName(e.Tool), Detail: "issuer " + string(e.Issuer)}
	case kernel.Delegated:
		return exposed(e.Exposure, &operatorv1.Happening{What: "delegated", Detail: fmt.Sprintf("born of %s with %d capabilities and %d bits", e.By, e.Caps.Len(), e.Bits)})
	case kernel.Revoked:
		return &operatorv1.Happening{What: "revoked", Detail: fmt.Sprintf("%d calls still open", e.Settling)}
	case kernel.Started:
		said := &operatorv1.Happening{What: "started", Tool: toolName(e.Call.Tool), Invocation: new(uint64(e.Invocation))}
		if e.Approval.Given {
			said.Detail = "across the policy, as a person approved"
		}
		return said
	case kernel.Completed:
		return exposed(e.Exposure, &operatorv1.Happening{What: "completed", Invocation: new(uint64(e.Invocation)), Detail: completion(e)})
	case kernel.Returned:
		return exposed(e.Exposure, &operatorv1.Happening{What: "returned", Detail: "by " + string(e.Child) + spent(e.Spent)})
	case kernel.EgressAllowed:
		return exposed(e.Exposure, &operatorv1.Happening{What: "egress allowed", Detail: "to " + e.Flow.Sink.String()})
	case kernel.CapabilityGranted:
		return &operatorv1.Happening{What: "capability granted", Detail: string(e.Capability)}
	case kernel.Elevated:
		return exposed(e.Exposure, &operatorv1.Happening{What: "elevated", Detail: "took in " + e.Label.Level.String() + ", " + e.Label.Integrity.String()})
	case kernel.OverrideArmed:
		return &operatorv1.Happening{What: "override armed", Tool: toolName(e.Tool), Detail: "up to " + e.Upto.Level.String() + ", " + e.Upto.Integrity.String()}
	}
	panic("operator: event outside the sealed sum")
}

func exposed(x kernel.Exposure, said *operatorv1.Happening) *operatorv1.Happening {
	said.Level, said.Integrity = x.Level.String(), x.Integrity.String()
	return said
}

func completion(e kernel.Completed) string {
	switch {
	case e.Settled:
		return "its agent had ended: the result is thrown away"
	case !e.Released:
		return e.Outcome.String() + ", the result is withheld"
	}
	return e.Outcome.String() + spent(e.Spent)
}

func spent(bits uint64) string {
	if bits == 0 {
		return ""
	}
	return fmt.Sprintf(", %d bits spent", bits)
}

// toolName is a tool's id without the digest of its definition.
func toolName(id kernel.ToolID) string {
	name, _, _ := strings.Cut(string(id), "@")
	return name
}

// Watch hands what happens to each, until ctx ends, each gives an error, or the daemon ends the stream. begun is called when nothing is missed
// any more. after is a record of the journal; nil begins now. principal is whose agents are told of; empty is all.
func (c *Client) Watch(ctx context.Context, after *uint64, principal string, begun func(), each func(Happening) error) error {
	stream, err := c.rpc.Watch(ctx, &operatorv1.WatchRequest{After: after, Principal: principal})
	if err == nil {
		if _, err = stream.Header(); err == nil {
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
	case errors.Is(err, io.EOF):
		return errors.New("the daemon has ended")
	}
	return errors.New(status.Convert(err).Message())
}
