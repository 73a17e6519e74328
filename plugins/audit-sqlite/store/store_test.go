package store

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"argus/plugin/sdk/audit"
)

func open(t *testing.T, path string, most int64) *Store {
	t.Helper()
	s, err := Open(t.Context(), path, most)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

var epoch = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

// step is the n-th step, n seconds after the epoch.
func step(n uint64, agent, tool string) audit.Event {
	return audit.Event{
		Sequence: n, Chain: audit.Chain{1, byte(n)}, Time: epoch.Add(time.Duration(n) * time.Second), What: "started", Principal: "assistant", Agent: agent, Tool: tool,
		Invocation: new(n - 1), Level: "public", Integrity: "proven",
	}
}

func refusal(ref string, n int, count uint64) audit.Event {
	return audit.Event{
		Reference: ref, Time: epoch.Add(time.Duration(n) * time.Second), What: audit.Refused, Principal: "other", Agent: "root.2", Tool: "mail__send",
		Rule: "2a", Detail: "What the agent has met may not go where this call goes.", Count: count,
	}
}

func appended(t *testing.T, s *Store, events ...audit.Event) audit.Kept {
	t.Helper()
	k, err := s.Append(t.Context(), events)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func query(t *testing.T, s *Store, q audit.Query) []audit.Found {
	t.Helper()
	if q.Limit == 0 {
		q.Limit = 100
	}
	found, err := s.Query(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestEventsComeBackAsTheyWereGiven(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "made", "events.db"), 0)
	given := []audit.Event{step(1, "root.1", "a/b"), refusal("R-AAAAAAAA", 2, 1), step(3, "root.1.1", "c/d")}
	given[2].Invocation = nil
	if k := appended(t, s, given...); k != (audit.Kept{Sequence: 3, Chain: given[2].Chain, Reference: "R-AAAAAAAA", Count: 1}) {
		t.Errorf("kept %+v", k)
	}
	found := query(t, s, audit.Query{OldestFirst: true})
	if len(found) != 3 {
		t.Fatalf("found %d", len(found))
	}
	for i, f := range found {
		if !reflect.DeepEqual(f.Event, given[i]) {
			t.Errorf("event %d is %+v", i, f.Event)
		}
	}
}

func TestARefusalThatComesAgainIsCountedAndAStepIsAnError(t *testing.T) {
	path := filepath.Join(t.TempDir(), "events.db")
	s := open(t, path, 0)
	appended(t, s, step(1, "root.1", "a/b"), step(2, "root.1", "a/b"), refusal("R-AAAAAAAA", 2, 1))
	s.Close()
	s = open(t, path, 0)
	if k, err := s.Kept(t.Context()); err != nil || k != (audit.Kept{Sequence: 2, Chain: audit.Chain{1, 2}, Reference: "R-AAAAAAAA", Count: 1}) {
		t.Fatalf("kept %+v, %v", k, err)
	}
	k := appended(t, s, step(3, "root.1", "a/b"), refusal("R-AAAAAAAA", 2, 7), refusal("R-AAAAAAAA", 2, 3))
	if k != (audit.Kept{Sequence: 3, Chain: audit.Chain{1, 3}, Reference: "R-AAAAAAAA", Count: 3}) {
		t.Errorf("kept %+v", k)
	}
	found := query(t, s, audit.Query{OldestFirst: true})
	if len(found) != 4 || found[2].Reference != "R-AAAAAAAA" || found[2].Count != 7 || found[3].Sequence != 3 {
		t.Errorf("found %+v", found)
	}
	if _, err := s.Append(t.Context(), []audit.Event{refusal("R-BBBBBBBB", 3, 1), step(1, "root.1", "a/b")}); err == nil {
		t.Error("a step was kept twice")
	}
	if k, err := s.Kept(t.Context()); err != nil || k.Sequence != 3 || len(query(t, s, audit.Query{})) != 4 {
		t.Errorf("after an error it has kept %+v, %v", k, err)
	}
}

func TestEventsAreFoundByWhatIsAsked(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "events.db"), 0)
	appended(t, s, step(1, "root.1", "db/read"), step(2, "root.1.4", "mail/send"), step(3, "root.10", "db/read"), refusal("R-BBBBBBBB", 4, 1), step(5, "root.1", "100%_x"))
	for name, c := range map[string]struct {
		q    audit.Query
		want []uint64 // ids
	}{
		"all, newest first":         {audit.Query{}, []uint64{5, 4, 3, 2, 1}},
		"an agent and those below":  {audit.Query{Agent: "root.1"}, []uint64{5, 2, 1}},
		"an agent that is a prefix": {audit.Query{Agent: "root.1.4"}, []uint64{2}},
		"a tool":                    {audit.Query{Tool: "db/read"}, []uint64{3, 1}},
		"a rule":                    {audit.Query{Rule: "2a"}, []uint64{4}},
		"what":                      {audit.Query{What: "refused"}, []uint64{4}},
		"a principal":               {audit.Query{Principal: "other"}, []uint64{4}},
		"a text, whatever the case": {audit.Query{Text: "MAY NOT GO"}, []uint64{4}},
		"a text is no pattern":      {audit.Query{Text: "0%_"}, []uint64{5}},
		"a text that would end one": {audit.Query{Text: "') OR 1=1 --"}, nil},
		"from":                      {audit.Query{From: epoch.Add(4 * time.Second)}, []uint64{5, 4}},
		"before":                    {audit.Query{Before: epoch.Add(2 * time.Second)}, []uint64{1}},
		"after an id":               {audit.Query{AfterID: 3, OldestFirst: true}, []uint64{4, 5}},
		"a limit":                   {audit.Query{Limit: 2}, []uint64{5, 4}},
		"two things":                {audit.Query{Agent: "root.1", Tool: "db/read"}, []uint64{1}},
	} {
		var ids []uint64
		for _, f := range query(t, s, c.q) {
			ids = append(ids, f.ID)
		}
		if !reflect.DeepEqual(ids, c.want) {
			t.Errorf("%s: %v", name, ids)
		}
	}
}

// fill appends steps one after the other.
func fill(t *testing.T, s *Store, batches, each uint64) {
	t.Helper()
	for n := range batches {
		var batch []audit.Event
		for i := range each {
			batch = append(batch, step(n*each+i+1, "root.1", "a/b"))
		}
		appended(t, s, batch...)
	}
}

func TestTheOldestGo(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "events.db"), 1000)
	fill(t, s, 50, 100)
	var rows int
	if err := s.read.QueryRow("SELECT count(*) FROM events").Scan(&rows); err != nil || rows > 2000 || rows < 1000 {
		t.Errorf("%d events are kept, %v", rows, err)
	}
	if k, _ := s.Kept(t.Context()); k.Sequence != 5000 {
		t.Errorf("kept %+v", k)
	}
	if newest := query(t, s, audit.Query{Limit: 1}); newest[0].Sequence != 5000 {
		t.Errorf("the newest is %+v", newest)
	}
}

// TestTheOldestGoAlsoFromAProgramThatLivesShortly: each time less is kept than what makes it look for the oldest.
func TestTheOldestGoAlsoFromAProgramThatLivesShortly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "events.db")
	for n := range uint64(10) {
		s := open(t, path, 100)
		for i := range uint64(50) {
			appended(t, s, step(n*50+i+1, "root.1", "a/b"))
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if found := query(t, open(t, path, 100), audit.Query{OldestFirst: true, Limit: 1000}); len(found) > 150 || found[len(found)-1].Sequence != 500 {
		t.Errorf("%d are kept, the last is %d", len(found), found[len(found)-1].Sequence)
	}
}

func TestAFileOfOthersIsRefused(t *testing.T) {
	for name, make := range map[string]func(path string) error{
		"no database": func(path string) error {
			return os.WriteFile(path, []byte(strings.Repeat("this is no database ", 100)), 0o600)
		},
		"open to others": func(path string) error {
			if err := os.WriteFile(path, nil, 0o600); err != nil {
				return err
			}
			return os.Chmod(path, 0o644)
		},
		"another version": func(path string) error {
			s, err := Open(t.Context(), path, 0)
			if err != nil {
				return err
			}
			_, err = s.write.Exec("PRAGMA user_version = 99")
			s.Close()
			return err
		},
	} {
		path := filepath.Join(t.TempDir(), "events.db")
		if err := make(path); err != nil {
			t.Fatal(err)
		}
		if s, err := Open(t.Context(), path, 0); err == nil {
			s.Close()
			t.Errorf("%s: opened", name)
		} else if !strings.Contains(err.Error(), path) {
			t.Errorf("%s: which file is not told: %v", name, err)
		}
	}
}

func TestAppendKeepsAllOrNone(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "events.db"), 0)
	if _, err := s.write.Exec(`CREATE TRIGGER full BEFORE INSERT ON events WHEN NEW.tool = 'full' BEGIN SELECT RAISE(ABORT, 'the disk is full'); END`); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Append(t.Context(), []audit.Event{step(1, "root.1", "a/b"), step(2, "root.1", "full")}); err == nil {
		t.Fatal("no error")
	}
	if k, err := s.Kept(t.Context()); err != nil || k.Sequence != 0 || len(query(t, s, audit.Query{})) != 0 {
		t.Errorf("kept %+v, %v", k, err)
	}
	if k := appended(t, s, step(1, "root.1", "a/b")); k.Sequence != 1 {
		t.Errorf("kept %+v", k)
	}
}

func BenchmarkAppend(b *testing.B) {
	s, err := Open(b.Context(), filepath.Join(b.TempDir(), "events.db"), 0)
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	n := uint64(0)
	for b.Loop() {
		batch := make([]audit.Event, audit.MaxEvents)
		for i := range batch {
			n++
			batch[i] = step(n, fmt.Sprint("root.", n%100), "a/b")
		}
		if _, err := s.Append(b.Context(), batch); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "events/s")
}
