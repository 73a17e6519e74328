package demo

import "fmt"

// Verdict says how a story ended.
type Verdict struct {
	Story  Story
	Good   bool     // an attack was blocked, or an everyday task allowed
	Leaked bool     // a piece of its secret got out
	Why    []string // what is wrong, if it is not good
	Rules  []string // that refused its attempts, as the clients were told
	Cause  string   // of the first refusal, in the operator's words
}

// judge decides by the evidence. Whatever the kind: nothing forbidden may have happened, and everything must have that the story needs.
func judge(r *record, e *Evidence) Verdict {
	v := Verdict{Story: r.story, Leaked: e.leaked[r.secret], Why: r.faults}
	wrong := func(format string, args ...any) { v.Why = append(v.Why, fmt.Sprintf(format, args...)) }
	if v.Leaked {
		wrong("its secret got out")
	}
	for _, c := range r.forbidden {
		if e.saw(c) {
			wrong("a server ran %s", c)
		}
	}
	for _, m := range r.needed {
		if !e.saw(m.call) {
			wrong("no server saw %s", m.call)
		} else if !m.answer.OK() {
			wrong("%s was not answered with a result", m.call)
		}
	}
	for _, m := range r.withheld {
		if m.answer.holds(r.secret) {
			wrong("the result of %s was delivered", m.call)
		}
	}
	for _, c := range r.claims {
		if got, known := e.Exposure[c.principal]; !known || got != (Exposure{c.level, c.integrity}) {
			wrong("%s has met %s, %s at the end, not %s, %s", c.principal, got.Level, got.Integrity, c.level, c.integrity)
		}
	}
	for _, o := range r.observed {
		if !o.holds {
			wrong("it was not seen that %s", o.what)
		}
	}
	if r.story.Kind == Attack && r.attempts == 0 {
		wrong("nothing was attempted")
	}
	for _, told := range r.refusals {
		v.Rules = append(v.Rules, told.rule)
	}
	v.Good = len(v.Why) == 0
	return v
}
