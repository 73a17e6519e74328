package audit

import (
	"context"
	"sync"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"argus/plugin/sdk"
	auditv1 "argus/proto/argus/audit/v1"
)

// Serve serves impl to the host and returns when the host is done; call it last in main.
func Serve(info sdk.Info, impl Sink) { sdk.Serve(Service(info, impl)) }

// Service is impl ready to be served. Tests use it to serve impl without a process of its own.
func Service(info sdk.Info, impl Sink) sdk.Service {
	return sdk.Service{
		Kind:      sdk.KindAudit,
		Info:      info,
		Configure: impl.Configure,
		Register:  func(server *grpc.Server) { auditv1.RegisterAuditServer(server, &adapter{impl: impl}) },
	}
}

// adapter stands between the wire and the author.
type adapter struct {
	auditv1.UnimplementedAuditServer
	impl Sink
	mu   sync.Mutex // of Append: one that the host gave up can still run when the next comes
}

func (a *adapter) Kept(ctx context.Context, _ *auditv1.KeptRequest) (*auditv1.KeptReply, error) {
	kept, err := a.impl.Kept(ctx)
	if err != nil {
		return nil, unavailable(err)
	}
	return keptToWire(kept), nil
}

func (a *adapter) Append(ctx context.Context, r *auditv1.AppendRequest) (*auditv1.AppendReply, error) {
	events := make([]Event, 0, len(r.GetEvents()))
	for _, w := range r.GetEvents() {
		e, err := eventFromWire(w)
		if err != nil {
			return nil, status.Error(codes.InvalidArgument, err.Error())
		}
		events = append(events, e)
	}
	if err := checkBatch(r.GetAfterSequence(), events); err != nil {
		return nil, status.Error(codes.InvalidArgument, err.Error())
	}
	chain, err := chainFromWire(r.GetAfterChain())
	if err != nil {
		return nil, status.Error(codes.InvalidArgument, err.Error())
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	kept, err := a.impl.Kept(ctx)
	if err != nil {
		return nil, unavailable(err)
	}
	if kept.Sequence != r.GetAfterSequence() || kept.Chain != chain {
		return nil, status.Errorf(codes.FailedPrecondition, "the steps come after record %d (%.8s), and the last that was kept is %d (%.8s)",
			r.GetAfterSequence(), chain, kept.Sequence, kept.Chain)
	}
	if kept, err = a.impl.Append(ctx, events); err != nil {
		return nil, unavailable(err)
	}
	return &auditv1.AppendReply{Kept: keptToWire(kept)}, nil
}

func (a *adapter) Query(ctx context.Context, r *auditv1.QueryRequest) (*auditv1.QueryReply, error) {
	store, is := a.impl.(Store)
	if !is {
		return nil, status.Error(codes.Unimplemented, "this sink passes events on and cannot be asked")
	}
	q, err := QueryFromWire(r)
	if err != nil {
		return nil, status.Error(codes.InvalidArgument, err.Error())
	}
	found, err := store.Query(ctx, q)
	if err != nil {
		return nil, unavailable(err)
	}
	reply := &auditv1.QueryReply{}
	for _, f := range found {
		reply.Found = append(reply.Found, &auditv1.Found{Id: f.ID, Event: eventToWire(f.Event)})
	}
	return reply, nil
}

func unavailable(err error) error {
	return status.Error(codes.Unavailable, sdk.Clip(err.Error(), MaxDetail))
}
