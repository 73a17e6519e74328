package main

import (
	"bytes"
	"strings"
	"testing"
)

func TestAPassNeedsACheckAndNoFailure(t *testing.T) {
	ok, warned, failed, told := check{ID: "a", Status: "SUCCESS"}, check{ID: "w", Status: "WARNING", ErrorMessage: "better not"},
		check{ID: "f", Status: "FAILURE", ErrorMessage: "no\ngood"}, check{ID: "i", Status: "INFO"}
	for name, c := range map[string]struct {
		checks []check
		passed bool
		reason string
	}{
		"one success":             {[]check{told, ok}, true, ""},
		"a warning":               {[]check{ok, warned}, true, ""},
		"a failure among others":  {[]check{ok, failed, ok}, false, "f: no good"},
		"nothing":                 {nil, false, "the suite checked nothing"},
		"nothing but information": {[]check{told}, false, "the suite checked nothing"},
		"skipped":                 {[]check{{ID: "s", Status: "SKIPPED"}}, false, "the suite checked nothing"},
	} {
		if v := verdictOf(c.checks); v.passed != c.passed || v.reason != c.reason {
			t.Errorf("%s: %+v", name, v)
		}
	}
}

func TestOneRunThatFailsIsAFailure(t *testing.T) {
	for fails := range 4 { // the run that fails; none of three at 3
		n := 0
		v := options{runs: 3}.repeat(func() verdict { n++; return verdict{passed: n != fails+1, reason: "why"} })
		if v.passed != (fails == 3) || n != min(fails+1, 3) {
			t.Errorf("run %d fails: %+v after %d", fails+1, v, n)
		}
	}
}

func TestTheListsOfARevisionAreRead(t *testing.T) {
	lists := listsOf("# a comment:\nserver:\n  - ping\n  - tools-list\n\nclient:\n  - auth/x\nnot_scored:\n  - scenario: later\n    leg: server\n")
	if got := strings.Join(lists["server"], " "); got != "ping tools-list" || len(lists["client"]) != 1 {
		t.Errorf("%v", lists)
	}
}

func TestTheLastLineCounts(t *testing.T) {
	yes, no := verdict{passed: true}, verdict{reason: "why"}
	for name, c := range map[string]struct {
		direct, through, clients []verdict
		good                     bool
		last                     string
	}{
		"lost": {[]verdict{yes, yes, no}, []verdict{yes, no, no}, nil, false,
			"\nclients: 0 of 0 pass through Argus, 0 left out\nconformance: 2 pass directly, 1 pass through Argus, 1 lost\n"},
		"good": {[]verdict{yes}, []verdict{yes}, []verdict{yes, {leftOut: true, reason: "why"}}, true,
			"\nclients: 1 of 1 pass through Argus, 1 left out\nconformance: 1 pass directly, 1 pass through Argus, 0 lost\n"},
		"a client lost": {[]verdict{yes}, []verdict{yes}, []verdict{no}, false,
			"\nclients: 0 of 1 pass through Argus, 0 left out\nconformance: 1 pass directly, 1 pass through Argus, 0 lost\n"},
	} {
		var told bytes.Buffer
		r := newReport(&told, required{make([]scenario, len(c.direct)), make([]scenario, len(c.clients))})
		for p, verdicts := range map[*pending][]verdict{&r.direct: c.direct, &r.through: c.through, &r.clients: c.clients} {
			for i, v := range verdicts {
				(*p)[i] <- v
			}
		}
		if r.write() != c.good || !strings.HasSuffix(told.String(), c.last) {
			t.Errorf("%s: %s", name, told.String())
		}
	}
}

func TestWhatCannotBeReachedSaysWhy(t *testing.T) {
	p := newPending(2)
	p[0] <- verdict{passed: true}
	p.tell(nil)
	p.tell(errLost)
	if first, second := <-p[0], <-p[1]; !first.passed || second.passed || second.reason != "not reached: not everything passed" {
		t.Errorf("%+v %+v", first, second)
	}
}

func TestOnlyWhatAnEntrySaysIsNarrowed(t *testing.T) {
	entry := "[[tool]]\nname = \"a\"\ndigest = \"sha256:0\"\n# New:\ncapabilities = [\"ipc\"] # those\nlabel = { level = \"restricted\" } # the most\nsinks = [] # where\n" +
		"endorsed = false\n# stores = { reads = [], writes = [] } # places\n"
	got := fixture{network: true}.narrowed(entry)
	if !strings.Contains(got, "digest = \"sha256:0\"") || strings.Contains(got, "restricted") || !strings.Contains(got, `sinks = ["network_external"]`) {
		t.Error(got)
	}
}
