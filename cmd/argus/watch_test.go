package main

import (
	"strings"
	"testing"
	"unicode"

	"argus/cmd/argus/internal/show"
	"argus/host/front/operator"
)

// TestAHappeningIsOneLineThatStaysWhereItIs has every text of a happening try to forge a line, and to move on the screen.
func TestAHappeningIsOneLineThatStaysWhereItIs(t *testing.T) {
	const evil = "x\n00:00:00.000  started\x1b[1A\u009b2K\u202e"
	fields := map[string]func(*operator.Happening){
		"time": func(h *operator.Happening) { h.Time = evil }, "what": func(h *operator.Happening) { h.What = evil },
		"agent": func(h *operator.Happening) { h.Agent = evil }, "principal": func(h *operator.Happening) { h.Principal = evil },
		"tool": func(h *operator.Happening) { h.Tool = evil }, "level": func(h *operator.Happening) { h.Level = evil },
		"integrity": func(h *operator.Happening) { h.Integrity = evil }, "detail": func(h *operator.Happening) { h.Detail = evil },
		"rule": func(h *operator.Happening) { h.Rule = evil }, "sentence": func(h *operator.Happening) { h.Sentence = evil },
		"reference": func(h *operator.Happening) { h.Reference = evil },
	}
	for name, set := range fields {
		h := operator.Happening{Time: "2026-11-25T12:00:00Z", What: operator.Refused, Agent: "root.1", Tool: "t", Level: "public", Rule: "2a"}
		set(&h)
		s := &screen{paint: show.Painter{}, tools: map[uint64]string{}}
		line, ended := strings.CutSuffix(s.line(h), "\n")
		if !ended || strings.ContainsFunc(line, func(r rune) bool { return !unicode.IsGraphic(r) }) {
			t.Errorf("%s: %q", name, line)
		}
		if !strings.Contains(line, `\n`) {
			t.Errorf("%s is not shown: %q", name, line)
		}
	}
}
