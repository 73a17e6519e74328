package journal

import (
	"bytes"
	"context"
	"fmt"
	"sync"
	"testing"
	"time"
)

// 400 bytes is about what one start of a call takes.
func benchBatch(n int) [][]byte {
	batch := make([][]byte, n)
	for i := range batch {
		batch[i] = bytes.Repeat([]byte{'x'}, 400)
	}
	return batch
}

func BenchmarkAppend(b *testing.B) {
	for _, n := range []int{1, 64} {
		for _, synced := range []bool{false, true} {
			b.Run(fmt.Sprintf("batch=%d/sync=%v", n, synced), func(b *testing.B) {
				j, _ := mustOpen(b, b.TempDir()+"/j", Options{})
				batch := benchBatch(n)
				b.ReportAllocs()
				for b.Loop() {
					_, err := j.Append(batch)
					if err == nil && synced {
						err = j.Sync(context.Background(), j.Last())
					}
					if err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "records/s")
			})
		}
	}
}

func BenchmarkReplay(b *testing.B) {
	j, _ := mustOpen(b, b.TempDir()+"/j", Options{})
	for range 1000 {
		if _, err := j.Append(benchBatch(64)); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		for _, err := range j.Replay(1) {
			if err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(64_000*float64(b.N)/b.Elapsed().Seconds(), "records/s")
}

// BenchmarkGroupCommit compares 64 strict callers whose records share fsyncs with the same callers paying
// one each, in turns within one run so that a drifting disk moves both. The ratio is the goal G7: 3 or more.
func BenchmarkGroupCommit(b *testing.B) {
	shared := strictCallers(b)
	alone := strictCallers(b)
	var together, apart time.Duration
	for b.Loop() {
		together += shared.run(b, 64*8, false)
		apart += alone.run(b, 64*8, true)
	}
	b.ReportMetric(float64(together.Microseconds())/float64(64*8*b.N), "µs/shared")
	b.ReportMetric(float64(apart.Microseconds())/float64(64*8*b.N), "µs/alone")
	b.ReportMetric(float64(apart)/float64(together), "ratio")
}

// callers append under a lock that stands for the single writer.
type callers struct {
	j  *Journal
	mu sync.Mutex
}

func strictCallers(b *testing.B) *callers {
	j, _ := mustOpen(b, b.TempDir()+"/j", Options{})
	return &callers{j: j}
}

// run lets 64 goroutines make n records durable; alone keeps the lock during the fsync.
func (c *callers) run(b *testing.B, n int, alone bool) time.Duration {
	begin := time.Now()
	var group sync.WaitGroup
	for range 64 {
		group.Go(func() {
			for range n / 64 {
				if err := c.one(alone); err != nil {
					b.Error(err)
				}
			}
		})
	}
	group.Wait()
	return time.Since(begin)
}

func (c *callers) one(alone bool) error {
	c.mu.Lock()
	_, err := c.j.Append(benchBatch(1))
	last := c.j.Last()
	if err == nil && alone {
		err = c.j.Sync(context.Background(), last)
	}
	c.mu.Unlock()
	if err != nil {
		return err
	}
	return c.j.Sync(context.Background(), last)
}
