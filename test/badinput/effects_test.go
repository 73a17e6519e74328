package badinput

import (
	"fmt"
	"testing"

	"argus/test/daemon"
)

// nothingUnrecorded holds what the servers say they were asked for against the starts in the journal. Each start allows one call.
func nothingUnrecorded(t *testing.T, w *world) {
	done := w.Effects(t, w.servers...)
	allowed := daemon.Starts(w.Steps(t))
	if over := daemon.Beyond(done, allowed); len(over) > 0 {
		t.Errorf("without a start of their own: %v", over)
	}
	made := daemon.Effect{Server: "stub", Tool: "pay", Arguments: "sha256:of-no-call"}
	if over := daemon.Beyond(append(done, made), allowed); len(over) != 1 || over[0] != made {
		t.Errorf("the control, a call that nobody allowed, is not found: %v", over)
	}
	say(t, "calls that servers were asked for", fmt.Sprintf("%d, each with a start in the journal", len(done)))
	if len(done) < 20 {
		t.Error("the servers were hardly asked for anything")
	}
}
