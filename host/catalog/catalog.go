package catalog

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"

	"argus/host/child"
	"argus/plugin/sdk"
	"argus/plugin/sdk/audit"
	"argus/plugin/sdk/oracle"
	"argus/plugin/sdk/registry"
	"argus/plugin/sdk/sandbox"
)

// Catalog runs the plugins of one configuration.
type Catalog struct {
	plugins []*supervised
	starter *child.Starter
	cancel  context.CancelFunc
	owned   sync.WaitGroup
	closing sync.Once

	oracle   *oracle.Client
	sandbox  *sandbox.Client
	registry *registry.Client
	audit    *audit.Client
}

// Open verifies every plugin and starts them all, each in its own time: one that hangs holds up no other. It returns as soon as
// they are verified, and all that is wrong with their files is told together. Ready waits for the first starts. The caller must
// Close the catalog; ctx ends no plugin.
func Open(ctx context.Context, options Options, specs []Spec) (*Catalog, error) {
	options = options.withDefaults()
	if err := checkSpecs(specs); err != nil {
		return nil, err
	}
	var err error
	if options.RunDir, err = filepath.Abs(options.RunDir); err != nil {
		return nil, err
	}
	if options.PluginDir, err = filepath.Abs(options.PluginDir); err != nil {
		return nil, err
	}
	if err := prepareRunDir(options.RunDir); err != nil {
		return nil, err
	}
	plugins, err := verify(options, specs)
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		closeImages(plugins)
		return nil, err
	}
	starter, err := child.NewStarter()
	if err != nil {
		closeImages(plugins)
		return nil, err
	}
	return open(ctx, starter, plugins), nil
}

// verify makes the image of every plugin.
func verify(options Options, specs []Spec) ([]*supervised, error) {
	var plugins []*supervised
	var errs []error
	for _, spec := range specs {
		image, err := OpenImage(options.PluginDir, spec.Binary, spec.SHA256, options.RunDir)
		if err != nil {
			errs = append(errs, fmt.Errorf("plugin %s: %w", spec.Name, err))
			continue
		}
		logger := options.Logger.Named("plugins")
		plugins = append(plugins, &supervised{
			spec: spec, options: options, image: image, logger: logger,
			link: sdk.NewLink(spec.Name, func(err error) {
				logger.Warn("plugin broke a stream or its contract", "plugin", spec.Name, "error", err.Error())
			}),
			status: Status{Name: spec.Name, Kind: spec.Kind, State: Starting},
			first:  make(chan struct{}),
		})
	}
	return plugins, errors.Join(errs...)
}

func closeImages(plugins []*supervised) {
	for _, p := range plugins {
		p.image.Close()
	}
}

func open(ctx context.Context, starter *child.Starter, plugins []*supervised) *Catalog {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	c := &Catalog{plugins: plugins, starter: starter, cancel: cancel}
	c.oracle = oracle.NewClient(c.link(sdk.KindOracle))
	c.sandbox = sandbox.NewClient(c.link(sdk.KindSandbox))
	c.registry = registry.NewClient(c.link(sdk.KindRegistry))
	c.audit = audit.NewClient(c.link(sdk.KindAudit))
	for _, p := range plugins {
		p.starter = c.starter
		if p.spec.Kind == sdk.KindOracle {
			p.stuck = c.oracle.Stuck
		}
		c.owned.Go(func() { p.supervise(ctx) })
	}
	return c
}

// link is that of the plugin of kind, or one that is down for good.
func (c *Catalog) link(kind sdk.Kind) *sdk.Link {
	for _, p := range c.plugins {
		if p.spec.Kind == kind {
			return p.link
		}
	}
	link := sdk.NewLink(kind.String(), nil)
	link.Down(fmt.Errorf("the configuration names no plugin of kind %s", kind))
	return link
}

// Oracle is the facade of the oracle plugin. It is never nil and valid until Close; while the plugin is down its calls fail as
// Unavailable.
func (c *Catalog) Oracle() *oracle.Client { return c.oracle }

// Sandbox is the facade of the sandbox plugin, as Oracle is of the oracle.
func (c *Catalog) Sandbox() *sandbox.Client { return c.sandbox }

// Registry is the facade of the registry plugin, as Oracle is of the oracle.
func (c *Catalog) Registry() *registry.Client { return c.registry }

// Audit is the facade of the audit sink, as Oracle is of the oracle. A configuration may have none.
func (c *Catalog) Audit() *audit.Client { return c.audit }

// Ready waits until every plugin has started or failed to for the first time. The error tells a person which did not and why;
// those are started again all the same.
func (c *Catalog) Ready(ctx context.Context) error {
	var errs []error
	for _, p := range c.plugins {
		select {
		case <-p.first:
		case <-ctx.Done():
			errs = append(errs, fmt.Errorf("plugin %s: wait for its start: %w", p.spec.Name, ctx.Err()))
			continue
		}
		if p.begun != nil {
			errs = append(errs, fmt.Errorf("plugin %s: %w", p.spec.Name, p.begun))
		}
	}
	return errors.Join(errs...)
}

// Status tells of every plugin, in the order of the configuration.
func (c *Catalog) Status() []Status {
	out := make([]Status, 0, len(c.plugins))
	for _, p := range c.plugins {
		out = append(out, p.tell())
	}
	return out
}

// Close ends every plugin with all that it started, within 2 s, and every question to it.
func (c *Catalog) Close() {
	c.closing.Do(func() {
		c.cancel()
		c.owned.Wait()
		c.oracle.Close()
		c.registry.Close()
		c.starter.End()
		closeImages(c.plugins)
	})
}
