package sandboxkit_test

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"

	"go.uber.org/goleak"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"argus/plugin/sdk"
	"argus/plugin/sdk/conformance"
	"argus/plugin/sdk/conformance/sandboxkit"
	"argus/plugin/sdk/sdktest"
	sandboxv1 "argus/proto/argus/sandbox/v1"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// clerk is a sandbox on a machine that can enforce nothing, with at most one defect. The defects of one that can are tried on
// sandbox-landlock.
type clerk struct {
	sandboxv1.UnimplementedSandboxServer
	defect string
	plans  atomic.Int64
}

func (c *clerk) Survey(context.Context, *sandboxv1.SurveyRequest) (*sandboxv1.SurveyReply, error) {
	layer := &sandboxv1.Layer{Name: "walls", Detail: "there are none; build some"}
	if c.defect == "SBX-01" {
		layer.Detail = ""
	}
	return &sandboxv1.SurveyReply{Layers: []*sandboxv1.Layer{layer}}, nil
}

func (c *clerk) Plan(context.Context, *sandboxv1.PlanRequest) (*sandboxv1.PlanReply, error) {
	if c.defect == "SBX-02" && c.plans.Add(1) > 2 { // no other check asks so often
		return &sandboxv1.PlanReply{Nonce: make([]byte, 16)}, nil
	}
	return nil, status.Error(codes.FailedPrecondition, "walls are missing")
}

func outcomes(t *testing.T, defect string) map[conformance.Outcome][]string {
	by := map[conformance.Outcome][]string{}
	results := sdktest.Results(t, sandboxkit.Kit(), sdktest.Subject{New: func(testing.TB) sdk.Service {
		return sdk.Service{
			Kind: sdk.KindSandbox, Info: sdk.Info{Name: "clerk", Version: "1"},
			Configure: func(context.Context, sdk.Settings) []sdk.Problem { return nil },
			Register:  func(s *grpc.Server) { sandboxv1.RegisterSandboxServer(s, &clerk{defect: defect}) },
		}
	}})
	for _, r := range results {
		by[r.Outcome] = append(by[r.Outcome], r.ID)
	}
	return by
}

func TestWhatAMachineCannotEnforceIsNotClaimed(t *testing.T) {
	by := outcomes(t, "")
	if len(by[conformance.Fail]) > 0 || len(by[conformance.Unclaimed]) != 11 {
		t.Error(by)
	}
}

func TestEachDefectFailsItsRequirement(t *testing.T) {
	for _, defect := range []string{"SBX-01", "SBX-02"} {
		if failed := outcomes(t, defect)[conformance.Fail]; !slices.Equal(failed, []string{defect}) {
			t.Errorf("with defect %s failed %v", defect, failed)
		}
	}
}
