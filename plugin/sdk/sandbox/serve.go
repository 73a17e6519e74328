package sandbox

import (
	"context"
	"errors"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"argus/plugin/sdk"
	sandboxv1 "argus/proto/argus/sandbox/v1"
)

// Serve serves impl to the host and returns when the host is done; call it last in main.
func Serve(info sdk.Info, impl Sandbox) { sdk.Serve(Service(info, impl)) }

// Service is impl ready to be served. Tests use it to serve impl without a process of its own.
func Service(info sdk.Info, impl Sandbox) sdk.Service {
	return sdk.Service{
		Kind:      sdk.KindSandbox,
		Info:      info,
		Configure: impl.Configure,
		Register:  func(server *grpc.Server) { sandboxv1.RegisterSandboxServer(server, &adapter{impl: impl}) },
	}
}

// adapter stands between the wire and the author.
type adapter struct {
	sandboxv1.UnimplementedSandboxServer
	impl Sandbox
}

func (a *adapter) Survey(ctx context.Context, _ *sandboxv1.SurveyRequest) (*sandboxv1.SurveyReply, error) {
	return &sandboxv1.SurveyReply{Layers: layersToWire(a.impl.Survey(ctx))}, nil
}

func (a *adapter) Plan(ctx context.Context, r *sandboxv1.PlanRequest) (*sandboxv1.PlanReply, error) {
	plan, err := a.impl.Plan(ctx, requestFromWire(r))
	var missing *Missing
	if errors.As(err, &missing) {
		return nil, status.Error(codes.FailedPrecondition, sdk.Clip(missing.What, maxLayerText))
	}
	if err != nil {
		return nil, status.Error(codes.Internal, sdk.Clip(err.Error(), maxLayerText))
	}
	return planToWire(plan, r.GetNonce()), nil
}
