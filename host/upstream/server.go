package upstream

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/go-hclog"

	"argus/host/child"
	"argus/internal/ijson"
	"argus/plugin/sdk"
)

// errClosed is why a server ends when its Set does.
var errClosed = errors.New("argus is closing")

// server is one supervised server over all its lives.
type server struct {
	spec     Spec
	launcher Launcher
	observer Observer
	options  Options
	log      hclog.Logger
	calling  string        // what a fault of a call was doing
	renewal  chan struct{} // holds a token while the declared channels may have changed

	clientInfo      []byte // as it is told who we are
	initializeFirst bool   // it did not bear being asked for the modern era; of its own goroutine
	counts          counters
	live            atomic.Pointer[session] // the present life, only while ready

	mu      sync.Mutex
	told    Status
	changed chan struct{} // closed at the next change of told
}

func newServer(spec Spec, launcher Launcher, observer Observer, options Options) *server {
	return &server{
		spec: spec, launcher: launcher, observer: observer, options: options,
		log:        options.Logger.With("server", spec.Name),
		calling:    "call server " + spec.Name,
		renewal:    make(chan struct{}, 1),
		clientInfo: append(ijson.AppendString([]byte(`{"name":"argus","version":`), options.Version), '}'),
		told:       Status{Server: spec.Name, State: Starting, Since: time.Now()},
		changed:    make(chan struct{}),
	}
}

// supervise starts the server again each time it ended, until ctx does.
func (s *server) supervise(ctx context.Context, starter *child.Starter) {
	pause := sdk.Backoff{Min: s.options.BackoffLeast, Max: s.options.BackoffMost}
	plans := sdk.Backoff{Min: s.options.BackoffLeast, Max: s.options.PlanMost}
	for ctx.Err() == nil {
		returned := s.launcher.Returns()
		s.counts.starts.Add(1)
		s.tell(func(t *Status) { t.State = Starting })
		ready, reason := s.liveOnce(ctx, starter)
		if ctx.Err() != nil {
			break
		}
		if errors.Is(reason, errRenewed) {
			s.renewed(reason)
			continue
		}
		if errors.As(reason, new(unplanned)) {
			s.unplanned(reason)
			plans.Wait(ctx, returned)
			continue
		}
		plans.Reset()
		if ready >= s.options.HealthyAfter {
			pause.Reset()
		}
		s.down(reason)
		pause.Wait(ctx, nil)
	}
	s.tell(func(t *Status) { *t = Status{Server: t.Server, State: Closed, Reason: errClosed.Error()} })
	s.observer.ServerDown(s.spec.Name, errClosed)
}

func (s *server) down(reason error) {
	if errors.As(reason, new(violation)) {
		s.counts.violations.Add(1)
	}
	s.waiting(reason)
	s.log.Warn("server ended", "reason", reason)
}

// unplanned logs a reason once, however often the plan is asked for: no process has come and gone.
func (s *server) unplanned(reason error) {
	if s.status().Reason != reason.Error() {
		s.log.Warn("server cannot be started", "reason", reason)
	}
	s.waiting(reason)
}

func (s *server) renewed(reason error) {
	s.waiting(reason)
	s.log.Info("server starts again", "reason", reason)
}

func (s *server) waiting(reason error) {
	s.tell(func(t *Status) {
		*t = Status{Server: t.Server, State: Waiting, Reason: reason.Error()}
	})
	s.observer.ServerDown(s.spec.Name, reason)
}

// liveOnce is one life: start, hand over, serve, end. It returns when no process of it is left, with how long it was ready
// and why it ended.
func (s *server) liveOnce(ctx context.Context, starter *child.Starter) (ready time.Duration, reason error) {
	p, err := s.launch(ctx, starter)
	if err != nil {
		return 0, err
	}
	s.tell(func(t *Status) { t.PID, t.Applied = p.PID(), p.applied })
	life := open(s, p)
	d, err := life.begin(ctx)
	if err != nil {
		life.fail(err)
		return 0, life.close()
	}
	since := time.Now()
	s.ready(life, d)
	life.attend(ctx, s.changedLists)
	s.live.Store(nil)
	life.finish(ctx)
	return time.Since(since), life.close()
}

// ready publishes a life. The observer knows the definitions before a call can be made.
func (s *server) ready(life *session, d Definitions) {
	s.observer.ServerChanged(s.spec.Name, d)
	s.live.Store(life)
	s.tell(func(t *Status) { t.State, t.Tools = Ready, len(d.Tools) })
}

func (s *server) changedLists(d Definitions) {
	s.observer.ServerChanged(s.spec.Name, d)
	s.tell(func(t *Status) { t.Tools = len(d.Tools) })
}

// tell changes the status; a new state begins now.
func (s *server) tell(change func(*Status)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	before := s.told.State
	change(&s.told)
	if s.told.State != before || s.told.Since.IsZero() {
		s.told.Since = time.Now()
	}
	close(s.changed)
	s.changed = make(chan struct{})
}

// watch returns a channel that is closed at the next change.
func (s *server) watch() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.changed
}

func (s *server) status() Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.told
	t.Counts = s.counts.read()
	return t
}

func (s *server) whyNot() error {
	t := s.status()
	if t.Reason == "" {
		return fmt.Errorf("the server is %s", t.State)
	}
	return fmt.Errorf("the server is %s; it last ended because: %s", t.State, t.Reason)
}
