package connect

import (
	"net/http"
	"strings"
	"testing"
)

// news is what a client is told of a session that was begun anew.
func (p *client) news() {
	p.t.Helper()
	for _, list := range []string{"tools", "resources", "prompts"} {
		p.wants("notifications/" + list + "/list_changed")
	}
}

func TestLostSessionIsBegunAgainAsItWas(t *testing.T) {
	state := stateFolder(t)
	d := open(t, state, fine)
	p := start(t, state, quick)
	p.say(hello)
	p.wants(`"id":0,"result"`)
	p.say(initialized)
	d.hears("GET", 1)
	for _, set := range []string{
		call(1, "logging/setLevel", `{"level":"info"}`),
		call(2, "logging/setLevel", `{"level":"error"}`),
		call(3, "resources/subscribe", `{"uri":"file:///kept"}`),
		call(4, "resources/subscribe", `{"uri":"file:///dropped"}`),
		call(5, "resources/unsubscribe", `{"uri":"file:///dropped"}`),
	} {
		p.say(set)
		p.wants(`"result"`)
	}
	d.forget("2025-11-25")
	p.say(call(6, "tools/call", `{"name":"a"}`))
	p.news()
	p.wants(`"id":6,"result":{"of":"tools/call"}`)

	if all := d.heard(`"method":"initialize"`); len(all) != 2 || !strings.Contains(all[1].body, `"params":{"protocolVersion":"2025-11-25","capabilities":{"roots":{}}}`) ||
		all[1].header.Get("Mcp-Session-Id") != "" {
		t.Errorf("initialize: %v", all)
	}
	for text, n := range map[string]int{"notifications/initialized": 2, `"error"`: 2, `"info"`: 1, "file:///kept": 2, "file:///dropped": 2} {
		if all := d.heard(text); len(all) != n {
			t.Errorf("%s was said %d times", text, len(all))
		}
	}
	calls := d.heard("tools/call")
	if len(calls) != 2 || calls[0].header.Get("Mcp-Session-Id") != "session-1" || calls[1].header.Get("Mcp-Session-Id") != "session-2" {
		t.Errorf("the call was sent %v", calls)
	}
	if v := calls[1].header.Get("Mcp-Protocol-Version"); v != "2025-11-25" {
		t.Errorf("the revision of the new session: %q", v)
	}
	d.hears("GET", 2)
}

func TestSessionsLostTogetherAreBegunAgainOnce(t *testing.T) {
	state := stateFolder(t)
	d := open(t, state, fine)
	p := start(t, state, quick)
	p.say(hello)
	p.wants(`"id":0`)
	d.forget("2025-11-25")
	for i := range 20 {
		p.say(call(i, "ping", `{}`))
	}
	for answers := 0; answers < 20; {
		if line := p.wants(); strings.Contains(line, `"result":{"of":"ping"}`) {
			answers++
		} else if !strings.Contains(line, "list_changed") {
			t.Fatal(line)
		}
	}
	if n := len(d.heard(`"method":"initialize"`)); n != 2 {
		t.Errorf("%d sessions were begun", n)
	}
}

func TestSessionThatCannotBeAsItWasIsNotPassedOffForIt(t *testing.T) {
	state := stateFolder(t)
	d := open(t, state, fine)
	p := start(t, state, quick)
	p.say(hello)
	p.wants(`"id":0`)
	d.forget("2025-06-18")
	p.say(call(1, "tools/call", `{}`))
	p.wants(`"id":1`, "-32010", "another revision", "Nothing had effect")
	if n := len(d.heard("DELETE")); n != 1 {
		t.Errorf("the other session was ended %d times", n)
	}

	d.forget("2025-11-25")
	p.say(hello)
	p.wants(`"id":0,"result"`)
	d.forget("")
	p.say(call(2, "tools/call", `{}`))
	p.wants(`"id":2`, "-32010", "was not granted", "Nothing had effect")
	d.forget("2025-11-25")
	p.say(call(3, "tools/call", `{}`))
	p.news()
	p.wants(`"id":3,"result"`)
}

func TestNextInitializeEndsTheSessionBeforeIt(t *testing.T) {
	state := stateFolder(t)
	d := open(t, state, fine)
	p := start(t, state, quick)
	p.say(hello)
	p.wants(`"id":0`)
	p.say(hello)
	p.wants(`"id":0`)
	if ended := d.heard("DELETE"); len(ended) != 1 || ended[0].header.Get("Mcp-Session-Id") != "session-1" {
		t.Errorf("ended: %v", ended)
	}
}

func TestDaemonThatDiesAgainWhileASessionIsBegunHarmsNothing(t *testing.T) {
	state := stateFolder(t)
	d := open(t, state, func(w http.ResponseWriter, r *http.Request, body string) {
		if strings.Contains(body, "setLevel") && r.Header.Get("Mcp-Session-Id") == "session-2" {
			panic(http.ErrAbortHandler)
		}
		fine(w, r, body)
	})
	p := start(t, state, quick)
	p.say(hello)
	p.wants(`"id":0`)
	p.say(call(1, "logging/setLevel", `{"level":"info"}`))
	p.wants(`"id":1,"result"`)
	d.forget("2025-11-25")
	p.say(call(2, "tools/call", `{}`))
	p.wants(`"id":2`, "-32010", "Nothing had effect")
	p.say(call(3, "tools/call", `{}`))
	p.news()
	p.wants(`"id":3,"result"`)
	if set := d.heard("setLevel"); len(set) != 3 || set[2].header.Get("Mcp-Session-Id") != "session-3" {
		t.Errorf("the level was set %v", set)
	}
	if calls := d.heard(`"id":2`); len(calls) != 1 || calls[0].header.Get("Mcp-Session-Id") != "session-1" {
		t.Errorf("the call that found the session lost was sent %v", calls)
	}
}

func TestIdleClientHearsThatListsMayHaveChanged(t *testing.T) {
	state := stateFolder(t)
	cut := make(chan struct{})
	d := open(t, state, func(w http.ResponseWriter, r *http.Request, body string) {
		if r.Method != http.MethodGet {
			fine(w, r, body)
			return
		}
		w.Header().Set("Content-Type", mediaEvents)
		http.NewResponseController(w).Flush()
		select {
		case <-cut:
		case <-r.Context().Done():
		}
	})
	p := start(t, state, quick)
	p.say(hello, initialized)
	p.wants(`"id":0`)
	d.hears("GET", 1)
	d.forget("2025-11-25")
	close(cut)
	p.news()
	if got := d.hears("GET", 3); got[2].header.Get("Mcp-Session-Id") != "session-2" {
		t.Errorf("the streams: %v", got)
	}
}
