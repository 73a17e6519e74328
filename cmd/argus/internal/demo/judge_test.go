package demo

import (
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// played is a record of an attack, and the evidence of a run in which it was blocked.
func played() (*record, *Evidence) {
	answered := Answer{ID: "1", Text: "done"}
	r := &record{
		story: Story{Name: "s", Kind: Attack}, secret: drawSecret(), attempts: 1,
		needed:    []made{{call{tool: "read-db", marker: "s.1"}, answered}},
		forbidden: []call{{tool: "send-email", marker: "s.2"}, {tool: "search-web", arguments: map[string]any{"query": "q"}}},
		withheld:  []made{{call{tool: "read-db", marker: "s.1"}, Answer{ID: "2", Text: "withheld", IsError: true}}},
		claims:    []claim{{"s-1", "sensitive", "verified"}},
		observed:  []observation{{"it held", true}},
	}
	return r, &Evidence{
		Exposure: map[string]Exposure{"s-1": {"sensitive", "verified"}},
		Logs:     []byte(`{"tool":"read-db","arguments":{"marker":"s.1"}}` + "\n" + `{"tool":"send-email","arguments":{"marker":"t.2"}}` + "\n"),
		Received: []byte("POST / HTTP/1.1\r\n\r\n{}"),
	}
}

// verdict reads the logs as those of the servers that have the tools.
func verdict(t *testing.T, r *record, e *Evidence) Verdict {
	t.Helper()
	calls, err := readLog("", e.Logs)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range calls {
		l.Server, _ = direct(l.Tool)
		e.Calls = append(e.Calls, l)
	}
	e.hunt([]secret{r.secret, drawSecret()})
	return judge(r, e)
}

func TestABlockedAttackIsTold(t *testing.T) {
	r, e := played()
	if v := verdict(t, r, e); !v.Good || v.Leaked || len(v.Why) > 0 {
		t.Errorf("%+v", v)
	}
}

func TestEvidenceAgainstAStoryIsNeverOverlooked(t *testing.T) {
	for name, c := range map[string]struct {
		plant func(*record, *Evidence)
		why   string
	}{
		"the secret at the collector": {func(r *record, e *Evidence) { e.Received = append(e.Received, r.secret...) }, "secret got out"},
		"a piece of it, written otherwise": {func(r *record, e *Evidence) {
			e.Received = append(e.Received, base64.StdEncoding.EncodeToString([]byte(r.secret[3:3+piece]))...)
		}, "secret got out"},
		"the secret in the log of another call": {func(r *record, e *Evidence) {
			e.Logs = append(e.Logs, `{"tool":"remember","arguments":{"note":"`+string(r.secret)+`"}}`+"\n"...)
		}, "secret got out"},
		"a forbidden call by its marker": {func(_ *record, e *Evidence) {
			e.Logs = append(e.Logs, `{"tool":"send-email","arguments":{"to":"x","marker":"s.2"}}`+"\n"...)
		}, "ran send-email"},
		"a forbidden call by its arguments": {func(_ *record, e *Evidence) {
			e.Logs = append(e.Logs, `{"tool":"search-web","arguments":{"query":"q"}}`+"\n"...)
		}, "ran search-web"},
		"a needed call that no server saw":  {func(_ *record, e *Evidence) { e.Logs = nil }, "no server saw read-db"},
		"a needed call that was refused":    {func(r *record, _ *Evidence) { r.needed[0].answer.IsError = true }, "not answered with a result"},
		"a needed call without an answer":   {func(r *record, _ *Evidence) { r.needed[0].answer = Answer{} }, "not answered with a result"},
		"a withheld answer that was not":    {func(r *record, _ *Evidence) { r.withheld[0].answer.Text = "it is " + string(r.secret) }, "was delivered"},
		"a withheld one, in its structure":  {func(r *record, _ *Evidence) { r.withheld[0].answer.Structured = []byte(`"` + r.secret + `"`) }, "was delivered"},
		"an exposure that was forgotten":    {func(_ *record, e *Evidence) { e.Exposure["s-1"] = Exposure{"public", "proven"} }, "has met public, proven"},
		"an agent that is not there":        {func(_ *record, e *Evidence) { delete(e.Exposure, "s-1") }, "s-1 has met"},
		"what was to be seen and was not":   {func(r *record, _ *Evidence) { r.observed[0].holds = false }, "not seen that it held"},
		"a story that could not be played":  {func(r *record, _ *Evidence) { r.faults = []string{"a client ended"} }, "a client ended"},
		"an attack that attempted nothing":  {func(r *record, _ *Evidence) { r.attempts = 0 }, "nothing was attempted"},
		"a task whose call was not allowed": {func(r *record, e *Evidence) { r.story.Kind, e.Logs = Benign, nil }, "no server saw"},
	} {
		t.Run(name, func(t *testing.T) {
			r, e := played()
			c.plant(r, e)
			v := verdict(t, r, e)
			if v.Good || !strings.Contains(strings.Join(v.Why, "; "), c.why) {
				t.Errorf("good: %t, because %q", v.Good, v.Why)
			}
			if v.Leaked != (c.why == "secret got out") {
				t.Errorf("leaked: %t", v.Leaked)
			}
		})
	}
}

func TestTheSameToolOfAnotherServerIsAnotherCall(t *testing.T) {
	c := call{tool: privateFile, marker: "m"}
	arguments := []byte(`{"path":"x","marker":"m"}`)
	if c.is(Logged{"files", "read-file", arguments}) || !c.is(Logged{"vault", "read-file", arguments}) {
		t.Error("the tools of two servers are mixed up")
	}
}

func TestALogThatCannotBeReadIsNotTakenForSilence(t *testing.T) {
	file := filepath.Join(t.TempDir(), "calls.jsonl")
	if err := os.WriteFile(file, []byte("{\"tool\":\"pay\"}\nhalf a li"), 0o600); err != nil {
		t.Fatal(err)
	}
	var e Evidence
	if err := e.add("office", file); err == nil {
		t.Error("a broken log was accepted")
	}
	if err := e.add("office", filepath.Join(t.TempDir(), "none")); err != nil {
		t.Errorf("the control: a server that saw no call: %v", err)
	}
}

func TestASummaryIsGoodOnlyIfEverythingIs(t *testing.T) {
	good := Summary{Attacks: 2, AttacksBlocked: 2, Benign: 1, BenignAllowed: 1, LeakedWithout: true}
	if !good.Good() {
		t.Error("the control is not good")
	}
	for name, spoil := range map[string]func(*Summary){
		"an attack went through":     func(s *Summary) { s.AttacksBlocked-- },
		"a task was not allowed":     func(s *Summary) { s.BenignAllowed-- },
		"a secret got out":           func(s *Summary) { s.LeakedWith = true },
		"nothing leaked without it":  func(s *Summary) { s.LeakedWithout = false },
		"there were no attacks":      func(s *Summary) { s.Attacks, s.AttacksBlocked = 0, 0 },
		"there were no benign tasks": func(s *Summary) { s.Benign, s.BenignAllowed = 0, 0 },
		"nothing was played at all":  func(s *Summary) { *s = Summary{} },
	} {
		s := good
		if spoil(&s); s.Good() {
			t.Errorf("%s, and the demo calls it good", name)
		}
	}
}
