//go:build linux

package upstream

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"argus/plugin/sdk"
)

// absent is a launcher that makes no plan while it is away.
type absent struct {
	launcher
	away  atomic.Bool
	asked atomic.Int64
	back  sdk.Latest[struct{}]
}

func (a *absent) Plan(ctx context.Context, s Spec) (Plan, error) {
	a.asked.Add(1)
	if a.away.Load() {
		return Plan{}, errors.New("the planner is away")
	}
	return a.launcher.Plan(ctx, s)
}

func (a *absent) Returns() <-chan struct{} {
	_, back := a.back.Get()
	return back
}

func (a *absent) returns() { a.back.Set(struct{}{}) }

// patient are options under which nothing that failed is tried again within a test.
func patient() Options {
	o := quick()
	o.BackoffLeast, o.BackoffMost, o.PlanMost = time.Hour, time.Hour, time.Hour
	return o
}

func TestServerWithoutAPlanStartsWhenThePlannerReturns(t *testing.T) {
	var log strings.Builder
	o := patient()
	o.Logger = logInto(&log)
	planner, w := &absent{}, newWitness()
	planner.away.Store(true)
	s, err := Start(t.Context(), []Spec{rogue(t, "")}, planner, w, o)
	if err != nil {
		t.Fatal(err)
	}
	const returns = 3 // each of which is too short
	for n := range returns {
		await(t, w, func() []error { return w.reasons("rogue", n+1) })
		planner.returns()
	}
	await(t, w, func() []error { return w.reasons("rogue", returns+1) })
	planner.away.Store(false)
	planner.returns()
	awaitReady(t, s, "rogue")
	if n := planner.asked.Load(); n != returns+2 {
		t.Errorf("%d plans for %d returns", n, returns+1)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if n := strings.Count(log.String(), "cannot be started"); n != 1 {
		t.Errorf("told %d times that there is no plan:\n%s", n, log.String())
	}
}

func TestReturnOfThePlannerDoesNotHurryAServerThatFails(t *testing.T) {
	planner, w := &absent{}, newWitness()
	s, err := Start(t.Context(), []Spec{rogue(t, "")}, planner, w, patient())
	if err != nil {
		t.Fatal(err)
	}
	awaitReady(t, s, "rogue")
	if err := syscall.Kill(only(t, s).PID, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	w.awaitDown(t, "rogue")
	for range 10 {
		planner.returns()
		time.Sleep(20 * time.Millisecond)
	}
	if n := planner.asked.Load(); n != 1 {
		t.Errorf("%d plans for a server that has to wait", n)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}
