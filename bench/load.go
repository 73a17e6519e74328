package main

import (
	"errors"
	"slices"
	"sync"
	"time"
)

// load is what some callers saw who made calls at the same time, each one after the other.
type load struct {
	wall      time.Duration
	latencies []time.Duration // sorted
}

// drive lets each caller make its share of n calls. The serials are [from, from+n).
func drive(callers []*caller, tool string, from uint64, n int) (load, error) {
	share := n / len(callers)
	latencies := make([]time.Duration, share*len(callers))
	errs := make([]error, len(callers))
	begin := make(chan struct{})
	var all sync.WaitGroup
	for i, c := range callers {
		all.Go(func() {
			<-begin
			first := i * share
			errs[i] = c.repeat(tool, from+uint64(first), latencies[first:first+share])
		})
	}
	began := time.Now()
	close(begin)
	all.Wait()
	l := load{wall: time.Since(began), latencies: latencies}
	slices.Sort(l.latencies)
	return l, errors.Join(errs...)
}

func (c *caller) repeat(tool string, from uint64, latencies []time.Duration) error {
	for i := range latencies {
		began := time.Now()
		if err := c.call(tool, from+uint64(i)); err != nil {
			return err
		}
		latencies[i] = time.Since(began)
	}
	return nil
}

func (l load) p50() time.Duration { return l.latencies[len(l.latencies)/2] }

func (l load) perSecond() float64 { return float64(len(l.latencies)) / l.wall.Seconds() }
