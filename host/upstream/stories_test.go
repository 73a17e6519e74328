//go:build linux

package upstream

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"argus/plugin/sdk/registry"
)

func TestStoryServerOffersItsToolsPromptsAndResources(t *testing.T) {
	s, w := ready(t, quick(), spec(t, "stub", "-set", "all"))
	d := w.definitions("stub", 1)[0]
	if d.Protocol != "2025-11-25" || d.ServerName != "stub" || !d.Prompts || !d.Resources || len(d.Tools) != 15 {
		t.Fatalf("the server offers %+v", d)
	}
	for method, params := range map[string]string{
		"prompts/list": "", "prompts/get": `{"name":"briefing","arguments":{"topic":"beans"}}`,
		"resources/list": "", "resources/templates/list": "", "resources/read": `{"uri":"stub://about"}`,
	} {
		var raw []byte
		if params != "" {
			raw = []byte(params)
		}
		if r, err := s.Call(t.Context(), Request{Server: "stub", Method: method, Params: raw}); err != nil || r.Error != nil {
			t.Errorf("%s: %v %v", method, r.Error, err)
		}
	}
}

func TestFlightsOverlap(t *testing.T) {
	one := spec(t, "stub", "-tools", "remember,recall")
	s, _ := ready(t, quick(), one)
	begun := time.Now()
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			r, err := call(t, s, "stub", fmt.Sprintf(`{"name":"remember","arguments":{"note":"n%d","delay_ms":200}}`, i))
			if err != nil || text(t, r) != "noted" {
				t.Errorf("got %v %v", r, err)
			}
		})
	}
	all.Wait()
	if took := time.Since(begun); took > 2*time.Second {
		t.Errorf("twenty calls of 200 ms took %v", took)
	}
	r, err := call(t, s, "stub", `{"name":"recall","arguments":{}}`)
	if err != nil || len(strings.Fields(text(t, r))) != 20 {
		t.Errorf("recalled %v %v", r, err)
	}
	log, err := os.ReadFile(filepath.Join(one.Scratch, "calls.jsonl"))
	if err != nil || strings.Count(string(log), "\n") != 21 {
		t.Errorf("the server's log has %d lines, %v", strings.Count(string(log), "\n"), err)
	}
}

// One server, spoken to in each of its eras. To the caller they are the same.
func TestStoryServerAsksAndTellsInEitherEra(t *testing.T) {
	s, w := ready(t, talking(), spec(t, "fixtures"))
	inEra(t, s, w, "2026-07-28")
	one := s.servers["fixtures"]
	one.initializeFirst = true
	one.live.Load().fail(errRenewed)
	w.awaitDown(t, "fixtures")
	awaitReady(t, s, "fixtures")
	inEra(t, s, w, "2025-11-25")
}

func inEra(t *testing.T, s *Set, w *witness, protocol string) {
	t.Helper()
	all := w.definitions("fixtures", 1)
	if got := all[len(all)-1].Protocol; got != protocol {
		t.Fatalf("the server speaks %s", got)
	}
	c := newClient(func(q Question) {
		switch q.Channel {
		case registry.Sampling:
			q.Answer([]byte(`{"role":"assistant","content":{"type":"text","text":"Paris"},"model":"m"}`))
		case registry.Elicitation:
			q.Answer([]byte(`{"action":"accept","content":{"name":"Ada","color":"blue","ok":true}}`))
		case registry.Roots:
			q.Answer([]byte(`{"roots":[{"uri":"file:///a"}]}`))
		}
	})
	ask := func(method, params string) Reply {
		t.Helper()
		r, err := s.Call(t.Context(), Request{
			Server: "fixtures", Agent: "a", Method: method, Params: []byte(params), Listener: c, Abilities: everyAbility, LogLevel: "info", Progress: true,
		})
		if err != nil {
			t.Fatalf("%s: %s %s: %v", protocol, method, params, err)
		}
		return r
	}
	for tool, want := range map[string]string{
		"test_input_required_result_multiple_inputs": "Paris Ada. ",
		"test_input_required_result_request_state":   "",
		"test_input_required_result_multi_round":     "Ada",
		"test_missing_capability":                    "Paris",
		"test_streaming_elicitation":                 "Hello, Ada!",
		"test_tool_with_logging":                     "successfully",
		"test_tool_with_progress":                    "successfully",
	} {
		r := ask("tools/call", fmt.Sprintf(`{"name":%q}`, tool))
		if r.Error != nil || !strings.Contains(text(t, r), want) {
			t.Errorf("%s: %s answered %s %v", protocol, tool, r.Result.Raw(), r.Error)
		}
		if hasAny(r.Result, resultKind) {
			t.Errorf("%s: the wire is left in %s", protocol, r.Result.Raw())
		}
	}
	if r := ask("prompts/get", `{"name":"test_input_required_result_prompt"}`); r.Error != nil {
		t.Errorf("%s: the prompt: %+v", protocol, r.Error)
	}
	if heard := c.all(); strings.Count(heard, "progress ") < 4 || strings.Count(heard, "log ") != 3 {
		t.Errorf("%s: the client heard\n%s", protocol, heard)
	}
	before := len(w.news("fixtures", 0))
	const watched = `{"uri":"test://watched-resource"}`
	trigger := func() { ask("tools/call", `{"name":"test_trigger_resource_update"}`) }
	trigger()
	if r := ask("resources/subscribe", watched); r.Error != nil || r.Result.Raw() != "{}" {
		t.Errorf("%s: subscribed: %+v", protocol, r)
	}
	trigger()
	news := await(t, w, func() []News { return w.news("fixtures", before+1) })
	if got := news[before]; got != (News{Kind: Updated, Channel: registry.Resources, URI: "test://watched-resource"}) {
		t.Errorf("%s: the news are %+v", protocol, got)
	}
	if r := ask("resources/unsubscribe", watched); r.Error != nil {
		t.Errorf("%s: unsubscribed: %+v", protocol, r)
	}
	trigger()
	if news := w.news("fixtures", 0); len(news) != before+1 {
		t.Errorf("%s: the news are %+v", protocol, news)
	}
	ask("tools/call", `{"name":"test_trigger_tool_change"}`)
	known := len(all)
	if changed := await(t, w, func() []Definitions { return w.definitions("fixtures", known+1) }); len(changed[known].Tools) == len(all[known-1].Tools) {
		t.Errorf("%s: the tools have not changed", protocol)
	}
}
