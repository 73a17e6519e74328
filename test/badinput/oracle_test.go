package badinput

import (
	"fmt"
	"regexp"
	"testing"
	"time"

	"argus/test/daemon"
)

var oracleLines = regexp.MustCompile(`binary = "oracle-cedar"\nsha256 = "[0-9a-f]{64}"\nsettings = .*\n`)

// TestOracleThatGoesWrongAllowsNothing plugs an oracle in that permits everything, until a call's marker makes it go wrong.
func TestOracleThatGoesWrongAllowsNothing(t *testing.T) {
	w := newWorld(t)
	pin, err := programs.Install("oracle")
	if err != nil {
		t.Fatal(err)
	}
	good := w.Read(t, "argus.toml")
	w.daemon.Stop()
	w.Write(t, "argus.toml", oracleLines.ReplaceAllString(good, "binary = \"oracle\"\n"+pin))
	w.up(t)
	w.pinAll(t)
	s := w.agent(t, "victim")

	const invalid, unavailable, timeout, stale = -32602, -32010, -32011, -32012
	for _, c := range []struct {
		marker string
		code   int
		rule   string
	}{
		{"dies", unavailable, ""},
		{"other nonce", timeout, ""},
		{"other arguments", 0, ""},
		{"other policy", stale, ""},
		{"prints", 0, "C3"},
		{"no, then yes", 0, "C3"},
		{"yes with an error", 0, "C3"},
		{"hangs", timeout, ""},
	} {
		began := time.Now()
		got := s.call("stub__post-slack", fmt.Sprintf(`{"channel":"c","text":"t","marker":%q}`, c.marker))
		if !got.failed() || c.code != 0 && got.code != c.code || got.rule != c.rule {
			t.Errorf("%s: %v", c.marker, got)
		}
		say(t, "an oracle that says: "+c.marker, fmt.Sprintf("%v (%.1f s)", got, time.Since(began).Seconds()))
		daemon.Until(t, "the oracle is back", func() bool { return w.Status(t).Plugin("oracle").State == "running" })
		w.lives(t)
	}
	w.untouched(t, "post-slack")

	w.daemon.Stop()
	w.Write(t, "argus.toml", good)
	w.up(t)
	daemon.Until(t, "the servers are judged by the good oracle", func() bool { return len(w.Tools(t)) > 0 && w.callable(t) })
	if got := w.session(t, "victim").call("stub__post-slack", `{"channel":"c","text":"t","marker":"hangs"}`); got.failed() {
		t.Errorf("with a good oracle: %v", got)
	}
	if over := daemon.Beyond(w.Effects(t, w.servers...), daemon.Starts(w.Steps(t))); len(over) > 0 {
		t.Errorf("without a start of their own: %v", over)
	}
}
