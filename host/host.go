// Package host builds the parts of the daemon, runs them, and stops them in order.
//
// It decides only that order. Nothing is allowed before the journal is replayed and what a crash left open is settled; nothing is
// listened to before the gate stands; on the way down the doors close first, then the servers, then the plugins, and the journal last.
package host

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"

	"argus/host/catalog"
	"argus/host/config"
	"argus/host/follow"
	agentgrpc "argus/host/front/grpc"
	"argus/host/front/llm"
	"argus/host/front/mcp"
	"argus/host/front/operator"
	"argus/host/identity"
	"argus/host/journal"
	"argus/host/ledger"
	"argus/host/mediate"
	"argus/host/refusals"
	"argus/host/schema"
	"argus/host/socket"
	"argus/host/turns"
	"argus/host/upstream"
	"argus/internal/ijson"
	"argus/kernel"
	"argus/plugin/sdk"
)

// Version is told to agents, servers and operators. The build sets it.
var Version = "0.1.0-dev"

// pluginPatience is how long the start of the daemon waits for the first start of its plugins. One that takes longer holds up nothing
// more: what needs it is unavailable until then.
const pluginPatience = 3 * time.Second

// Names in the state folder: of the journal, and of what plugins and servers are reached by.
const (
	JournalFolder = "journal"
	RunFolder     = "run"
)

// JournalAnchor is the name, beside it, of the file that says which record it must hold.
const JournalAnchor = JournalFolder + journal.AnchorSuffix

// rootBits is what all agents together may ever declassify.
const rootBits = 1 << 40

// openRequests are how many requests of one principal may wait for an answer, at all doors together.
const openRequests = 64

// Options are what a host is opened with.
type Options struct {
	Config    config.Config
	PluginDir string
	Logger    hclog.Logger
}

// Host is a daemon in one process.
type Host struct {
	config    config.Config
	logger    hclog.Logger
	began     time.Time
	closers   []func() error // run last to first
	ledger    *ledger.Ledger
	catalog   *catalog.Catalog
	stock     *stock
	set       *upstream.Set
	mediator  *mediate.Mediator
	agents    *mcp.Front
	kernel    *agentgrpc.Front
	models    *llm.Front // nil unless an upstream has a URL
	modelsAt  net.Listener
	kernelAt  net.Listener
	remoteAt  net.Listener // of gRPC with TLS; nil without
	door      *operator.Door
	auditor   *auditor       // nil without an audit sink
	agentsAt  []net.Listener // on loopback, and the socket
	doorAt    net.Listener
	url       string
	pluginDir string
}

// Open builds every part. A second daemon on the same state folder is refused. The caller must Close the host.
func Open(ctx context.Context, o Options) (*Host, error) {
	h := &Host{config: o.Config, logger: o.Logger, began: time.Now(), pluginDir: o.PluginDir}
	for _, step := range []func(context.Context) error{h.openRecord, h.openPlugins, h.openServers, h.openDoors} {
		if err := step(ctx); err != nil {
			return nil, errors.Join(err, h.Close())
		}
	}
	return h, nil
}

func (h *Host) path(name string) string { return filepath.Join(h.config.State, name) }

func (h *Host) later(close func() error) { h.closers = append(h.closers, close) }

// explained says beside damage of the record how to find out what to do.
func explained(err error) error {
	if _, damaged := errors.AsType[*journal.Damage](err); damaged {
		return fmt.Errorf("%w: `argus audit verify` tells more, and what to do", err)
	}
	return err
}

// openRecord replays the journal and makes the gate.
func (h *Host) openRecord(context.Context) error {
	if err := os.MkdirAll(h.config.State, 0o700); err != nil {
		return fmt.Errorf("make the state folder: %w", err)
	}
	if info, err := os.Stat(h.config.State); err != nil || info.Mode().Perm()&0o077 != 0 {
		return errors.Join(fmt.Errorf("the state folder %s is open to others: run chmod 700 on it", h.config.State), err)
	}
	j, found, err := journal.Open(h.path(JournalFolder), journal.Options{})
	if err != nil {
		return explained(err)
	}
	if found.Unanchored {
		h.logger.Warn("nothing beside the journal says which record is its last: if some are gone from its end, nobody can tell", "missing", h.path(JournalAnchor))
	}
	book, past, answers, feed := identity.NewBook(), mediate.NewProvenance(), mediate.NewAnswers(), follow.NewFeed()
	observe := func(r ledger.Record) error {
		past.Observe(r)
		answers.Observe(r)
		feed.Observe(r)
		return book.Observe(r)
	}
	l, err := ledger.Open(j, found, ledger.Options{TheoryFolder: h.path("theories"), Bits: rootBits, Observe: observe})
	if err != nil {
		return errors.Join(explained(err), j.Close())
	}
	h.ledger = l
	h.later(l.Close)
	told, err := refusals.Open(h.path("refusals"))
	if err != nil {
		return err
	}
	h.later(told.Close)
	h.mediator = mediate.New(mediate.Parts{
		Ledger: l, Book: book, Past: past, Answers: answers, Feed: feed, Refusals: told, Logger: h.logger.Named("mediate"), Limits: limits(h.config.Limits),
		Sources: sources(h.config.Sources), Upstreams: upstreams(h.config.Upstreams),
		Clients: clients(h.config.Clients),
	})
	h.later(func() error { h.mediator.Close(); return nil })
	return nil
}

func limits(c config.Limits) mediate.Limits {
	return mediate.Limits{
		ContextsPerPrincipal: c.ContextsPerPrincipal, Depth: uint64(c.Depth), FlightsPerAgent: uint64(c.FlightsPerAgent),
		CallsPerMinute: c.CallsPerMinute, CallTimeout: c.CallTimeout, QuestionTimeout: c.QuestionTimeout, ContextIdle: c.ContextIdle,
	}
}

func sources(named map[string]config.Source) map[string]kernel.Exposure {
	labels := map[string]kernel.Exposure{}
	for name, s := range named {
		labels[name] = labelOf(s)
	}
	return labels
}

// labelOf reads the words of a label, which the configuration has checked. Unknown ones would be the strictest.
func labelOf(s config.Source) kernel.Exposure {
	level, _ := kernel.ParseLevel(s.Level)
	integrity, _ := kernel.ParseIntegrity(s.Integrity)
	return kernel.Exposure{Level: level, Integrity: integrity}
}

// clients says which program runs the agents of a principal.
func clients(list []config.Client) map[string]string {
	programs := map[string]string{}
	for _, c := range list {
		for _, agent := range c.Agents {
			programs[agent] = c.Name
		}
	}
	return programs
}

func upstreams(named map[string]config.Upstream) map[string]kernel.Sink {
	sinks := map[string]kernel.Sink{}
	for name, u := range named {
		if sink, known := kernel.ParseSink(u.Sink); known {
			sinks[name] = sink
		}
	}
	return sinks
}

func (h *Host) openPlugins(ctx context.Context) error {
	var specs []catalog.Spec
	for _, p := range h.config.Plugins {
		kind, _ := sdk.ParseKind(string(p.Kind))
		specs = append(specs, catalog.Spec{
			Kind: kind, Name: p.Binary, Binary: p.Binary, SHA256: p.SHA256, Settings: string(p.Settings), ConfigFolder: p.Folder,
		})
	}
	c, err := catalog.Open(ctx, catalog.Options{
		PluginDir: h.pluginDir, RunDir: h.path(RunFolder), Logger: h.logger, CheckSettings: checkSettings,
	}, specs)
	if err != nil {
		return err
	}
	h.catalog = c
	h.later(func() error { c.Close(); return nil })
	h.stock = newStock(h.mediator, c.Registry(), c.Oracle(), h.config, h.logger.Named("theory"))
	patience, cancel := context.WithTimeout(ctx, pluginPatience)
	defer cancel()
	if err := c.Ready(patience); err != nil {
		h.logger.Error("not every plugin has started", "error", err)
	}
	h.mediator.Stock, h.mediator.Servers, h.mediator.Oracle = h.stock, h.stock, c.Oracle()
	h.mediator.Declarations = h.stock
	if p, audited := h.config.Plugin(config.Audit); audited {
		h.auditor = &auditor{
			sink: c.Audit(), feed: h.mediator.Feed, ledger: h.ledger, refusals: h.mediator.Refusals, logger: h.logger.Named("audit"),
			required: p.Required, most: p.MaxLag,
		}
		h.mediator.Behind = h.auditor.Behind
	}
	return nil
}

const maxSettings = 1 << 20

// checkSettings holds a plugin's settings to the schema that it publishes.
func checkSettings(raw, settings string) error {
	s, err := ijson.ParseString(raw, ijson.AtMost(maxSettings))
	if err != nil {
		return fmt.Errorf("the plugin's settings schema: %w", err)
	}
	compiled, err := schema.Compile(s)
	if err != nil {
		return fmt.Errorf("the plugin's settings schema: %w", err)
	}
	v, err := ijson.ParseString(settings, ijson.AtMost(maxSettings))
	if err != nil {
		return err
	}
	return compiled.Check(v)
}

func (h *Host) openServers(ctx context.Context) error {
	var specs []upstream.Spec
	for _, s := range h.config.Servers {
		if err := os.MkdirAll(s.Scratch, 0o700); err != nil {
			return fmt.Errorf("make the scratch folder of server %s: %w", s.Name, err)
		}
		specs = append(specs, upstream.Spec{
			Name: s.Name, Command: s.Command, Args: s.Args, Env: s.Env, Folder: s.Workdir, Scratch: s.Scratch,
			Profile: h.config.Profiles[s.Profile],
		})
	}
	set, err := upstream.Start(context.WithoutCancel(ctx), specs,
		launcher{sandbox: h.catalog.Sandbox(), pluginDir: h.pluginDir, runDir: h.path(RunFolder)},
		h.stock, upstream.Options{Logger: h.logger.Named("servers"), Version: Version, Channels: h.stock.Channels})
	if err != nil {
		return err
	}
	h.set = set
	h.stock.attach(set)
	h.later(set.Close)
	return nil
}

func (h *Host) openDoors(context.Context) error {
	l, err := net.Listen("tcp", h.config.MCP.Listen.String())
	if err != nil {
		return fmt.Errorf("listen for agents: %w: mcp.listen in the configuration, or --listen, names another address", err)
	}
	h.url = fmt.Sprintf("http://%s%s", l.Addr(), mcp.Path)
	h.listen(l)
	s, err := socket.Listen(h.path(mcp.SocketFolder), mcp.SocketName)
	if err != nil {
		return err
	}
	h.listen(s)
	open := turns.New(openRequests)
	h.agents = mcp.New(mcp.Options{
		Mediator: h.mediator, Turns: open, AllowedOrigins: h.config.MCP.AllowedOrigins, MaxRequestBytes: h.config.MCP.MaxRequestBytes,
		Version: Version, Logger: h.logger.Named("agents"),
	})
	gate, err := identity.NewOperatorGate(h.config.Operator.Key)
	if err != nil {
		return err
	}
	if h.kernelAt, err = socket.Listen(h.path(agentgrpc.SocketFolder), agentgrpc.SocketName); err != nil {
		return err
	}
	secured, err := tlsOf(h.config.GRPC)
	if err != nil {
		return err
	}
	h.kernel = agentgrpc.New(agentgrpc.Options{
		TLS:      secured,
		Mediator: h.mediator, Gate: gate, Turns: open, MaxRequestBytes: h.config.GRPC.MaxRequestBytes, Logger: h.logger.Named("grpc"),
	})
	h.later(func() error { h.kernel.Close(); return ignoreClosed(h.kernelAt.Close()) })
	if secured != nil {
		if h.remoteAt, err = net.Listen("tcp", h.config.GRPC.Listen.String()); err != nil {
			return fmt.Errorf("listen for agents over gRPC: %w: grpc.listen in the configuration names another address", err)
		}
		h.later(func() error { return ignoreClosed(h.remoteAt.Close()) })
	}
	if err := h.openModels(open); err != nil {
		return err
	}
	if h.doorAt, err = operator.Listen(h.config.State); err != nil {
		return err
	}
	h.door = operator.New(operator.Parts{Mediator: h.mediator, Gate: gate, Daemon: h})
	h.later(func() error { h.door.Close(); return nil })
	return nil
}

// listen keeps a listener for agents until its door takes it over.
func (h *Host) listen(l net.Listener) {
	h.agentsAt = append(h.agentsAt, l)
	h.later(func() error { return ignoreClosed(l.Close()) })
}

func ignoreClosed(err error) error {
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

// Run serves until ctx ends, a door breaks or the ledger halts. The error says which of the latter two.
func (h *Host) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var parts sync.WaitGroup
	parts.Go(func() { h.stock.run(ctx) })
	parts.Go(func() { h.mediator.Sweep(ctx) })
	if h.auditor != nil {
		parts.Go(func() { h.auditor.run(ctx) })
	}
	parts.Go(func() { cancel(h.agents.Serve(ctx, h.agentsAt...)) })
	parts.Go(func() { cancel(h.kernel.Serve(h.kernelAt)) })
	if h.remoteAt != nil {
		parts.Go(func() { cancel(h.kernel.ServeTLS(h.remoteAt)) })
	}
	if h.models != nil {
		parts.Go(func() { cancel(h.models.Serve(ctx, h.modelsAt)) })
		h.logger.Info("requests to models are taken", "llm", h.ModelsURL())
	}
	parts.Go(func() { cancel(h.door.Serve(h.doorAt)) })
	parts.Go(func() { h.watchHalt(ctx, cancel) })
	h.logger.Info("argus is up", "version", Version, "mcp", h.URL(), "state", h.config.State)
	<-ctx.Done()
	h.logger.Info("argus is stopping")
	h.kernel.Close()
	h.door.Close()
	parts.Wait()
	if cause := context.Cause(ctx); !errors.Is(cause, context.Canceled) {
		return cause
	}
	return nil
}

// watchHalt ends the daemon when nothing can be allowed any more: a person finds out why, and a new start recovers.
func (h *Host) watchHalt(ctx context.Context, cancel context.CancelCauseFunc) {
	select {
	case <-h.ledger.Halted():
		cancel(fmt.Errorf("nothing is allowed any more until the daemon is started again: %w", h.ledger.Cause()))
	case <-ctx.Done():
	}
}

// Close ends every part, the journal last.
func (h *Host) Close() error {
	var errs []error
	for i := len(h.closers) - 1; i >= 0; i-- {
		errs = append(errs, h.closers[i]())
	}
	h.closers = nil
	return errors.Join(errs...)
}
