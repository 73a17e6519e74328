package turns

import (
	"sync"
	"sync/atomic"
	"testing"
)

func TestNobodyTakesMoreThanTheBound(t *testing.T) {
	turns := New(3)
	var took atomic.Int64
	var all sync.WaitGroup
	for range 100 {
		all.Go(func() {
			if turns.Take("a") {
				took.Add(1)
			}
		})
	}
	all.Wait()
	if took.Load() != 3 || turns.Taken("a") != 3 {
		t.Errorf("%d of 3 took a place, %d hold one", took.Load(), turns.Taken("a"))
	}
	if !turns.Take("b") {
		t.Error("another principal has no place")
	}
	turns.Leave("a")
	if !turns.Take("a") || turns.Take("a") {
		t.Error("a place that was left is not one place")
	}
}

func TestNothingIsKeptOfWhoHasLeft(t *testing.T) {
	turns := New(1)
	for range 2 {
		if !turns.Take("a") {
			t.Fatal("no place")
		}
		turns.Leave("a")
	}
	if len(turns.taken) != 0 {
		t.Errorf("%v is kept", turns.taken)
	}
}

func TestZeroTurnsHaveNoPlace(t *testing.T) {
	if new(Turns).Take("a") {
		t.Error("one was taken")
	}
}
