package upstream

import (
	"context"
	"errors"
	"time"

	"argus/host/fault"
)

// errRenewed is why a server ends to start again with other announced abilities.
var errRenewed = errors.New("what it may ask has changed; it is started again to be told so")

// Renew says that the declared channels of a server may have changed. If that changes what was announced to it, the server is started again:
// it takes no new call, those in flight may finish for a while, and none is repeated.
func (s *Set) Renew(name string) error {
	one, ok := s.servers[name]
	if !ok {
		return fault.New(fault.Invalid, "renew a server", errors.New("there is no such server"))
	}
	select {
	case one.renewal <- struct{}{}:
	default: // it looks in any case
	}
	return nil
}

// outdated takes the declared channels as they are now, and reports whether the server has been told otherwise. A modern one is told with
// each request.
func (l *session) outdated() bool {
	before, now := l.declared(), l.server.options.Channels(l.server.spec.Name)
	if before.Abilities != now.Abilities && !l.modern.Load() {
		return true
	}
	l.channels.Store(&now)
	return false
}

// finish waits until the calls in flight have finished, for a while, and ends the life.
func (l *session) finish(ctx context.Context) {
	timer := time.NewTimer(l.server.options.RenewTimeout)
	defer timer.Stop()
	look := time.NewTicker(renewLook)
	defer look.Stop()
	for l.calls.waits() {
		select {
		case <-look.C:
		case <-timer.C:
			l.fail(errRenewed)
		case <-l.ended:
			return
		case <-ctx.Done():
			l.fail(errClosed)
		}
	}
	l.fail(errRenewed)
}

// renewLook is how often it is looked whether calls have finished.
const renewLook = 10 * time.Millisecond
