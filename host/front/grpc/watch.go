package grpc

import (
	"errors"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"

	"argus/host/follow"
	"argus/host/identity"
	"argus/host/mediate"
	"argus/kernel"
	agentv1 "argus/proto/argus/agent/v1"
)

// watchService tells what happens. What a watcher has not read waits once for all in the feed, at most 256 refusals for each, and what the
// transport holds for one stream (64 KiB and a message).
type watchService struct {
	agentv1.UnimplementedWatchServer
	*Front
}

// Events shows a client its own agents.
func (w watchService) Events(q *agentv1.EventsRequest, s grpc.ServerStreamingServer[agentv1.EventsReply]) error {
	only := make([]identity.ContextID, len(q.GetContexts()))
	for i, id := range q.GetContexts() {
		only[i] = identity.ContextID(id)
	}
	g := grantOf(s.Context())
	scope, err := w.Mediator.ScopeOf(g, only)
	if err != nil {
		return unbound(err)
	}
	return w.tell(s, scope, w.Mediator.NamesFor(g), q.After, q.GetKinds())
}

// AllEvents shows the operator everybody.
func (w watchService) AllEvents(q *agentv1.AllEventsRequest, s grpc.ServerStreamingServer[agentv1.EventsReply]) error {
	act, err := w.signed(s.Context(), q.GetAct())
	if err != nil {
		return err
	}
	if act.GetWatchAll() == nil {
		return errOtherAct
	}
	scope := mediate.Scope{Operator: true}
	for _, id := range q.GetAgents() {
		scope.Within = append(scope.Within, kernel.AgentID(id))
	}
	return w.tell(s, scope, w.Mediator.ContextOf, q.After, q.GetKinds())
}

// tell sends until the client goes, or is too slow.
func (w watchService) tell(s grpc.ServerStreamingServer[agentv1.EventsReply], scope mediate.Scope, name names, after *uint64, kinds []agentv1.EventKind) error {
	from := w.Mediator.Durable()
	if after != nil {
		from = *after
	}
	watching, err := w.Mediator.Watch(scope, from)
	if err != nil {
		return err
	}
	defer watching.Close()
	wanted := map[agentv1.EventKind]bool{}
	for _, k := range kinds {
		wanted[k] = true
	}
	sent := from
	for {
		h, err := watching.Next(s.Context())
		var behind follow.Behind
		switch {
		case errors.As(err, &behind):
			return errBehind(behind.Last)
		case err != nil:
			return err
		}
		m, kind := reply(name, h)
		if len(wanted) > 0 && !wanted[kind] {
			continue
		}
		if err := w.send(s, m, sent); err != nil {
			return err
		}
		sent = max(sent, m.GetRecorded().GetSequence())
	}
}

// send gives up a client that takes nothing for the door's patience. The goroutine that is then left ends with the stream, which ends when the
// handler returns; Close waits for it.
func (w watchService) send(s grpc.ServerStreamingServer[agentv1.EventsReply], reply *agentv1.EventsReply, sent uint64) error {
	done := make(chan error, 1)
	w.sends.Go(func() { done <- s.Send(reply) })
	patience := time.NewTimer(w.patience)
	defer patience.Stop()
	select {
	case err := <-done:
		return err
	case <-patience.C:
		return errBehind(sent)
	case <-s.Context().Done():
		return s.Context().Err()
	}
}

func errBehind(last uint64) error {
	return detailed(codes.OutOfRange, "Too slow: go on after the last event that you have.", &agentv1.Behind{Last: last})
}

func reply(name names, h mediate.Happening) (*agentv1.EventsReply, agentv1.EventKind) {
	if r := h.Refused; r != nil {
		return &agentv1.EventsReply{What: &agentv1.EventsReply_Refused{Refused: &agentv1.Refused{
			Agent: name.ref(r.Agent), Tool: r.Tool, TimeUnixNano: r.Time.UnixNano(),
			Refusal: &agentv1.Refusal{Rule: r.Rule, Sentence: r.Sentence, Reference: string(r.Reference)},
		}}}, agentv1.EventKind_EVENT_KIND_REFUSED
	}
	return &agentv1.EventsReply{What: &agentv1.EventsReply_Recorded{Recorded: &agentv1.Recorded{
		Sequence: h.Step.Sequence, TimeUnixNano: h.Step.Time.UnixNano(), Event: name.event(h.Step.Event),
	}}}, kindOf(h.Step.Event)
}

func kindOf(e kernel.Event) agentv1.EventKind {
	switch e.(type) {
	case kernel.Registered:
		return agentv1.EventKind_EVENT_KIND_REGISTERED
	case kernel.Delegated:
		return agentv1.EventKind_EVENT_KIND_DELEGATED
	case kernel.Revoked:
		return agentv1.EventKind_EVENT_KIND_REVOKED
	case kernel.Started:
		return agentv1.EventKind_EVENT_KIND_STARTED
	case kernel.Completed:
		return agentv1.EventKind_EVENT_KIND_COMPLETED
	case kernel.Returned:
		return agentv1.EventKind_EVENT_KIND_RETURNED
	case kernel.EgressAllowed:
		return agentv1.EventKind_EVENT_KIND_EGRESS_ALLOWED
	case kernel.CapabilityGranted:
		return agentv1.EventKind_EVENT_KIND_CAPABILITY_GRANTED
	case kernel.Elevated:
		return agentv1.EventKind_EVENT_KIND_ELEVATED
	case kernel.OverrideArmed:
		return agentv1.EventKind_EVENT_KIND_OVERRIDE_ARMED
	}
	panic("grpc: event outside the sealed sum")
}
