package badinput

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"argus/internal/ijson"
	"argus/test/daemon"
)

// effect is one call that a server was asked for, or that the journal allowed.
type effect struct{ server, tool, arguments string }

// nothingUnrecorded holds what the servers say they were asked for against the starts in the journal. Each start allows one call.
func nothingUnrecorded(t *testing.T, w *world) {
	done := w.effects(t)
	allowed := starts(w.Steps(t))
	if over := beyond(done, allowed); len(over) > 0 {
		t.Errorf("without a start of their own: %v", over)
	}
	made := effect{"stub", "pay", "sha256:of-no-call"}
	if over := beyond(append(done, made), allowed); len(over) != 1 || over[0] != made {
		t.Errorf("the control, a call that nobody allowed, is not found: %v", over)
	}
	say(t, "calls that servers were asked for", fmt.Sprintf("%d, each with a start in the journal", len(done)))
	if len(done) < 20 {
		t.Error("the servers were hardly asked for anything")
	}
}

// beyond finds what was done more often than it was allowed.
func beyond(done, allowed []effect) (over []effect) {
	left := map[effect]int{}
	for _, e := range allowed {
		left[e]++
	}
	for _, e := range done {
		if left[e] == 0 {
			over = append(over, e)
			continue
		}
		left[e]--
	}
	return over
}

func starts(steps []daemon.Step) (allowed []effect) {
	for _, s := range steps {
		if s.Do != "invoke_start" {
			continue
		}
		name, _, _ := strings.Cut(s.Input.Tool, "@")
		server, tool, _ := strings.Cut(name, "/")
		allowed = append(allowed, effect{server, tool, s.Input.Arguments})
	}
	return allowed
}

// effects reads the servers' own logs.
func (w *world) effects(t *testing.T) (done []effect) {
	t.Helper()
	for _, server := range w.servers {
		text, err := os.ReadFile(w.callLog(server))
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(bytes.NewReader(text))
		for lines.Scan() {
			var call struct {
				Tool      string
				Arguments json.RawMessage
			}
			if err := json.Unmarshal(lines.Bytes(), &call); err != nil {
				t.Fatalf("the log of %s: %v", server, err)
			}
			arguments, err := ijson.Parse(call.Arguments, ijson.AtMost(len(call.Arguments)))
			if err != nil {
				t.Fatalf("the log of %s: %v", server, err)
			}
			done = append(done, effect{server, call.Tool, ijson.Digest(arguments)})
		}
	}
	return done
}
