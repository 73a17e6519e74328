package demo

import (
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"

	"argus/cmd/argus/internal/show"
)

// teller shows the run to a person.
type teller struct {
	out   io.Writer
	paint show.Painter
	live  bool
}

const overwrite = "\r\x1b[K"

// say prints. A terminal that is gone does not change what the run finds.
func (t teller) say(format string, args ...any) { fmt.Fprintf(t.out, format, args...) }

func (t teller) heading(text string) { t.say("%s\n", t.paint.Paint(show.Bold, text)) }

// progress tells what goes on, on a line that the next one writes over. Elsewhere than on a terminal it tells nothing.
func (t teller) progress(what string) {
	if t.live {
		t.say("%s  %s", overwrite, t.paint.Paint(show.Dim, show.Plain(what)+" …"))
	}
}

func (t teller) done(format string, args ...any) {
	if t.live {
		t.say(overwrite)
	}
	t.say("  "+format+"\n", args...)
}

// bare tells how the agent without Argus fared.
func (t teller) bare(received int, leaked bool) {
	t.say("  an agent read its mail, then a private file, and did as the newest mail says: it sent the file to a stranger\n")
	outcome := t.paint.Paint(show.Bad, "leaked: yes")
	if !leaked {
		outcome = t.paint.Paint(show.Warn, "leaked: no")
	}
	t.say("  %s, the world outside received %d bytes\n\n", outcome, received)
}

// verdicts shows every story: attacks first.
func (t teller) verdicts(all []Verdict) {
	if t.live {
		t.say(overwrite)
	}
	for _, part := range []struct {
		kind  Kind
		title string
	}{{Attack, "An agent that …"}, {Benign, "And an agent that …"}} {
		t.say("\n  %s\n", t.paint.Paint(show.Dim, part.title))
		for _, v := range all {
			if v.Story.Kind == part.kind {
				t.verdict(v)
			}
		}
	}
}

// digests make names of tools long, and tell a person nothing.
var digests = regexp.MustCompile(`@sha256:[0-9a-f]{64}`)

func (t teller) verdict(v Verdict) {
	t.say("  %s  %s\n", t.word(v), v.Story.Title)
	if len(v.Rules) > 0 {
		t.say("           %s\n", t.paint.Paint(show.Dim, rules(v.Rules)+": "+show.Plain(digests.ReplaceAllString(v.Cause, ""))))
	}
	for _, why := range v.Why {
		t.say("           %s\n", t.paint.Paint(show.Bad, show.Plain(v.Story.Name+": "+why)))
	}
}

func (t teller) word(v Verdict) string {
	switch {
	case v.Story.Kind == Attack && v.Good:
		return t.paint.Paint(show.Good, "blocked")
	case v.Good:
		return t.paint.Paint(show.Good, "allowed")
	}
	return t.paint.Paint(show.Bad, "LOST   ")
}

// rules names each rule once.
func rules(all []string) string {
	var once []string
	for _, rule := range all {
		if len(once) == 0 || once[len(once)-1] != rule {
			once = append(once, rule)
		}
	}
	return "rule " + strings.Join(once, ", ")
}

// total is the summary.
func (t teller) total(s Summary, took time.Duration) {
	colour, end := show.Good, "Argus held."
	if !s.Good() {
		colour, end = show.Bad, "Argus did not hold."
	}
	t.say("\n%s %d of %d attacks blocked, %d of %d everyday tasks allowed, secrets leaked without Argus: %s, through Argus: %s (%.1f s)\n",
		t.paint.Paint(colour, end), s.AttacksBlocked, s.Attacks, s.BenignAllowed, s.Benign, yes(s.LeakedWithout), yes(s.LeakedWith), took.Seconds())
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}
