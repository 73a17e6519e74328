package journal

import (
	"slices"
	"testing"
)

// Every edit below leaves all checksums right: only the order and the chain can tell.
func TestEditedHistoryIsNamed(t *testing.T) {
	whole, _ := written(t)
	one, two := segmentName(1), segmentName(2)
	foreign := framesOf(t, foreignJournal(t)[one])
	edit := func(change func(p [][]byte) [][]byte) []byte {
		return slices.Concat(change(framesOf(t, whole[one]))...)
	}
	for name, c := range map[string]struct {
		spoilt snapshot
		seg    string
		seq    uint64
		what   What
	}{
		"first record removed":  {whole.with(one, edit(func(p [][]byte) [][]byte { return slices.Delete(p, 1, 2) })), one, 1, Removed},
		"middle record removed": {whole.with(one, edit(func(p [][]byte) [][]byte { return slices.Delete(p, 2, 3) })), one, 2, Removed},
		"last record of a segment removed": {
			whole.with(one, edit(func(p [][]byte) [][]byte { return p[:3] })), two, 3, Removed},
		"all records of a segment removed": {
			whole.with(one, edit(func(p [][]byte) [][]byte { return p[:1] })), two, 1, Removed},
		"records swapped": {whole.with(one, edit(func(p [][]byte) [][]byte { p[2], p[3] = p[3], p[2]; return p })), one, 2, Reordered},
		"record repeated": {whole.with(one, edit(func(p [][]byte) [][]byte { return slices.Insert(p, 3, p[2]) })), one, 3, Inserted},
		"last record of a segment repeated": {
			whole.with(one, edit(func(p [][]byte) [][]byte { return append(p, p[3]) })), one, 4, Inserted},
		"foreign record inserted": {
			whole.with(one, edit(func(p [][]byte) [][]byte { return slices.Insert(p, 2, foreign[2]) })), one, 2, Inserted},
		"record replaced by a foreign one": {
			whole.with(one, edit(func(p [][]byte) [][]byte { p[2] = foreign[2]; return p })), one, 2, Replaced},
		"last record of the journal replaced": {
			whole.with(two, slices.Concat(append(framesOf(t, whole[two])[:3], foreign[6])...)), two, 6, Replaced},
		"rechained history with another beginning": {
			whole.with(one, slices.Concat(foreign[:4]...)), two, 4, Replaced},
		"header replaced": {
			whole.with(one, slices.Concat(foreign[0], slices.Concat(framesOf(t, whole[one])[1:]...))), one, 1, Replaced},
		"first segment missing":     {whole.with(one, nil), one, 0, MissingSegment},
		"first segment swapped":     {whole.with(one, whole[two]), one, 4, Reordered},
		"segment repeated":          {whole.with(segmentName(3), whole[two]), segmentName(3), 4, Reordered},
		"later segment, with a gap": {whole.with(segmentName(4), whole[two]), segmentName(3), 0, MissingSegment},
	} {
		t.Run(name, func(t *testing.T) {
			dir := c.spoilt.put(t, t.TempDir()+"/j")
			wantDamage(t, dir, 1, func(d *Damage) bool { return d.Segment == c.seg && d.Seq == c.seq && d.What == c.what })
		})
	}
}

// foreignJournal is one segment with as many records of the same shape, and a chain of its own.
func foreignJournal(t *testing.T) snapshot {
	t.Helper()
	dir := t.TempDir() + "/foreign"
	j, _ := mustOpen(t, dir, Options{files: instant(), bootID: onBoot(1)})
	mustAppend(t, j, numbered(6)...)
	defer crash(t, j)
	return take(t, dir)
}

func TestFramesAfterACleanCloseAreDamage(t *testing.T) {
	whole, _ := written(t)
	closed := closedCopy(t, whole)
	name := segmentName(3)
	for _, extra := range [][]byte{framesOf(t, whole[segmentName(2)])[1], {0}, frameMagic} {
		dir := closed.with(name, slices.Concat(closed[name], extra)).put(t, t.TempDir()+"/j")
		wantDamage(t, dir, 1, func(d *Damage) bool { return d.What == Inserted })
		wantDamage(t, dir, 2, func(d *Damage) bool { return d.What == Inserted })
	}
}

// The end of a chain cannot vouch for itself; an anchor can.
func TestAnchorFindsARemovedEnd(t *testing.T) {
	dir := t.TempDir() + "/j"
	j, _ := mustOpen(t, dir, Options{})
	mustAppend(t, j, numbered(4)...)
	var anchors []Anchor
	for r := range j.Replay(1) {
		anchors = append(anchors, r.Anchor())
	}
	mustClose(t, j)
	whole := take(t, dir)
	name := segmentName(1)
	rest := slices.Concat(framesOf(t, whole[name])[:4]...)

	if report, err := Check(dir, anchors[3], anchors[0], Anchor{}); err != nil || report.Bad != nil || report.Last != anchors[3] {
		t.Fatalf("the control: %+v, %v", report, err)
	}
	dir = whole.with(name, rest).put(t, t.TempDir()+"/cut")
	if report, err := Check(dir); err != nil || report.Bad != nil || report.Records != 3 {
		t.Fatalf("without an anchor the cut is invisible: %+v, %v", report, err)
	}
	report, err := Check(dir, anchors[3], anchors[2])
	if err != nil || report.Bad == nil || report.Bad.What != Removed || report.Bad.Seq != 4 {
		t.Fatalf("with an anchor: %+v, %v", report, err)
	}
}

func TestAnchorFindsAnotherHistory(t *testing.T) {
	var ends []Anchor
	var dirs []string
	for _, s := range []snapshot{foreignJournal(t), foreignJournal(t)} {
		dir := s.put(t, t.TempDir()+"/j")
		report, err := Check(dir)
		if err != nil || report.Bad != nil {
			t.Fatalf("%+v, %v", report, err)
		}
		dirs, ends = append(dirs, dir), append(ends, report.Last)
	}
	report, err := Check(dirs[1], ends[0])
	if err != nil || report.Bad == nil || report.Bad.What != Replaced || report.Bad.Seq != 6 {
		t.Fatalf("%+v, %v", report, err)
	}
}

func TestCheckOfNoJournalIsAnError(t *testing.T) {
	if _, err := Check(t.TempDir() + "/nowhere"); err == nil {
		t.Error("a folder that is not there was called sound")
	}
	if _, err := Check(t.TempDir()); err == nil {
		t.Error("an empty folder was called sound")
	}
}
