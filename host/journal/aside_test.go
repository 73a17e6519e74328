package journal

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

func mustAside(t *testing.T, path string, maxBytes int64) *Aside {
	t.Helper()
	a, err := OpenAside(path, maxBytes)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	return a
}

func addRefusals(t *testing.T, a *Aside, from, to int) {
	t.Helper()
	for i := from; i <= to; i++ {
		if err := a.Append(fmt.Appendf(nil, `{"refusal":%d}`, i)); err != nil {
			t.Fatal(err)
		}
	}
}

func readRefusals(t *testing.T, path string, limit int) (all []string, altered int) {
	t.Helper()
	for entry, err := range ReadAside(path, limit) {
		if err != nil {
			altered++
			continue
		}
		all = append(all, string(entry))
	}
	return all, altered
}

func TestRefusalsComeBackNewestFirst(t *testing.T) {
	path := filepath.Join(t.TempDir(), "refusals")
	if all, _ := readRefusals(t, path, 10); all != nil {
		t.Fatalf("no file gave %q", all)
	}
	a := mustAside(t, path, 0)
	if all, altered := readRefusals(t, path, 10); all != nil || altered != 0 {
		t.Fatalf("an empty file gave %q", all)
	}
	addRefusals(t, a, 1, 5000) // several chunks
	for _, limit := range []int{0, 1, 3, 5000, 9999} {
		all, altered := readRefusals(t, path, limit)
		if altered != 0 || len(all) != min(limit, 5000) {
			t.Fatalf("limit %d gave %d, %d altered", limit, len(all), altered)
		}
		for i, entry := range all {
			if entry != fmt.Sprintf(`{"refusal":%d}`, 5000-i) {
				t.Fatalf("%d is %q", i, entry)
			}
		}
	}
	for range ReadAside(path, 10) {
		break
	}
}

func TestRefusalsTakeBoundedSpaceAndKeepTheNewest(t *testing.T) {
	path := filepath.Join(t.TempDir(), "refusals")
	const bound = 4000
	a := mustAside(t, path, bound)
	addRefusals(t, a, 1, 2000)
	var space int64
	for _, name := range []string{path, path + ".1"} {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		space += info.Size()
	}
	all, altered := readRefusals(t, path, 9999)
	if space > bound || altered != 0 || len(all) < bound/2/len(asideLine([]byte(all[0]))) || all[0] != `{"refusal":2000}` {
		t.Fatalf("%d bytes, %d entries, %d altered", space, len(all), altered)
	}
}

func TestRefusalsContinueAfterAHalfWrittenLine(t *testing.T) {
	path := filepath.Join(t.TempDir(), "refusals")
	a := mustAside(t, path, 0)
	addRefusals(t, a, 1, 2)
	a.Close()
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	second := len(whole) / 2
	for cut := second; cut < len(whole); cut++ {
		if err := os.WriteFile(path, whole[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		if all, altered := readRefusals(t, path, 9); altered != 0 || !slices.Equal(all, []string{`{"refusal":1}`}) {
			t.Fatalf("cut at %d, before the open: %q, %d altered", cut, all, altered)
		}
		a := mustAside(t, path, 0)
		addRefusals(t, a, 3, 3)
		a.Close()
		if all, altered := readRefusals(t, path, 9); altered != 0 || !slices.Equal(all, []string{`{"refusal":3}`, `{"refusal":1}`}) {
			t.Fatalf("cut at %d: %q, %d altered", cut, all, altered)
		}
	}
}

func TestAlteredRefusalIsAnErrorAndOlderOnesStillRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "refusals")
	a := mustAside(t, path, 0)
	addRefusals(t, a, 1, 3)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for at := range whole {
		spoilt := slices.Clone(whole)
		spoilt[at] ^= 1
		if err := os.WriteFile(path, spoilt, 0o600); err != nil {
			t.Fatal(err)
		}
		all, altered := readRefusals(t, path, 9)
		if at == len(whole)-1 { // the last line has not ended: it is being written
			altered++
		}
		// A spoilt line end joins two lines, and one line may be spoilt into two.
		if altered == 0 || len(all) < 1 || len(all) > 2 {
			t.Fatalf("flip at %d: %q, %d altered", at, all, altered)
		}
	}
}

func TestEntryThatIsNotOneLineIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "refusals")
	a := mustAside(t, path, 0)
	for _, entry := range []string{"two\nlines", "\n", strings.Repeat("x", MaxEntry+1)} {
		if err := a.Append([]byte(entry)); err == nil {
			t.Fatalf("an entry of %d bytes was accepted", len(entry))
		}
	}
	largest := strings.Repeat("x", MaxEntry)
	for _, entry := range []string{largest, "", largest} {
		if err := a.Append([]byte(entry)); err != nil {
			t.Fatal(err)
		}
	}
	if all, altered := readRefusals(t, path, 9); altered != 0 || !slices.Equal(all, []string{largest, "", largest}) {
		t.Fatalf("%d entries, %d altered", len(all), altered)
	}
}

func TestGarbageWithoutLinesTakesBoundedMemory(t *testing.T) {
	path := filepath.Join(t.TempDir(), "refusals")
	if err := os.WriteFile(path, append(make([]byte, 8<<20), '\n'), 0o600); err != nil {
		t.Fatal(err)
	}
	all, altered := readRefusals(t, path, 9)
	if all != nil || altered != 1 {
		t.Fatalf("%q, %d altered", all, altered)
	}
}

func TestRefusalsMayBeWrittenAndReadByMany(t *testing.T) {
	path := filepath.Join(t.TempDir(), "refusals")
	a := mustAside(t, path, 20_000)
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() { addRefusals(t, a, 1, 1000) })
		group.Go(func() {
			for range 20 {
				if _, altered := readRefusals(t, path, 100); altered != 0 {
					t.Errorf("%d altered", altered)
				}
			}
		})
	}
	group.Wait()
}

func TestFailedRotationLosesOneEntryNotAllThatFollow(t *testing.T) {
	path := filepath.Join(t.TempDir(), "refusals")
	a := mustAside(t, path, 100)
	addRefusals(t, a, 1, 2)
	if err := os.Rename(path, path+".1"); err != nil { // as far as the failed one came
		t.Fatal(err)
	}
	addRefusals(t, a, 3, 4)
	if all, altered := readRefusals(t, path, 9); altered != 0 || len(all) != 4 || all[0] != `{"refusal":4}` {
		t.Fatalf("%q, %d altered", all, altered)
	}
	a.Close()
	if err := a.Append([]byte("late")); err == nil {
		t.Fatal("a closed file took an entry")
	}
}
