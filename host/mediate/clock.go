package mediate

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// clock bounds the time of one call. It stands still while a person or a model thinks about a question of the server's, which has a time of
// its own.
type clock struct {
	cancel context.CancelCauseFunc

	mu      sync.Mutex
	timer   *time.Timer
	started time.Time
	left    time.Duration // when it stands
	stands  int           // how many reasons there are to
}

// startClock returns a context that ends after so much running time. The caller must stop the clock.
func startClock(ctx context.Context, most time.Duration) (context.Context, *clock) {
	ctx, cancel := context.WithCancelCause(ctx)
	c := &clock{cancel: cancel, started: time.Now(), left: most}
	c.timer = time.AfterFunc(most, func() {
		c.expire(fmt.Errorf("no answer within %v: limits.call_timeout: %w", most, context.DeadlineExceeded))
	})
	return ctx, c
}

// expire ends the call's context.
func (c *clock) expire(why error) { c.cancel(why) }

func (c *clock) stop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.timer.Stop()
	c.stands++ // a resume that comes late must not start it again
	c.cancel(context.Canceled)
}

// pause stops the clock until resume.
func (c *clock) pause() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stands++; c.stands == 1 && c.timer.Stop() {
		c.left -= time.Since(c.started)
	}
}

func (c *clock) resume() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stands--; c.stands == 0 {
		c.started = time.Now()
		c.timer.Reset(max(c.left, 0))
	}
}
