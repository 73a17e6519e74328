package journal

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
)

// written gives the files of a journal with three records in each of two segments, still open.
func written(t *testing.T) (snapshot, []string) {
	t.Helper()
	dir := t.TempDir() + "/written"
	want := numbered(6)
	frame := int64(headBytes + len(want[0]))
	j, _ := mustOpen(t, dir, Options{SegmentBytes: segmentHeaderBytes + 3*frame, files: instant(), bootID: onBoot(1)})
	for _, p := range want {
		mustAppend(t, j, p)
	}
	defer crash(t, j)
	return take(t, dir), want
}

func TestTornTailIsDroppedAtEveryOffset(t *testing.T) {
	whole, want := written(t)
	name := segmentName(2)
	segment := whole[name]
	lastFrame := len(segment) - (headBytes + len(want[5]))
	for cut := lastFrame + 1; cut < len(segment); cut++ {
		dir := whole.with(name, segment[:cut]).put(t, t.TempDir()+"/j")
		report, err := Check(dir)
		if err != nil || report.Bad != nil || report.Torn == nil || report.Records != 5 {
			t.Fatalf("check of cut at %d: %+v, %v", cut, report, err)
		}
		j, r := mustOpen(t, dir, Options{files: instant(), bootID: onBoot(1)})
		torn := Torn{Segment: name, Offset: int64(lastFrame), Bytes: int64(cut - lastFrame)}
		if r.Torn == nil || *r.Torn != torn || r.Records != 5 || r.Clean {
			t.Fatalf("cut at %d: %+v, torn %+v", cut, r, r.Torn)
		}
		mustAppend(t, j, "next")
		wantPayloads(t, j, append(slices.Clone(want[:5]), "next")...)
		mustClose(t, j)
		if report, err := Check(dir); err != nil || report.Bad != nil || report.Torn != nil || !report.Clean {
			t.Fatalf("check after the repair: %+v, %v", report, err)
		}
	}
}

func TestCutInAnEarlierSegmentIsDamage(t *testing.T) {
	whole, _ := written(t)
	name := segmentName(1)
	for cut := 0; cut < len(whole[name]); cut += 5 {
		dir := whole.with(name, whole[name][:cut]).put(t, t.TempDir()+"/j")
		wantDamage(t, dir, 1, nil)
	}
}

func TestCutHeaderOfTheLastSegmentIsDamage(t *testing.T) {
	whole, _ := written(t)
	name := segmentName(2)
	for cut := range segmentHeaderBytes {
		dir := whole.with(name, whole[name][:cut]).put(t, t.TempDir()+"/j")
		wantDamage(t, dir, 1, func(d *Damage) bool { return d.Segment == name && d.What == Cut })
	}
}

func TestFlippedBitAnywhereIsFound(t *testing.T) {
	for end, flip := range map[string][]string{
		"killed": {segmentName(1), segmentName(2)},
		"closed": {segmentName(3)}, // a session that wrote only its mark
	} {
		t.Run(end, func(t *testing.T) {
			whole, want := written(t)
			if end == "closed" {
				whole = closedCopy(t, whole)
			}
			for _, name := range flip {
				segment := whole[name]
				for at := range segment {
					flipped := slices.Clone(segment)
					flipped[at] ^= 1 << (at % 8)
					dir := whole.with(name, flipped).put(t, t.TempDir()+"/j")
					wantDamage(t, dir, 1, func(d *Damage) bool { return d.Segment == name && d.Offset <= int64(at) && d.What == Flipped })
				}
			}
			// The control: unspoilt, it is all there.
			j, _ := mustOpen(t, whole.put(t, t.TempDir()+"/j"), Options{files: instant(), bootID: onBoot(1)})
			wantPayloads(t, j, want...)
			mustClose(t, j)
		})
	}
}

func closedCopy(t *testing.T, s snapshot) snapshot {
	t.Helper()
	dir := s.put(t, t.TempDir()+"/closed")
	j, _ := mustOpen(t, dir, Options{files: instant(), bootID: onBoot(1)})
	mustClose(t, j)
	return take(t, dir)
}

// A machine that lost power may have flushed the length of the file and not all its blocks.
func TestUnwrittenBlocksAreTornOnlyAfterAReboot(t *testing.T) {
	dir := t.TempDir() + "/written"
	j, _ := mustOpen(t, dir, Options{files: instant(), bootID: onBoot(1)})
	mustAppend(t, j, "kept")
	start := int(j.size)
	mustAppend(t, j, string(slices.Repeat([]byte("payload "), 400)))
	whole := take(t, dir)
	crash(t, j)
	name := segmentName(1)
	segment := whole[name]
	for begin := start / diskBlock * diskBlock; begin < len(segment); begin += diskBlock {
		holed := slices.Clone(segment)
		clear(holed[max(begin, start):min(begin+diskBlock, len(holed))])
		dir := whole.with(name, holed).put(t, t.TempDir()+"/j")
		wantDamage(t, dir, 1, nil)

		j, r := mustOpen(t, dir, Options{files: instant(), bootID: onBoot(2)})
		if r.Torn == nil || r.Torn.Offset != int64(start) || !r.Rebooted {
			t.Fatalf("hole at %d: %+v", begin, r)
		}
		wantPayloads(t, j, "kept")
		mustClose(t, j)
	}
}

func TestBadRecordBeforeGoodOnesIsNeverDropped(t *testing.T) {
	whole, _ := written(t)
	name := segmentName(2)
	for frame := 1; frame <= 2; frame++ { // of three
		for _, from := range []int{0, headBytes} { // the whole of it, or the payload alone
			parts := framesOf(t, slices.Clone(whole[name]))
			clear(parts[frame][from:])
			dir := whole.with(name, slices.Concat(parts...)).put(t, t.TempDir()+"/j")
			for boot := byte(0); boot <= 2; boot++ { // rebooted or not
				wantDamage(t, dir, boot, func(d *Damage) bool { return d.Segment == name && d.Seq == uint64(3+frame) })
			}
		}
	}
}

// wantDamage demands that Check names the damage, and that Open or, for an early segment, Replay does too.
func wantDamage(t *testing.T, dir string, boot byte, is func(*Damage) bool) {
	t.Helper()
	report, err := Check(dir)
	if err != nil || report.Bad == nil || is != nil && !is(report.Bad) {
		t.Fatalf("check found %v, %v", report.Bad, err)
	}
	before := take(t, dir)
	j, _, err := Open(dir, Options{files: instant(), bootID: onBoot(boot)})
	if err == nil {
		_, err = payloadsOf(j, 1)
		crash(t, j)
	} else if !maps.EqualFunc(take(t, dir), before, bytes.Equal) {
		t.Fatal("a failed open changed the files")
	}
	var d *Damage
	if !errors.As(err, &d) {
		t.Fatalf("open and replay: %v; check found %v", err, report.Bad)
	}
}

func TestFileCutUnderAnOpenJournalIsDamage(t *testing.T) {
	dir := t.TempDir() + "/j"
	j, _ := mustOpen(t, dir, Options{})
	mustAppend(t, j, "a", "b")
	path := dir + "/" + segmentName(1)
	for _, size := range []int{headBytes + 1, headBytes} { // at a record's boundary, and within one
		if err := os.Truncate(path, int64(segmentHeaderBytes+size)); err != nil {
			t.Fatal(err)
		}
		var d *Damage
		if got, err := payloadsOf(j, 1); !errors.As(err, &d) || d.Segment != segmentName(1) {
			t.Fatalf("replay: %q, %v", got, err)
		}
	}
	crash(t, j)
}

// Bytes taken out of the middle can make an old record look like one cut short at the end.
func TestShortenedRecordBeforeGoodOnesIsNotTorn(t *testing.T) {
	dir := t.TempDir() + "/written"
	j, _ := mustOpen(t, dir, Options{files: instant(), bootID: onBoot(1)})
	mustAppend(t, j, strings.Repeat("x", 600), "second", "third")
	whole := take(t, dir)
	crash(t, j)
	name := segmentName(1)
	parts := framesOf(t, whole[name])
	parts[1] = parts[1][:headBytes+50]
	dir = whole.with(name, slices.Concat(parts...)).put(t, t.TempDir()+"/j")
	for boot := range byte(3) {
		wantDamage(t, dir, boot, func(d *Damage) bool { return d.What == Cut && d.Seq == 1 })
	}
	dir = whole.with(name, slices.Concat(parts[:2]...)).put(t, t.TempDir()+"/j")
	if j, r := mustOpen(t, dir, Options{bootID: onBoot(1)}); r.Torn == nil || j.Last() != 0 {
		t.Fatalf("the control, nothing after it: %+v", r)
	}
}

func TestAnotherVersionIsNotDamage(t *testing.T) {
	whole, _ := written(t)
	name := segmentName(2)
	other := slices.Clone(whole[name])
	other[8]++
	binary.LittleEndian.PutUint32(other[104:], crc32.Checksum(other[:104], castagnoli))
	dir := whole.with(name, other).put(t, t.TempDir()+"/j")
	var d *Damage
	if _, _, err := Open(dir, Options{}); !errors.Is(err, errHeaderVersion) || errors.As(err, &d) {
		t.Fatalf("open: %v", err)
	}
	if _, err := Check(dir); !errors.Is(err, errHeaderVersion) {
		t.Fatalf("check: %v", err)
	}
}
