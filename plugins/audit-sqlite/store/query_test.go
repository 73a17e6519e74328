package store

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"argus/plugin/sdk/audit"
)

// TestNoQuestionLooksAtEveryEvent asks SQLite how it would answer: of ten million events a look at each takes longer than anybody waits.
func TestNoQuestionLooksAtEveryEvent(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "events.db"), 0)
	for _, c := range []struct {
		q    audit.Query
		want string
	}{
		{audit.Query{Principal: "p"}, "INDEX by_principal (principal=? AND id>?)"},
		{audit.Query{Principal: "p", What: "w"}, "INDEX by_principal_and_what (principal=? AND what=? AND id>?)"},
		{audit.Query{What: "w"}, "INDEX by_what (what=? AND id>?)"},
		{audit.Query{Tool: "t"}, "INDEX by_tool (tool=? AND id>?)"},
		{audit.Query{Rule: "r"}, "INDEX by_rule (rule=? AND id>?)"},
		{audit.Query{Agent: "a"}, "INDEX by_agent (agent=? AND id>?)"},
		{audit.Query{Text: "abc"}, "SCAN words VIRTUAL TABLE INDEX"},
		{audit.Query{From: epoch}, "PRIMARY KEY (rowid>? AND rowid<?)"},
		{audit.Query{Before: epoch}, "PRIMARY KEY (rowid>? AND rowid<?)"},
		{audit.Query{Tool: "t", From: epoch}, "INDEX by_tool (tool=? AND id>? AND id<?)"},
		{audit.Query{AfterID: 1, OldestFirst: true}, "PRIMARY KEY (rowid>?)"},
	} {
		c.q.Limit = 10
		text, args := statement(c.q)
		rows, err := s.read.Query("EXPLAIN QUERY PLAN "+text, args...)
		if err != nil {
			t.Fatal(err)
		}
		var plan []string
		for rows.Next() {
			var id, parent, unused int
			var step string
			if err := rows.Scan(&id, &parent, &unused, &step); err != nil {
				t.Fatal(err)
			}
			plan = append(plan, step)
		}
		if err := rows.Close(); err != nil {
			t.Fatal(err)
		}
		all := strings.Join(plan, "; ")
		if !strings.Contains(all, c.want) || strings.Contains(all, "B-TREE") && c.q.Agent == "" {
			t.Errorf("%+v is answered by %s", c.q, all)
		}
	}
}

// TestWhatIsFoundIsWhatALookAtEachEventFinds has a clock that goes back and forth, texts that are operators elsewhere, and the oldest gone.
func TestWhatIsFoundIsWhatALookAtEachEventFinds(t *testing.T) {
	const most = 3000
	dice := rand.New(rand.NewPCG(7, 11))
	pick := func(of ...string) string { return of[dice.IntN(len(of))] }
	s := open(t, filepath.Join(t.TempDir(), "events.db"), most)
	words := []string{`"`, `'`, `*`, `%`, `_`, `\`, `^`, `:`, `(`, `)`, `-`, `AND`, `OR`, `NOT`, `NEAR(a, 1)`, `text:`, `Straße`, `ÉTÉ`, `été`, `日本語`, `a`, `B`, `mail`, `drop table events`, ` `, ``}
	sentence := func(n int) string {
		var b strings.Builder
		for range n {
			b.WriteString(words[dice.IntN(len(words))])
		}
		return b.String()
	}
	moment := func() time.Time { return epoch.Add(time.Duration(dice.IntN(100_000)) * time.Second) }
	for n := uint64(0); n < 5000; {
		var batch []audit.Event
		for range 250 {
			n++
			e := step(n, pick("root.1", "root.1.1", "root.10", "root.2"), pick("a/b", "c/d"))
			e.What, e.Principal, e.Detail = pick("started", "completed"), pick("p", "q"), sentence(dice.IntN(8))
			if dice.IntN(4) == 0 {
				e = refusal(fmt.Sprintf("R-%08d", n), 0, 1)
				e.Rule, e.Detail = pick("2a", "C1"), sentence(dice.IntN(8))
			}
			e.Time = epoch.Add(time.Duration(n) * 20 * time.Second)
			if dice.IntN(50) == 0 {
				e.Time = moment()
			}
			batch = append(batch, e)
		}
		appended(t, s, batch...)
	}
	all := query(t, s, audit.Query{Limit: 1 << 20})
	if len(all) < most || len(all) >= 5000 {
		t.Fatalf("%d are kept: the oldest are not gone", len(all))
	}
	found := 0
	for range 1500 {
		q := audit.Query{Limit: 1 + dice.IntN(60), OldestFirst: dice.IntN(2) == 0}
		set := func(one int, field *string, of ...string) {
			if dice.IntN(one) == 0 {
				*field = pick(of...)
			}
		}
		set(4, &q.Principal, "p", "q", "other", "nobody")
		set(4, &q.Agent, "root.1", "root.1.1", "root.2")
		set(4, &q.Tool, "a/b", "c/d", "mail__send")
		set(6, &q.Rule, "2a", "C1")
		set(4, &q.What, "started", "refused")
		set(2, &q.Text, sentence(1), sentence(2), sentence(4), "R-0000", "ROOT.1", strings.Repeat("mail", 20))
		if dice.IntN(3) == 0 {
			q.From = moment()
		}
		if dice.IntN(3) == 0 {
			q.Before = moment()
		}
		if dice.IntN(5) == 0 {
			q.AfterID = uint64(dice.IntN(5000))
		}
		want := look(all, q)
		if got := ids(query(t, s, q)); !slices.Equal(got, want) {
			t.Fatalf("%+v finds %v and not %v", q, got, want)
		}
		found += len(want)
	}
	if found < 3000 {
		t.Errorf("only %d events were found: the questions ask for nothing", found)
	}
}

// look finds, among all events newest first, by looking at each.
func look(all []audit.Found, q audit.Query) []uint64 {
	if q.OldestFirst {
		all = slices.Clone(all)
		slices.Reverse(all)
	}
	lower := func(s string) string { // of ASCII letters, as the README says
		return strings.Map(func(r rune) rune {
			if 'A' <= r && r <= 'Z' {
				r += 'a' - 'A'
			}
			return r
		}, s)
	}
	is := func(want, is string) bool { return want == "" || want == is }
	var ids []uint64
	for _, f := range all {
		texts := strings.Join([]string{f.Principal, f.Agent, f.Tool, f.What, f.Rule, f.Detail, f.Reference}, " ")
		if f.ID > q.AfterID && is(q.Principal, f.Principal) && (is(q.Agent, f.Agent) || strings.HasPrefix(f.Agent, q.Agent+".")) &&
			is(q.Tool, f.Tool) && is(q.Rule, f.Rule) && is(q.What, f.What) && strings.Contains(lower(texts), lower(q.Text)) &&
			(q.From.IsZero() || !f.Time.Before(q.From)) && (q.Before.IsZero() || f.Time.Before(q.Before)) && len(ids) < q.Limit {
			ids = append(ids, f.ID)
		}
	}
	return ids
}

func ids(found []audit.Found) []uint64 {
	var ids []uint64
	for _, f := range found {
		ids = append(ids, f.ID)
	}
	return ids
}

// TestWhatIsGoneIsNotInAnIndexEither: texts and spans would grow without bound.
func TestWhatIsGoneIsNotInAnIndexEither(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "events.db"), 1000)
	fill(t, s, 20, 250)
	var counts []int
	for _, of := range []string{"SELECT count(*) FROM events", "SELECT count(*) FROM words WHERE words MATCH '\"roo\"'", "SELECT 1000 * count(*) FROM spans"} {
		var n int
		if err := s.read.QueryRow(of).Scan(&n); err != nil {
			t.Fatal(of, err)
		}
		counts = append(counts, n)
	}
	if counts[0] > 2000 || counts[1] != counts[0] || counts[2] > counts[0]+2000 {
		t.Errorf("of %d events there are %d in the index of texts, and spans of %d", counts[0], counts[1], counts[2])
	}
	if !reflect.DeepEqual(ids(query(t, s, audit.Query{Text: "root.1", Limit: 1})), []uint64{5000}) {
		t.Error("the newest is not found by its text")
	}
}
