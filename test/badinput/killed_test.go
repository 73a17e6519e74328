package badinput

import (
	"fmt"
	"strings"
	"syscall"
	"testing"

	"argus/test/daemon"
)

// killed ends plugins and a server from outside, as a lack of memory would.
func killed(t *testing.T, w *world) {
	s := w.agent(t, "patient")
	status := w.Status(t)
	for _, part := range append(status.Plugins, status.Server("stub")) {
		if err := syscall.Kill(part.PID, syscall.SIGKILL); err != nil {
			t.Fatalf("%s: %v", part.Name, err)
		}
		got := s.call("stub__post-slack", fmt.Sprintf(`{"channel":"c","text":"t","marker":"after the end of %s"}`, part.Name))
		if got.failed() && got.code != -32010 && got.code != -32011 {
			t.Errorf("%s: %v", part.Name, got)
		}
		say(t, "kill -9 of "+part.Name, got)
		daemon.Until(t, part.Name+" is back", func() bool { return w.restarted(t, part) })
		w.lives(t)
	}
}

// restarted reports whether a part that was killed runs again.
func (w *world) restarted(t *testing.T, part daemon.Part) bool {
	t.Helper()
	status := w.Status(t)
	now := status.Plugin(part.Name)
	if now.Name == "" {
		now = status.Server(part.Name)
	}
	return now.Restarts > part.Restarts && strings.Contains("running ready", now.State) && now.PID != part.PID
}
