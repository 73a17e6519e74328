//go:build linux

package faults

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"argus/test/daemon"
)

// nothingUnrecorded holds what was done outside the daemon against what the journal allowed: each effect has a step of its own.
func (w *world) nothingUnrecorded(t *testing.T) {
	t.Helper()
	steps := w.Steps(t)
	allowed := append(daemon.Starts(steps), daemon.Flows(steps)...)
	done := append(w.Effects(t, append(w.servers, reading)...), w.sent()...)
	w.mu.Lock()
	done = append(done, w.effects...)
	w.mu.Unlock()
	if over := daemon.Beyond(done, allowed); len(over) > 0 {
		t.Errorf("without a step of their own: %v", over)
	}
	for _, made := range []daemon.Effect{{Server: w.stub(), Tool: post, Arguments: noCall}, {Server: upstream, Tool: daemon.Flow, Arguments: noCall}} {
		if over := daemon.Beyond(append(done, made), allowed); len(over) != 1 || over[0] != made {
			t.Errorf("the control, what nobody allowed, is not found: %v", over)
		}
	}
	w.nothingInVain(t)
}

const noCall = "sha256:of-no-call"

// sent is what has arrived at the vendor.
func (w *world) sent() (done []daemon.Effect) {
	for _, r := range w.vendor.Requests() {
		sum := sha256.Sum256(r.Body)
		done = append(done, daemon.Effect{Server: upstream, Tool: daemon.Flow, Arguments: "sha256:" + hex.EncodeToString(sum[:])})
	}
	return done
}

// nothingInVain holds what arrived outside against what agents were told of calls and prompts that failed.
func (w *world) nothingInVain(t *testing.T) {
	t.Helper()
	var all strings.Builder
	for _, server := range w.servers {
		all.WriteString(w.log(t, server))
	}
	for _, r := range w.vendor.Requests() {
		all.Write(r.Body)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	arrived := func(marker string) int { return strings.Count(all.String(), fmt.Sprintf("%q", marker)) }
	for _, marker := range w.vain {
		if arrived(marker) > 0 {
			t.Errorf("%s had an effect, and its agent was told that nothing had", marker)
		}
	}
	for _, marker := range w.served {
		if n := arrived(marker); n != 1 {
			t.Errorf("%s, which was served, arrived %d times", marker, n)
		}
	}
	if len(w.served) == 0 {
		t.Error("nothing was served, so nothing is shown")
	}
}
