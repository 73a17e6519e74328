package main

import (
	"bytes"
	"context"
	"errors"
	"sync"
	"time"

	"argus/host/journal"
)

// commits is what durable records cost when callers share an fsync, and when each waits for one of its own.
type commits struct {
	Shared float64 `json:"sharedUs"` // for one record
	Alone  float64 `json:"aloneUs"`
	Ratio  float64 `json:"ratio"` // formed within each turn
}

// groupCommit lets 64 callers make records durable, in both ways by turns.
func groupCommit(folder string, rounds int) (commits, error) {
	j, _, err := journal.Open(folder, journal.Options{})
	if err != nil {
		return commits{}, err
	}
	var shared, alone []time.Duration
	var ratios []float64
	for range rounds {
		together, err := recordsOf(j, false)
		if err != nil {
			return commits{}, errors.Join(err, j.Close())
		}
		apart, err := recordsOf(j, true)
		if err != nil {
			return commits{}, errors.Join(err, j.Close())
		}
		shared, alone = append(shared, together), append(alone, apart)
		ratios = append(ratios, float64(apart)/float64(together))
	}
	return commits{Shared: micros(middle(shared)), Alone: micros(middle(alone)), Ratio: middle(ratios)}, j.Close()
}

// recordsOf is the time for one of 256 records by 64 callers. The lock stands for the one writer of a journal; alone keeps it during the fsync.
func recordsOf(j *journal.Journal, alone bool) (time.Duration, error) {
	const each = 4
	record := [][]byte{bytes.Repeat([]byte{'x'}, 400)} // about what one start takes
	var (
		writer  sync.Mutex
		callers sync.WaitGroup
		errs    = make([]error, mostCallers)
	)
	one := func() error {
		writer.Lock()
		_, err := j.Append(record)
		last := j.Last()
		if err == nil && alone {
			err = j.Sync(context.Background(), last)
		}
		writer.Unlock()
		if err != nil || alone {
			return err
		}
		return j.Sync(context.Background(), last)
	}
	began := time.Now()
	for i := range errs {
		callers.Go(func() {
			for range each {
				errs[i] = errors.Join(errs[i], one())
			}
		})
	}
	callers.Wait()
	return time.Since(began) / (mostCallers * each), errors.Join(errs...)
}
