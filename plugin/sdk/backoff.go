package sdk

import (
	"context"
	"math/rand/v2"
	"time"
)

// Backoff spaces attempts out: from Min doubling to Max, each shortened at random by up to half so that many do not come at once.
type Backoff struct {
	Min, Max time.Duration
	next     time.Duration
}

// Next is how long to wait before the next attempt.
func (b *Backoff) Next() time.Duration {
	b.next = min(max(b.next, b.Min), b.Max)
	pause := b.next/2 + rand.N(b.next/2+1)
	b.next = min(2*b.next, b.Max)
	return pause
}

// Wait waits for the next attempt's turn, or until ctx ends or early is closed. It reports whether ctx still lives.
func (b *Backoff) Wait(ctx context.Context, early <-chan struct{}) bool {
	timer := time.NewTimer(b.Next())
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-early:
	case <-ctx.Done():
	}
	return ctx.Err() == nil
}

// Reset starts over from Min, after a success.
func (b *Backoff) Reset() { b.next = 0 }
