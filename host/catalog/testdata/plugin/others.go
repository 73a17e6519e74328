package main

import (
	"context"
	"strings"

	"argus/plugin/sdk"
	"argus/plugin/sdk/registry"
	"argus/plugin/sdk/sandbox"
)

// planner promises everything.
type planner struct{}

func (planner) Configure(context.Context, sdk.Settings) []sdk.Problem { return nil }

func (planner) Survey(context.Context) []sandbox.Layer {
	return []sandbox.Layer{{Name: "test", Available: true, Detail: "always"}}
}

func (planner) Plan(_ context.Context, r sandbox.Request) (sandbox.Plan, error) {
	return sandbox.Plan{
		Helper: "helper", HelperSHA256: strings.Repeat("0", 64), ReportDescriptor: 3, LifelineDescriptor: 4,
		Protections: sandbox.Baseline(r.Profile),
	}, nil
}

// shelf holds one revision.
type shelf struct{ content sdk.Latest[registry.Content] }

func (s *shelf) Configure(context.Context, sdk.Settings) []sdk.Problem {
	s.content.Set(registry.Content{Revision: "r1", FlowOrigin: registry.Origin{File: "flow.toml", Line: 1}})
	return nil
}

func (s *shelf) Content() (registry.Content, <-chan struct{}) { return s.content.Get() }

func (s *shelf) Pin(context.Context, registry.PinRequest) (registry.PinReply, error) {
	return registry.PinReply{File: "demo.toml", Changed: 1}, nil
}
