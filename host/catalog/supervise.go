package catalog

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"

	"argus/host/child"
	"argus/plugin/sdk"
)

const (
	minBackoff = 100 * time.Millisecond
	maxBackoff = 10 * time.Second
	// steady is how long a plugin must have run for its next end to count as the first.
	steady = 30 * time.Second
	// healthMisses in a row end a plugin that lives but does not answer.
	healthMisses = 2
)

// supervised is one plugin over all its runs.
type supervised struct {
	spec    Spec
	options Options
	image   *Image
	starter *child.Starter
	link    *sdk.Link
	stuck   func() bool // whether it leaves its questions unanswered; nil when its kind can not tell
	logger  hclog.Logger

	mu     sync.Mutex
	status Status
	live   *process
	first  chan struct{} // closed after the first attempt to start
	begun  error         // what came of it; set before first is closed
}

// supervise runs the plugin again and again until ctx ends.
func (p *supervised) supervise(ctx context.Context) {
	backoff := sdk.Backoff{Min: minBackoff, Max: maxBackoff}
	for attempt := 0; ctx.Err() == nil; attempt++ {
		p.starting(attempt)
		started := time.Now()
		p.once(ctx)
		if time.Since(started) > steady {
			backoff.Reset()
		}
		backoff.Wait(ctx, nil)
	}
	p.stopped()
}

// once is one run, from launch to its end.
func (p *supervised) once(ctx context.Context) {
	r, err := p.launch(ctx)
	if err != nil {
		p.failed(ctx, err)
		return
	}
	p.link.Up(r.conn)
	p.running(r)
	p.failed(ctx, p.watch(ctx, r))
	r.stop()
}

// watch waits until the run is no longer of use.
func (p *supervised) watch(ctx context.Context, r *run) error {
	ticker := time.NewTicker(p.options.HealthInterval)
	defer ticker.Stop()
	for misses := 0; ; {
		select {
		case <-ctx.Done():
			return errors.New("the host is closing")
		case <-r.process.exited:
			return ended(r.process.Wait(ctx))
		case <-ticker.C:
		}
		if p.stuck != nil && p.stuck() {
			return errors.New("it lives but leaves questions unanswered")
		}
		if err := p.health(ctx, r); err == nil {
			misses = 0
		} else if misses++; misses == healthMisses {
			return fmt.Errorf("it lives but does not answer: %w", err)
		}
	}
}

func (p *supervised) health(ctx context.Context, r *run) error {
	ctx, cancel := context.WithTimeout(ctx, p.options.healthTimeout)
	defer cancel()
	return healthy(ctx, r.conn)
}

func ended(err error) error {
	if err == nil {
		return errors.New("it ended by itself")
	}
	return fmt.Errorf("it ended by itself: %w", err)
}

func (p *supervised) starting(attempt int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.status.State = Starting
	p.status.Restarts = attempt
}

func (p *supervised) running(r *run) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.live = r.process
	p.status.State = Running
	p.status.Version = r.info.Version
	p.settle(nil)
}

// failed takes the plugin away from its users. It logs an error once, however often it comes back, and an end that we asked for
// not at all.
func (p *supervised) failed(ctx context.Context, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.link.Down(err)
	p.live = nil
	p.status.State = Waiting
	p.settle(err)
	if ctx.Err() != nil {
		return
	}
	if text := p.clip(err.Error()); text != p.status.LastError {
		p.logger.Error("plugin is down", "plugin", p.spec.Name, "error", text)
		p.status.LastError = text
	}
}

func (p *supervised) stopped() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.status.State = Stopped
	err := errors.New("the host is closing")
	p.link.Down(err)
	p.settle(err)
}

// settle tells the outcome of the first attempt. The caller holds the lock.
func (p *supervised) settle(err error) {
	select {
	case <-p.first:
	default:
		p.begun = err
		close(p.first)
	}
}

// clip keeps a plugin's long message out of the log, and the names of our own folders, which are different at every start.
func (p *supervised) clip(text string) string {
	return sdk.Clip(strings.ReplaceAll(text, p.options.RunDir+string(os.PathSeparator), ""), 2<<10)
}
