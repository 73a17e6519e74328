package upstream

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"argus/host/child"
	"argus/host/fault"
)

// Set is the servers of one Argus. Its methods may be used concurrently.
type Set struct {
	servers map[string]*server
	starter *child.Starter
	stop    context.CancelFunc
	ended   chan struct{} // every server's goroutine has returned
	close   sync.Once
}

// Start starts every server, each on its own: one that hangs or fails holds up no other. It returns at once; a mistake in
// a Spec is an error, and nothing is started then. The caller must close the Set, and ends it also by cancelling ctx.
func Start(ctx context.Context, specs []Spec, launcher Launcher, observer Observer, options Options) (*Set, error) {
	s := &Set{servers: make(map[string]*server, len(specs)), ended: make(chan struct{})}
	var mistakes []error
	for _, spec := range specs {
		mistakes = append(mistakes, spec.check())
		if _, twice := s.servers[spec.Name]; twice {
			mistakes = append(mistakes, fmt.Errorf("two servers are named %s", spec.Name))
		}
		s.servers[spec.Name] = newServer(spec, launcher, observer, options.withDefaults())
	}
	if err := errors.Join(mistakes...); err != nil {
		return nil, err
	}
	var err error
	if s.starter, err = child.NewStarter(); err != nil {
		return nil, err
	}
	ctx, s.stop = context.WithCancel(ctx)
	var running sync.WaitGroup
	for _, one := range s.servers {
		running.Go(func() { one.supervise(ctx, s.starter) })
	}
	go func() {
		running.Wait()
		s.starter.End()
		close(s.ended)
	}()
	return s, nil
}

// Call makes one request of a ready server and waits for its answer, as long as ctx allows: the caller must bound it. It
// is made at most once.
//
// The error is a fault: Invalid before anything was sent; Unavailable when the server is down or died; Timeout when ctx
// ended, whose cause it wraps. After the latter two the call may have had its effect.
func (s *Set) Call(ctx context.Context, q Request) (Reply, error) {
	one, ok := s.servers[q.Server]
	if !ok {
		return Reply{}, fault.New(fault.Invalid, "call a server", errors.New("there is no such server"))
	}
	live := one.live.Load()
	if live == nil {
		return Reply{}, fault.New(fault.Unavailable, one.calling, one.whyNot())
	}
	return live.call(ctx, q)
}

// Await waits until the server is ready, or for the end of ctx.
func (s *Set) Await(ctx context.Context, name string) error {
	one, ok := s.servers[name]
	if !ok {
		return fault.New(fault.Invalid, "await a server", errors.New("there is no such server"))
	}
	for {
		changed := one.watch()
		if one.live.Load() != nil {
			return nil
		}
		select {
		case <-changed:
		case <-s.ended:
			return fault.New(fault.Unavailable, "await server "+name, errClosed)
		case <-ctx.Done():
			return fault.New(fault.Timeout, "await server "+name, fmt.Errorf("%w; %w", context.Cause(ctx), one.whyNot()))
		}
	}
}

// Status tells every server's standing, by name.
func (s *Set) Status() []Status {
	all := make([]Status, 0, len(s.servers))
	for _, name := range slices.Sorted(maps.Keys(s.servers)) {
		all = append(all, s.servers[name].status())
	}
	return all
}

// closeWithin is how long Close waits. It holds the steps of process.end and some room.
const closeWithin = 2 * time.Second

// Close ends every server and waits until they are gone. An error names those that are not after two seconds.
func (s *Set) Close() error {
	s.close.Do(s.stop)
	timer := time.NewTimer(closeWithin)
	defer timer.Stop()
	select {
	case <-s.ended:
		return nil
	case <-timer.C:
		return errors.New("still running after two seconds: " + strings.Join(s.remaining(), ", "))
	}
}

func (s *Set) remaining() []string {
	var names []string
	for _, one := range s.Status() {
		if one.State != Closed {
			names = append(names, one.Server)
		}
	}
	return names
}
