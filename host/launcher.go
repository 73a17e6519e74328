package host

import (
	"context"
	"fmt"
	"os"

	"argus/host/catalog"
	"argus/host/config"
	"argus/host/upstream"
	"argus/plugin/sdk/sandbox"
)

// launcher asks the sandbox plugin how to confine a server, and opens the helper it names as the bytes that were pinned.
type launcher struct {
	sandbox   *sandbox.Client
	pluginDir string
	runDir    string
}

// Returns is closed when the sandbox plugin is up next.
func (l launcher) Returns() <-chan struct{} { return l.sandbox.Returns() }

// Plan answers with everything that a confined start needs.
func (l launcher) Plan(ctx context.Context, s upstream.Spec) (upstream.Plan, error) {
	p, ok := s.Profile.(config.Profile)
	if !ok {
		return upstream.Plan{}, fmt.Errorf("server %s has no profile", s.Name)
	}
	profile := sandbox.Profile{
		Read: p.Read, Write: p.Write, Scratch: s.Scratch, Network: p.Network, MaxProcesses: p.MaxProcesses, MaxMemory: p.MaxMemory,
	}
	plan, err := l.sandbox.Plan(ctx, sandbox.Request{Server: s.Name, Profile: profile, Command: s.Command, Folder: s.Folder}, sandbox.Baseline(profile))
	if err != nil {
		return upstream.Plan{}, err
	}
	image, err := catalog.OpenImage(l.pluginDir, plan.Helper, plan.HelperSHA256, l.runDir)
	if err != nil {
		return upstream.Plan{}, fmt.Errorf("the sandbox's helper: %w", err)
	}
	defer image.Close()
	helper, err := os.Open(image.Path())
	if err != nil {
		return upstream.Plan{}, fmt.Errorf("open the sandbox's helper: %w", err)
	}
	out := upstream.Plan{
		Helper: helper, HelperName: plan.Helper, Arguments: plan.Arguments,
		ReportDescriptor: plan.ReportDescriptor, LifelineDescriptor: plan.LifelineDescriptor,
	}
	for _, p := range plan.Protections {
		out.Required = append(out.Required, string(p))
	}
	return out, nil
}
