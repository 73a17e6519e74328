package host

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"

	"argus/host/config"
	"argus/host/upstream"
)

// Layer is one mechanism of this machine, as the sandbox plugin sees it.
type Layer struct {
	Name      string
	Available bool
	Detail    string // the version found, or what is missing and how to get it
}

// Confinement is what would protect a server. With an error it could not be started.
type Confinement struct {
	Server      string
	Protections []string
	Err         error
}

// Survey asks the sandbox plugin of a configuration what this machine can enforce, and how it would confine each server. Nothing is started
// but the plugin.
func Survey(ctx context.Context, o Options) (layers []Layer, servers []Confinement, err error) {
	folder, err := temporaryState()
	if err != nil {
		return nil, nil, err
	}
	o.Config.State = folder
	o.Config.Plugins = only(o.Config.Plugins, config.Sandbox)
	h := &Host{config: o.Config, logger: o.Logger, pluginDir: o.PluginDir}
	defer func() { err = errors.Join(err, h.Close(), os.RemoveAll(folder)) }()
	for _, step := range []func(context.Context) error{h.openRecord, h.openPlugins} {
		if err := step(ctx); err != nil {
			return nil, nil, err
		}
	}
	found, err := h.catalog.Sandbox().Survey(ctx)
	if err != nil {
		return nil, nil, err
	}
	for _, l := range found {
		layers = append(layers, Layer(l))
	}
	scratch := filepath.Join(folder, "scratch")
	if err := os.Mkdir(scratch, 0o700); err != nil {
		return nil, nil, err
	}
	launcher := launcher{sandbox: h.catalog.Sandbox(), pluginDir: h.pluginDir, runDir: h.path(RunFolder)}
	for _, s := range o.Config.Servers {
		plan, err := launcher.Plan(ctx, upstream.Spec{
			Name: s.Name, Command: s.Command, Folder: scratch, Scratch: scratch, Profile: h.config.Profiles[s.Profile],
		})
		if err == nil {
			err = plan.Helper.Close()
		}
		servers = append(servers, Confinement{s.Name, plan.Required, err})
	}
	return layers, servers, nil
}

// only are the plugins of some kinds.
func only(plugins []config.Plugin, kinds ...config.Kind) []config.Plugin {
	return slices.DeleteFunc(slices.Clone(plugins), func(p config.Plugin) bool { return !slices.Contains(kinds, p.Kind) })
}
