package catalog

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"
	"google.golang.org/grpc"

	"argus/host/child"
	"argus/internal/authority"
)

// strangerTime is how long a plugin may leave a client waiting that it is to turn away.
const strangerTime = 5 * time.Second

// Trial starts one plugin to try it and not to use it: as Open starts it, but neither configured nor watched, and as often as asked.
type Trial struct {
	spec    Spec
	options Options
	image   *Image
	starter *child.Starter
}

// OpenTrial verifies the plugin's file. The caller must Close the trial.
func OpenTrial(options Options, spec Spec) (*Trial, error) {
	options = options.withDefaults()
	if err := spec.check(); err != nil {
		return nil, err
	}
	if err := prepareRunDir(options.RunDir); err != nil {
		return nil, err
	}
	image, err := OpenImage(options.PluginDir, spec.Binary, spec.SHA256, options.RunDir)
	if err != nil {
		return nil, err
	}
	starter, err := child.NewStarter()
	if err != nil {
		image.Close()
		return nil, err
	}
	return &Trial{spec: spec, options: options, image: image, starter: starter}, nil
}

// Close ends what still runs. No start may be under way.
func (t *Trial) Close() {
	t.starter.End()
	t.image.Close()
}

// Attempt is one start of the plugin.
type Attempt struct {
	run     *run
	printed *printed
}

// Start starts the plugin and connects to it, within the start timeout. The caller must Stop the attempt.
func (t *Trial) Start(ctx context.Context) (*Attempt, error) {
	folder, err := os.MkdirTemp(t.options.RunDir, leftover)
	if err != nil {
		return nil, fmt.Errorf("make a folder for its socket: %w", err)
	}
	a := &Attempt{run: &run{folder: folder}, printed: &printed{}}
	p := &supervised{
		spec: t.spec, options: t.options, image: t.image, starter: t.starter, logger: printedLog{t.options.Logger, a.printed, false},
	}
	ctx, cancel := context.WithTimeout(ctx, t.options.StartTimeout)
	defer cancel()
	if err := p.reach(ctx, a.run); err != nil {
		a.run.stop()
		return nil, err
	}
	a.run.process.keep()
	return a, nil
}

// TurnsAway finds out whether the plugin serves nobody but the client whose certificate it was given. The error tells whom else.
func (a *Attempt) TurnsAway(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, strangerTime)
	defer cancel()
	without := a.run.tls.Clone()
	without.Certificates = nil
	if probe(ctx, a.run.target, without) == nil {
		return errors.New("it serves a client without a certificate")
	}
	other, err := authority.Stranger()
	if err != nil {
		return err
	}
	with := a.run.tls.Clone()
	// Among Certificates it would stay unused where the plugin says whose it wants.
	with.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &other, nil }
	if probe(ctx, a.run.target, with) == nil {
		return errors.New("it serves a client with another certificate than the one that it was given")
	}
	return nil
}

// Conn is the connection to the plugin.
func (a *Attempt) Conn() *grpc.ClientConn { return a.run.conn }

// Stop tells the plugin to end, and kills it when it does not. It reports whether it ended by itself.
func (a *Attempt) Stop() (willing bool) { return a.run.stop() }

// Printed are the lines of its standard output that were no handshake, as far as they may be logged.
func (a *Attempt) Printed() []string { return a.printed.all() }

// printed keeps lines.
type printed struct {
	mu    sync.Mutex
	lines []string
}

func (p *printed) add(line string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lines = append(p.lines, line)
}

func (p *printed) all() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.lines
}

// printedLog is a logger that also keeps the lines of standard output, which lineLog logs under that name.
type printedLog struct {
	hclog.Logger
	printed *printed
	stdout  bool
}

func (l printedLog) Named(name string) hclog.Logger {
	return printedLog{l.Logger.Named(name), l.printed, name == "stdout"}
}

func (l printedLog) Info(message string, facts ...any) {
	if l.stdout {
		l.printed.add(fmt.Sprint(facts[len(facts)-1]))
	}
	l.Logger.Info(message, facts...)
}
