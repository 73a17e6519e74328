//go:build linux

package supervise

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestQuotaIsExact(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQuota(3)
		alive := 1
		q.count = func() (int, int) { return alive, alive }
		for range 2 {
			if !q.take(false) {
				t.Fatal("a process within the quota is refused")
			}
			alive++
		}
		if q.take(false) {
			t.Fatal("the fourth process may start")
		}
		if !q.take(true) {
			t.Error("a thread is refused with the processes")
		}
		alive--
		if q.take(false) {
			t.Error("it counts again at once, for everyone who tries in a loop")
		}
		time.Sleep(rest)
		if !q.take(false) {
			t.Error("the room of a process that ended is not given again")
		}
	})
}

func TestThreadsAreBoundedToo(t *testing.T) {
	q := newQuota(2)
	threads := 1
	q.count = func() (int, int) { return 1, threads }
	for range 2*threadsPerProcess - 1 {
		if !q.take(true) {
			t.Fatalf("thread %d is refused", threads+1)
		}
		threads++
	}
	if q.take(true) || q.take(false) {
		t.Error("one more may start")
	}
}
