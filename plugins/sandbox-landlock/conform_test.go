//go:build linux

package main

import (
	"context"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"

	"google.golang.org/grpc"

	"argus/plugin/sdk"
	"argus/plugin/sdk/conformance"
	"argus/plugin/sdk/conformance/planted"
	"argus/plugin/sdk/conformance/sandboxkit"
	"argus/plugin/sdk/sandbox"
	"argus/plugin/sdk/sdktest"
	sandboxv1 "argus/proto/argus/sandbox/v1"
)

func TestLandlockConforms(t *testing.T) {
	sdktest.Conform(t, sandboxkit.Kit(), buildTools(t).subject(t, defect{}))
}

// TestEachDefectFailsItsRequirement is the kit's test of itself as much as the plugin's: only on a sandbox that holds can be seen whether the
// one thing that does not is found.
func TestEachDefectFailsItsRequirement(t *testing.T) {
	built, names := buildTools(t), slices.Sorted(maps.Keys(defects))
	planted.Each(t, planted.Own(sandboxkit.Kit()), names, func(t *testing.T, name string) []conformance.Result {
		results := sdktest.Results(t, sandboxkit.Kit(), built.subject(t, defects[name]))
		if unclaimed := planted.Outcomes(results)[conformance.Unclaimed]; len(unclaimed) > 0 {
			t.Errorf("%v could not be tried", unclaimed)
		}
		return results
	})
}

// flawed is the plugin with a defect.
type flawed struct {
	plugin
	defect defect
}

func (f *flawed) Survey(ctx context.Context) []sandbox.Layer {
	layers := f.plugin.Survey(ctx)
	if f.defect.survey != nil {
		f.defect.survey(layers)
	}
	return layers
}

func (f *flawed) Plan(ctx context.Context, r sandbox.Request) (sandbox.Plan, error) {
	if f.defect.request != nil {
		f.defect.request(&r)
	}
	plan, err := f.plugin.Plan(ctx, r)
	if err == nil && f.defect.plan != nil {
		f.defect.plan(&plan)
	}
	return plan, err
}

// tools are programs as their sources are.
type tools struct{ helper, probe string }

func buildTools(t *testing.T) tools {
	t.Helper()
	folder := t.TempDir()
	built := tools{filepath.Join(folder, helper), filepath.Join(folder, "probe")}
	build(t, built.helper, "./helper")
	build(t, built.probe, "./testdata/probe")
	return built
}

// subject is a plugin with at most one defect, in a folder of its own with the helper and a link to that.
func (built tools) subject(t *testing.T, d defect) sdktest.Subject {
	t.Helper()
	folder := t.TempDir()
	ours := filepath.Join(folder, helper)
	if len(d.helper) > 0 {
		build(t, ours, "./helper", d.helper...)
	} else if err := os.Link(built.helper, ours); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(helper, filepath.Join(folder, link)); err != nil {
		t.Fatal(err)
	}
	s := sdktest.Subject{
		New:    func(testing.TB) sdk.Service { return sandbox.Service(info, &flawed{defect: d}) },
		Folder: folder, Probe: []string{built.probe},
	}
	if d.forgetful {
		s.Server = forgetful
	}
	return s
}

// forgetful is a server that answers without the request's nonce once it has planned more often than all but one check ask. No author could
// do that: the SDK would put it right.
func forgetful(s sdk.Service) *grpc.Server {
	var plans atomic.Int64
	return s.NewServer(grpc.ChainUnaryInterceptor(func(ctx context.Context, request any, _ *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
		reply, err := next(ctx, request)
		if plan, is := reply.(*sandboxv1.PlanReply); is && plans.Add(1) > 2 {
			plan.Nonce = make([]byte, len(plan.Nonce))
		}
		return reply, err
	}))
}
