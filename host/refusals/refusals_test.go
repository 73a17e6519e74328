package refusals

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func open(t *testing.T, dir string) *Book {
	t.Helper()
	b, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	noon := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	b.now = func() time.Time { return noon }
	return b
}

func record(t *testing.T, b *Book, agent, tool, rule string) Reference {
	t.Helper()
	ref, err := b.Record(Refusal{Agent: agent, Tool: tool, Rule: rule, Causes: []string{"why"}})
	if err != nil {
		t.Fatal(err)
	}
	return ref
}

func TestRefusalIsFoundByItsReferenceAfterRestart(t *testing.T) {
	dir := t.TempDir()
	b := open(t, dir)
	ref := record(t, b, "root.0", "send", "2a")
	for range 4 {
		if again := record(t, b, "root.0", "send", "2a"); again != ref {
			t.Fatalf("a repeated refusal is %s, was %s", again, ref)
		}
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	b = open(t, dir)
	defer b.Close()
	r, found, err := b.Find(ref)
	if err != nil || !found || r.Rule != "2a" || len(r.Causes) != 1 {
		t.Fatalf("found %v %+v, %v", found, r, err)
	}
	if r.Count != 5 {
		t.Errorf("count %d, want 5", r.Count)
	}
}

func TestRepeatedRefusalsDoNotGrowTheRecord(t *testing.T) {
	dir := t.TempDir()
	b := open(t, dir)
	defer b.Close()
	for range 10_000 {
		record(t, b, "root.0", "send", "2a")
	}
	info, err := os.Stat(filepath.Join(dir, fileName))
	if err != nil {
		t.Fatal(err)
	}
	if info.Size() > 4096 {
		t.Errorf("10,000 equal refusals took %d bytes", info.Size())
	}
	if other := record(t, b, "root.1", "send", "2a"); other == "" {
		t.Error("another agent's refusal was not recorded")
	}
}

func TestNextMinuteIsARefusalOfItsOwn(t *testing.T) {
	b := open(t, t.TempDir())
	defer b.Close()
	first := record(t, b, "root.0", "send", "2a")
	b.now = func() time.Time { return time.Date(2026, 1, 1, 12, 1, 0, 0, time.UTC) }
	if second := record(t, b, "root.0", "send", "2a"); second == first {
		t.Error("the next minute's refusal was counted in the first")
	}
}

func TestUnknownAndMalformedReferencesFindNothing(t *testing.T) {
	b := open(t, t.TempDir())
	defer b.Close()
	record(t, b, "root.0", "send", "2a")
	for _, ref := range []Reference{"R-AAAAAAAA", "", "R-", "../../etc/passwd", Reference(strings.Repeat("A", 1<<20))} {
		if r, found, err := b.Find(ref); found || err != nil {
			t.Errorf("%.20q found %+v, %v", fmt.Sprint(ref), r, err)
		}
	}
}

func TestMadeUpNamesDoNotPushOutWhatWasRefusedBefore(t *testing.T) {
	dir := t.TempDir()
	b := open(t, dir)
	defer b.Close()
	name := func(principal, tool string) Reference {
		ref, err := b.Record(Refusal{Principal: principal, Agent: principal + "-1", Tool: tool, Rule: "unknown_tool"})
		if err != nil {
			t.Fatal(err)
		}
		return ref
	}
	first := name("evil", "send-secrets")
	for i := range 20_000 {
		name("evil", fmt.Sprint("tool-", i))
	}
	info, err := os.Stat(filepath.Join(dir, fileName))
	if err != nil {
		t.Fatal(err)
	}
	if info.Size() > 200_000 {
		t.Errorf("20,000 made-up names took %d bytes", info.Size())
	}
	rest, found, err := b.Find(name("evil", "one-more"))
	if err != nil || !found || rest.Principal != "evil" || rest.Count < 19_000 {
		t.Errorf("the rest is told as %+v, %v, %v", rest, found, err)
	}
	for _, ref := range []Reference{first, name("good", "tool-7")} {
		if r, found, err := b.Find(ref); err != nil || !found || r.Tool == "" {
			t.Errorf("%s is told as %+v, %v, %v", ref, r, found, err)
		}
	}
	if again := name("evil", "send-secrets"); again != first {
		t.Error("one that was kept is not counted any more")
	}
}

func TestLongCausesAreCutAndKept(t *testing.T) {
	dir := t.TempDir()
	b := open(t, dir)
	r := Refusal{Agent: "root.1", Tool: "send", Rule: "2a", Causes: []string{"sink network_external is closed"}}
	for range 300 {
		r.Causes = append(r.Causes, "at "+strings.Repeat("<é", 500)) // pointers into arguments, say
	}
	ref, err := b.Record(r)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	b = open(t, dir)
	defer b.Close()
	told, found, err := b.Find(ref)
	if err != nil || !found || told.Causes[0] != r.Causes[0] {
		t.Fatalf("found %v %+v, %v", found, told, err)
	}
	if last := told.Causes[len(told.Causes)-1]; !strings.Contains(last, "left out") {
		t.Errorf("nobody is told that something is left out: %q", last)
	}
	if text := strings.Join(told.Causes, ""); !utf8.ValidString(text) || strings.ContainsRune(text, utf8.RuneError) || len(text) > 2*maxText {
		t.Errorf("the causes are %d bytes", len(text))
	}
}

// refs are what was kept after an entry, as REFERENCE:COUNT.
func refs(t *testing.T, b *Book, after Reference, count uint64) []string {
	t.Helper()
	kept, err := b.After(after, count)
	if err != nil {
		t.Fatal(err)
	}
	all := []string{}
	for _, r := range kept {
		all = append(all, fmt.Sprint(r.Reference, ":", r.Count))
	}
	return all
}

func TestWhatIsKeptAfterAnEntryIsFoundWhateverTheClockSays(t *testing.T) {
	b := open(t, t.TempDir())
	defer b.Close()
	at := func(hour int) { b.now = func() time.Time { return time.Date(2026, 1, 1, hour, 0, 0, 0, time.UTC) } }
	at(12)
	first := record(t, b, "root.0", "send", "2a")
	record(t, b, "root.0", "send", "2a")
	at(9) // somebody set it back
	second := record(t, b, "root.0", "post", "2a")
	at(15)
	third := record(t, b, "root.0", "mail", "2a")
	one, again, two, three := fmt.Sprint(first, ":1"), fmt.Sprint(first, ":2"), fmt.Sprint(second, ":1"), fmt.Sprint(third, ":1")
	for name, c := range map[string]struct {
		after Reference
		count uint64
		want  []string
	}{
		"nothing": {"", 0, []string{one, again, two, three}}, "the first": {first, 1, []string{again, two, three}},
		"the first, counted": {first, 2, []string{two, three}}, "one of the time before": {second, 1, []string{three}},
		"the last": {third, 1, []string{}}, "one that it has not": {"R-AAAAAAAA", 1, []string{one, again, two, three}},
		"a count that it has not": {first, 7, []string{one, again, two, three}},
	} {
		if got := refs(t, b, c.after, c.count); !slices.Equal(got, c.want) {
			t.Errorf("after %s: %v and not %v", name, got, c.want)
		}
	}
}

func TestAnAlteredEntryHidesNoOther(t *testing.T) {
	dir := t.TempDir()
	b := open(t, dir)
	first, second, third := record(t, b, "root.0", "one", "2a"), record(t, b, "root.0", "two", "2a"), record(t, b, "root.0", "three", "2a")
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, fileName)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, bytes.Replace(text, []byte(`"two"`), []byte(`"twx"`), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	b = open(t, dir)
	defer b.Close()
	if got := refs(t, b, "", 0); !slices.Equal(got, []string{fmt.Sprint(first, ":1"), fmt.Sprint(third, ":1")}) {
		t.Errorf("it gives %v", got)
	}
	for ref, want := range map[Reference]bool{first: true, second: false, third: true} {
		if _, found, err := b.Find(ref); found != want || err != nil {
			t.Errorf("%s: found %v, %v", ref, found, err)
		}
	}
}
