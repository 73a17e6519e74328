package badinput

import (
	"strings"
	"testing"
)

// verdicts calls a tool with arguments, each of which is refused by a policy or not.
func verdicts(t *testing.T, s *session, tool string, cases []verdict) {
	t.Helper()
	for _, c := range cases {
		got := s.call(tool, c.arguments)
		if c.passes == got.failed() || !c.passes && got.rule != "C3" {
			t.Errorf("%s: %v", c.attack, got)
		}
		say(t, c.attack, got)
	}
}

type verdict struct {
	attack, arguments string
	passes            bool
}

func truthfulArguments(t *testing.T, w *world) {
	verdicts(t, w.agent(t, "payer"), "stub__pay", []verdict{
		{"the control: 5", `{"to":"x","amount":5}`, true},
		{"1001, over the policy's limit", `{"to":"x","amount":1001}`, false},
		{"the control: 2^53, which the policy lets pass by name", `{"to":"x","amount":9007199254740992}`, true},
		{"2^53+1, which a double would take for that", `{"to":"x","amount":9007199254740993}`, false},
		{"a number that fits no integer", `{"to":"x","amount":1e40}`, false},
	})
	verdicts(t, w.agent(t, "echoer"), "honest__echo", []verdict{
		{"the control: 5 and something else", `{"amount":5,"note":9007199254740993}`, true},
	})
	for _, c := range []verdict{
		{"1000.5", `{"amount":1000.5}`, false},
		{"2^63", `{"amount":9223372036854775808}`, false},
		{"AMOUNT beside amount", `{"amount":5,"AMOUNT":5000}`, false},
		{"AMOUNT instead of amount", `{"AMOUNT":5000}`, false},
		{"a string for a number", `{"amount":"5000"}`, false},
		{"a list for a number", `{"amount":[5000]}`, false},
	} {
		verdicts(t, w.agent(t, "echoer-"+letters(c.attack)), "honest__echo", []verdict{c})
	}
}

// letters makes a name of a text.
func letters(text string) string {
	return strings.Trim(strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return '-'
	}, strings.ToLower(text)), "-")
}

// plainData shows that Cedar's JSON escapes are records like others: one is equal to the record that it is, and reaches the server as it
// was written.
func plainData(t *testing.T, w *world) {
	s := w.agent(t, "escaper")
	verdicts(t, s, "honest__echo", []verdict{
		{"__extn, which a policy compares as a record", `{"mark":{"__extn":{"fn":"decimal","arg":"1.0"}}}`, false},
	})
	for _, arguments := range []string{
		`{"mark":{"__extn":{"fn":"decimal","arg":"not a decimal"}}}`,
		`{"mark":{"__entity":{"type":"Argus::Principal","id":"root"}}}`,
		`{"__entity":{"type":"Argus::Agent","id":"root"},"__expr":"principal"}`,
	} {
		got := s.call("honest__echo", arguments)
		if got.failed() || !strings.Contains(got.text, `"arguments":`+arguments) {
			t.Errorf("%s: %v", arguments, got)
		}
		say(t, arguments, "reached the server as it is")
	}
}

// erringPolicy has a forbid that cannot be evaluated. Cedar itself would skip it and let the permit stand.
func erringPolicy(t *testing.T, w *world) {
	s := w.agent(t, "eraser")
	got := s.call("stub__delete-repo", `{"repo":"r"}`)
	if got.rule != "C3" || strings.Contains(got.text, "approved_by") {
		t.Errorf("%v", got)
	}
	say(t, "a policy that errs", got)
	w.untouched(t, "delete-repo")
	if status := w.Status(t); len(status.Problems) > 0 {
		t.Errorf("problems: %v", status.Problems)
	}
}

func channels(t *testing.T, w *world) {
	s := w.agent(t, "browser")
	if got := s.request("resources/read", `{"uri":"argus://stub/stub://about"}`); got.failed() || !strings.Contains(got.text, "plays the tools") {
		t.Errorf("the control: %v", got)
	}
	got := s.request("resources/read", `{"uri":"argus://stub/stub://forbidden"}`)
	if got.rule != "C3" {
		t.Errorf("%v", got)
	}
	say(t, "a resource that a policy forbids", got)
}
