package sandboxkit_test

import (
	"context"
	"testing"

	"go.uber.org/goleak"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"argus/plugin/sdk"
	"argus/plugin/sdk/conformance"
	"argus/plugin/sdk/conformance/planted"
	"argus/plugin/sdk/conformance/sandboxkit"
	"argus/plugin/sdk/sdktest"
	sandboxv1 "argus/proto/argus/sandbox/v1"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// clerk is a sandbox on a machine that can enforce nothing. How a sandbox fails each requirement is tried on sandbox-landlock: it takes one
// that confines.
type clerk struct {
	sandboxv1.UnimplementedSandboxServer
}

func (clerk) Survey(context.Context, *sandboxv1.SurveyRequest) (*sandboxv1.SurveyReply, error) {
	return &sandboxv1.SurveyReply{Layers: []*sandboxv1.Layer{{Name: "walls", Detail: "there are none; build some"}}}, nil
}

func (clerk) Plan(context.Context, *sandboxv1.PlanRequest) (*sandboxv1.PlanReply, error) {
	return nil, status.Error(codes.FailedPrecondition, "walls are missing")
}

func TestWhatAMachineCannotEnforceIsNotClaimed(t *testing.T) {
	by := planted.Outcomes(sdktest.Results(t, sandboxkit.Kit(), sdktest.Subject{New: func(testing.TB) sdk.Service {
		return sdk.Service{
			Kind: sdk.KindSandbox, Info: sdk.Info{Name: "clerk", Version: "1"},
			Configure: func(context.Context, sdk.Settings) []sdk.Problem { return nil },
			Register:  func(s *grpc.Server) { sandboxv1.RegisterSandboxServer(s, clerk{}) },
		}
	}}))
	if len(by[conformance.Fail]) > 0 || len(by[conformance.Unclaimed]) != 11 {
		t.Error(by)
	}
}
