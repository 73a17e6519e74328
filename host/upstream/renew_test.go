//go:build linux

package upstream

import (
	"sync/atomic"
	"testing"
	"time"

	"argus/host/fault"
)

// declaring are options whose declared channels the test changes.
func declaring() (Options, *atomic.Pointer[Channels]) {
	var now atomic.Pointer[Channels]
	now.Store(&Channels{})
	o := quick()
	o.Channels = func(string) Channels { return *now.Load() }
	return o, &now
}

func TestServerStartsAgainWhenItMayAskSomethingElse(t *testing.T) {
	o, channels := declaring()
	s, w := ready(t, o, rogue(t, "script"))
	before := only(t, s)
	c := newClient(func(q Question) { q.Answer([]byte(`{}`)) })
	done := make(chan string)
	go func() { done <- played(t, s, play("a", c, "pause", "pause", asksRoots, "read", "reply")) }()
	for !s.servers["rogue"].live.Load().calls.waits() {
		time.Sleep(time.Millisecond)
	}
	channels.Store(&Channels{Abilities: everyAbility})
	if err := s.Renew("rogue"); err != nil {
		t.Fatal(err)
	}
	// The call in flight finishes, with what was declared when it began.
	if got := <-done; got != `"q1" `+closedAnswer {
		t.Errorf("before it was renewed the server was told %s", got)
	}
	mustContain(t, w.awaitDown(t, "rogue"), errRenewed.Error())
	awaitReady(t, s, "rogue")
	if got := played(t, s, play("a", c, asksRoots, "read", "reply")); got != `"q1" result={} error=` {
		t.Errorf("once renewed the server was told %s", got)
	}
	if after := only(t, s); after.PID == before.PID || after.Counts.Violations != 0 || after.Counts.Starts != 2 {
		t.Errorf("became %+v", after)
	}
}

func TestRenewalDoesNotWaitForEver(t *testing.T) {
	o, channels := declaring()
	o.RenewTimeout = 50 * time.Millisecond
	s, _ := ready(t, o, rogue(t, "never-answers"))
	failed := make(chan error)
	go func() {
		_, err := s.Call(t.Context(), toRogue(""))
		failed <- err
	}()
	for !s.servers["rogue"].live.Load().calls.waits() {
		time.Sleep(time.Millisecond)
	}
	channels.Store(&Channels{Abilities: everyAbility})
	if err := s.Renew("rogue"); err != nil {
		t.Fatal(err)
	}
	if err := <-failed; fault.KindOf(err) != fault.Unavailable {
		t.Errorf("the call ended with %v", err)
	}
	awaitReady(t, s, "rogue")
}

// Log messages are nothing that is announced: with them alone, and with nothing new, the server goes on.
func TestServerGoesOnWhenItIsToldNothingNew(t *testing.T) {
	o, channels := declaring()
	s, w := ready(t, o, rogue(t, "script"))
	channels.Store(&Channels{Log: true})
	for range 2 {
		if err := s.Renew("rogue"); err != nil {
			t.Fatal(err)
		}
	}
	for s.servers["rogue"].live.Load().declared() != *channels.Load() {
		time.Sleep(time.Millisecond)
	}
	c := newClient(nil)
	played(t, s, play("a", c, logs, "reply"))
	if w.reasons("rogue", 1) != nil || c.all() == "" {
		t.Errorf("the server went down, or is not heard: %q", c.all())
	}
	if err := s.Renew("nobody"); fault.KindOf(err) != fault.Invalid {
		t.Errorf("a server that there is not: %v", err)
	}
}
