package journal

import (
	"bytes"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
)

// anchoredJournal closes a journal of six records in two segments. Its anchor lies beside it.
func anchoredJournal(t *testing.T) (dir string, files snapshot) {
	t.Helper()
	dir = t.TempDir() + "/j"
	frame := int64(headBytes + len(numbered(1)[0]))
	j, _ := mustOpen(t, dir, Options{SegmentBytes: segmentHeaderBytes + 3*frame, bootID: onBoot(1)})
	for _, p := range numbered(6) {
		mustAppend(t, j, p)
	}
	mustClose(t, j)
	if a, there, err := readAnchor(dir); err != nil || !there || a.Seq != 6 {
		t.Fatalf("the anchor is %v, %v, %v", a, there, err)
	}
	return dir, take(t, dir)
}

// The attacks below leave a folder in which every checksum and the chain are right, or what an ordinary crash leaves.
func TestAnEndThatIsGoneIsNamed(t *testing.T) {
	_, like := anchoredJournal(t)
	one, two := segmentName(1), segmentName(2)
	end := func(n int) int64 { return int64(len(slices.Concat(framesOf(t, like[two])[:n]...))) } // of the header, three records, the mark of a clean close
	cut := func(size int64) func(snapshot) snapshot {
		return func(s snapshot) snapshot { return s.with(two, s[two][:size]) }
	}
	for name, c := range map[string]struct {
		attack func(own snapshot) snapshot
		seg    string
		offset int64
		seq    uint64
	}{
		"one record cut off":               {cut(end(3)), two, end(3), 6},
		"within the record before":         {cut(end(3) - 1), two, end(2), 5},
		"within a record":                  {cut(end(4) - 1), two, end(3), 6},
		"within the head of one":           {cut(end(3) + 1), two, end(3), 6},
		"all records of a segment cut off": {cut(end(1)), two, end(1), 4},
		"the last segment removed":         {func(s snapshot) snapshot { return s.with(two, nil) }, one, int64(len(like[one])), 4},
		"every segment removed":            {func(snapshot) snapshot { return snapshot{} }, one, 0, 1},
	} {
		t.Run(name, func(t *testing.T) {
			dir, own := anchoredJournal(t)
			c.attack(own).put(t, dir)
			wantDamage(t, dir, 2, func(d *Damage) bool {
				return d.Segment == c.seg && d.Offset == c.offset && d.Seq == c.seq && d.What == Removed
			})
			own.put(t, dir)
			if report, err := Check(dir); err != nil || report.Bad != nil || !report.Anchored {
				t.Errorf("the control: %+v, %v", report, err)
			}
		})
	}
}

func TestAnotherFolderInItsPlaceIsNamed(t *testing.T) {
	dir, older := anchoredJournal(t)
	foreignJournal(t).put(t, dir)
	wantDamage(t, dir, 1, func(d *Damage) bool { return d.What == Replaced && d.Seq == 6 })
	older.put(t, dir)
	j, _ := mustOpen(t, dir, Options{})
	mustAppend(t, j, "one more")
	mustClose(t, j)
	newer := take(t, dir)
	older.put(t, dir)
	wantDamage(t, dir, 1, func(d *Damage) bool { return d.What == Removed && d.Seq == 7 })

	// Another daemon has gone on with the copy, beyond what is anchored.
	astray := older.put(t, t.TempDir()+"/j")
	j, _ = mustOpen(t, astray, Options{})
	mustAppend(t, j, "another", "and another")
	mustClose(t, j)
	take(t, astray).put(t, dir)
	wantDamage(t, dir, 1, func(d *Damage) bool { return d.What == Replaced && d.Seq == 7 })

	newer.put(t, dir)
	if report, err := Check(dir); err != nil || report.Bad != nil {
		t.Errorf("the control: %+v, %v", report, err)
	}
}

func TestASpoiltAnchorIsDamage(t *testing.T) {
	dir, _ := anchoredJournal(t)
	path := AnchorPath(dir)
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	spoilt := [][]byte{nil, good[:len(good)-1], append(slices.Clone(good), '\n'), anchorLine(Anchor{})[:20], []byte("6:ff\n"), asideLine([]byte("6:ff"))}
	for i := range good[:len(good)-1] {
		flipped := slices.Clone(good)
		flipped[i] ^= 4
		spoilt = append(spoilt, flipped)
	}
	for _, text := range spoilt {
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		wantDamage(t, dir, 1, func(d *Damage) bool { return d.Segment == "j.anchor" && d.What == Flipped })
	}
	if err := os.WriteFile(path, good, 0o600); err != nil {
		t.Fatal(err)
	}
	if report, err := Check(dir); err != nil || report.Bad != nil {
		t.Errorf("the control: %+v, %v", report, err)
	}
}

// TestWithoutAnAnchorTheEndIsTaken: removing it is how a person accepts what is there, such as a backup.
func TestWithoutAnAnchorTheEndIsTaken(t *testing.T) {
	dir, files := anchoredJournal(t)
	cut := files.with(segmentName(2), slices.Concat(framesOf(t, files[segmentName(2)])[:3]...)).put(t, dir)
	if err := os.Remove(AnchorPath(dir)); err != nil {
		t.Fatal(err)
	}
	if report, err := Check(cut); err != nil || report.Bad != nil || report.Anchored {
		t.Fatalf("%+v, %v", report, err)
	}
	j, r := mustOpen(t, cut, Options{})
	if !r.Unanchored || r.Records != 5 {
		t.Errorf("%+v", r)
	}
	mustAppend(t, j, "next")
	mustClose(t, j)
	if a, there, err := readAnchor(dir); err != nil || !there || a.Seq != 6 {
		t.Errorf("the anchor is %v, %v, %v", a, there, err)
	}
	j, r = mustOpen(t, cut, Options{})
	mustClose(t, j)
	if r.Unanchored {
		t.Error("it is still unanchored")
	}
	if j, r = mustOpen(t, t.TempDir()+"/new", Options{}); r.Unanchored {
		t.Error("a new journal is called unanchored")
	}
	mustClose(t, j)
}

// TestWhatIsFoundIsAnchoredAtOnce: a daemon that opens the journal, and then cannot start, must not use the warning up.
func TestWhatIsFoundIsAnchoredAtOnce(t *testing.T) {
	for name, put := range map[string]func(path string) error{
		"an upgrade":      os.Remove,
		"a loss of power": func(path string) error { return os.WriteFile(path, anchorLine(Anchor{}), 0o600) },
	} {
		t.Run(name, func(t *testing.T) {
			dir, files := anchoredJournal(t)
			if err := put(AnchorPath(dir)); err != nil {
				t.Fatal(err)
			}
			j, _ := mustOpen(t, dir, Options{})
			crash(t, j)
			j, _ = mustOpen(t, dir, Options{}) // the control, with an empty segment at the end
			crash(t, j)
			files.with(segmentName(2), slices.Concat(framesOf(t, files[segmentName(2)])[:3]...)).put(t, dir)
			wantDamage(t, dir, 2, func(d *Damage) bool { return d.What == Removed && d.Seq == 6 })
		})
	}
}

func TestWhatIsFoundAndCannotBeAnchoredIsNotOpened(t *testing.T) {
	dir, _ := anchoredJournal(t)
	if err := os.Remove(AnchorPath(dir)); err != nil {
		t.Fatal(err)
	}
	if _, _, err := Open(dir, Options{files: stuck{}}); !errors.Is(err, syscall.EROFS) {
		t.Errorf("opened: %v", err)
	}
	j, _ := mustOpen(t, dir, Options{})
	mustClose(t, j)
}

// TestWhatIsWrittenAfterTheAnchorIsBelieved holds the documents to what no hash can see.
func TestWhatIsWrittenAfterTheAnchorIsBelieved(t *testing.T) {
	dir, files := anchoredJournal(t)
	forger := files.put(t, t.TempDir()+"/j")
	j, _ := mustOpen(t, forger, Options{})
	mustAppend(t, j, "forged, with the right hashes")
	mustClose(t, j)
	take(t, forger).put(t, dir)
	if report, err := Check(dir); err != nil || report.Bad != nil || report.Records != 7 {
		t.Errorf("%+v, %v", report, err)
	}
}

func TestTheAnchorFollowsWhatIsDurable(t *testing.T) {
	dir := t.TempDir() + "/j"
	seq := func() uint64 {
		t.Helper()
		a, there, err := readAnchor(dir)
		if err != nil || !there {
			t.Fatal(a, there, err)
		}
		return a.Seq
	}
	disk := &faulty{}
	j, _ := mustOpen(t, dir, Options{files: disk, MaxDelay: 1 << 40})
	if seq() != 0 {
		t.Errorf("a new journal is anchored at %d", seq())
	}
	last := mustAppend(t, j, numbered(3)...)
	if seq() != 0 {
		t.Errorf("record %d is anchored, and none is durable", seq())
	}
	if err := j.Sync(t.Context(), last); err != nil {
		t.Fatal(err)
	}
	if seq() != last {
		t.Errorf("record %d is durable, %d is anchored", last, seq())
	}
	mustAppend(t, j, "lost")
	disk.sync = func(int) error { return syscall.EIO }
	if err := j.Sync(t.Context(), last+1); !errors.Is(err, ErrHalted) {
		t.Fatal(err)
	}
	if seq() != last {
		t.Errorf("record %d is anchored after an fsync that failed", seq())
	}
	crash(t, j)
}

// stuck is a disk that cannot overwrite an anchor.
type stuck struct{ disk }

type stuckAnchor struct{ anchorage }

func (d stuck) anchor(path string) (anchorage, error) {
	f, err := d.disk.anchor(path)
	return stuckAnchor{f}, err
}

func (stuckAnchor) WriteAt([]byte, int64) (int, error) { return 0, syscall.EROFS }

func TestAnAnchorThatCannotBeWrittenHalts(t *testing.T) {
	j, _ := mustOpen(t, t.TempDir()+"/j", Options{files: stuck{}})
	mustAppend(t, j, "a")
	if err := j.Sync(t.Context(), 1); !errors.Is(err, syscall.EROFS) {
		t.Errorf("sync: %v", err)
	}
	if j.Durable() != 0 {
		t.Errorf("record %d is called durable", j.Durable())
	}
	wantHalted(t, j, syscall.EROFS)
}

// TestCheckBesideTheWriterNeverErrs reads the anchor and the segments while both grow.
func TestCheckBesideTheWriterNeverErrs(t *testing.T) {
	dir := t.TempDir() + "/j"
	j, _ := mustOpen(t, dir, Options{files: instant(), SegmentBytes: 4096})
	var over atomic.Bool
	var checking sync.WaitGroup
	checking.Go(func() {
		for !over.Load() {
			if report, err := Check(dir); err != nil || report.Bad != nil || !report.Anchored {
				t.Errorf("%+v, %v", report, err)
				return
			}
		}
	})
	for range 1500 {
		last := mustAppend(t, j, "a record")
		if err := j.Sync(t.Context(), last); err != nil {
			t.Fatal(err)
		}
	}
	over.Store(true)
	checking.Wait()
	mustClose(t, j)
}

func TestAFailedOpenLeavesTheAnchor(t *testing.T) {
	dir, files := anchoredJournal(t)
	before, err := os.ReadFile(AnchorPath(dir))
	if err != nil {
		t.Fatal(err)
	}
	files.with(segmentName(2), nil).put(t, dir)
	for range 2 { // the second must not find what the first made up
		var d *Damage
		if _, _, err := Open(dir, Options{}); !errors.As(err, &d) {
			t.Fatal(err)
		}
	}
	after, err := os.ReadFile(AnchorPath(dir))
	if err != nil || !bytes.Equal(after, before) {
		t.Errorf("the anchor became %q, %v", after, err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*"+segmentSuffix)); len(left) != 1 || !maps.EqualFunc(take(t, dir), files.with(segmentName(2), nil), bytes.Equal) {
		t.Errorf("the folder has %v", left)
	}
}
