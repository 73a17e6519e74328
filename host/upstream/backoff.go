package upstream

import (
	"math/rand/v2"
	"time"
)

// backoff makes pauses that double, each cut by up to a half at random so that servers that failed together do not start
// together.
type backoff struct {
	least, most time.Duration
	present     time.Duration
}

func (b *backoff) next() time.Duration {
	b.present = min(max(b.present, b.least), b.most)
	pause := b.present/2 + rand.N(b.present/2+1)
	b.present *= 2
	return pause
}

func (b *backoff) reset() { b.present = 0 }
