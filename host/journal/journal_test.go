package journal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestRecordsComeBackInOrder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "journal")
	want := numbered(9)
	j, r := mustOpen(t, dir, Options{})
	if !r.Clean || r.Rebooted || r.Records != 0 {
		t.Fatalf("a new journal owes something: %+v", r)
	}
	mustAppend(t, j, want[:4]...)
	if last := mustAppend(t, j, want[4:]...); last != 9 || j.Last() != 9 {
		t.Fatalf("last is %d, %d", last, j.Last())
	}
	wantPayloads(t, j, want...)
	mustClose(t, j)

	j, r = mustOpen(t, dir, Options{})
	if !r.Clean || r.Rebooted || r.Records != 9 || r.Durable > 9 || j.Durable() != 9 || r.Torn != nil {
		t.Fatalf("after a clean close: %+v", r)
	}
	wantPayloads(t, j, want...)
	mustClose(t, j)
}

func TestReplayBeginsWhereAsked(t *testing.T) {
	j, _ := mustOpen(t, t.TempDir()+"/j", Options{SegmentBytes: 300, files: instant()})
	want := numbered(20)
	for _, p := range want {
		mustAppend(t, j, p)
	}
	if len(j.segments) < 5 {
		t.Fatalf("only %d segments", len(j.segments))
	}
	for from := uint64(1); from <= 21; from++ {
		n := from
		for r, err := range j.Replay(from) {
			if err != nil || r.Seq != n || string(r.Payload) != want[n-1] {
				t.Fatalf("from %d: got %d %q, %v", from, r.Seq, r.Payload, err)
			}
			n++
		}
		if n != 21 {
			t.Fatalf("from %d: ended before %d", from, n)
		}
	}
	for r := range j.Replay(3) { // leaving early is allowed
		if r.Seq == 4 {
			break
		}
	}
	mustClose(t, j)
}

func TestOversizePayloadRefusesTheBatchOnly(t *testing.T) {
	j, _ := mustOpen(t, t.TempDir()+"/j", Options{})
	if _, err := j.Append([][]byte{{1}, make([]byte, MaxPayload+1)}); err == nil || errors.Is(err, ErrHalted) {
		t.Fatalf("got %v", err)
	}
	if _, err := j.Append([][]byte{make([]byte, MaxPayload), nil}); err != nil {
		t.Fatalf("the largest and the smallest payload: %v", err)
	}
	if anchors, err := j.Append(nil); len(anchors) > 0 || j.Last() != 2 || err != nil {
		t.Fatalf("empty batch: %v, %v", anchors, err)
	}
	mustClose(t, j)
}

func TestClosedJournalRefuses(t *testing.T) {
	j, _ := mustOpen(t, t.TempDir()+"/j", Options{})
	last := mustAppend(t, j, "a")
	mustClose(t, j)
	if _, err := j.Append([][]byte{{1}}); !errors.Is(err, ErrClosed) {
		t.Fatalf("append: %v", err)
	}
	if err := j.Close(); !errors.Is(err, ErrClosed) {
		t.Fatalf("close: %v", err)
	}
	if err := j.Sync(context.Background(), last); err != nil {
		t.Fatalf("close makes everything durable, but: %v", err)
	}
}

func TestUncleanStopIsReportedUntilSettled(t *testing.T) {
	dir := t.TempDir() + "/j"
	j, _ := mustOpen(t, dir, Options{bootID: onBoot(1)})
	mustAppend(t, j, "a")
	crash(t, j)

	j, r := mustOpen(t, dir, Options{bootID: onBoot(1)})
	if r.Clean || r.Rebooted || r.Records != 1 {
		t.Fatalf("killed on the same boot: %+v", r)
	}
	crash(t, j) // before anything was done about it

	j, r = mustOpen(t, dir, Options{bootID: onBoot(2)})
	if r.Clean || !r.Rebooted {
		t.Fatalf("killed, then rebooted: %+v", r)
	}
	mustClose(t, j) // a clean close does not pay the debt

	j, r = mustOpen(t, dir, Options{bootID: onBoot(2), SegmentBytes: 1})
	if r.Clean || !r.Rebooted {
		t.Fatalf("the reboot was forgotten: %+v", r)
	}
	mustAppend(t, j, "b")
	mustAppend(t, j, "c") // the debt crosses a rotation
	crash(t, j)

	j, r = mustOpen(t, dir, Options{bootID: onBoot(2)})
	if r.Clean || !r.Rebooted {
		t.Fatalf("the rotation forgot the reboot: %+v", r)
	}
	if err := j.Settle(); err != nil {
		t.Fatal(err)
	}
	mustClose(t, j)

	j, r = mustOpen(t, dir, Options{bootID: onBoot(3)})
	if !r.Clean || r.Rebooted || r.Records != 3 {
		t.Fatalf("settled and closed: %+v", r)
	}
	wantPayloads(t, j, "a", "b", "c")
	mustClose(t, j)
}

func TestUnknownBootCountsAsReboot(t *testing.T) {
	dir := t.TempDir() + "/j"
	unknown := Options{bootID: onBoot(0)}
	j, _ := mustOpen(t, dir, unknown)
	crash(t, j)
	j, r := mustOpen(t, dir, unknown)
	if !r.Rebooted {
		t.Fatalf("%+v", r)
	}
	if err := j.Settle(); err != nil {
		t.Fatal(err)
	}
	mustClose(t, j)
	if _, r := mustOpen(t, dir, unknown); r.Rebooted || !r.Clean {
		t.Fatalf("closed in order: %+v", r)
	}
}

func TestRecoveryNamesWhatWasKnownDurable(t *testing.T) {
	dir := t.TempDir() + "/j"
	j, _ := mustOpen(t, dir, Options{MaxDelay: 1 << 40})
	mustAppend(t, j, "a", "b")
	if err := j.Sync(context.Background(), 2); err != nil {
		t.Fatal(err)
	}
	mustAppend(t, j, "c")
	mustAppend(t, j, "d")
	crash(t, j)
	_, r := mustOpen(t, dir, Options{})
	if r.Durable != 2 || r.DurableAt.IsZero() || r.Records != 4 {
		t.Fatalf("%+v", r)
	}
}

func TestFolderIsForTheOwnerAlone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "journal")
	j, _ := mustOpen(t, dir, Options{})
	mustAppend(t, j, "a")
	mustClose(t, j)
	for path, want := range map[string]os.FileMode{dir: 0o700, filepath.Join(dir, segmentName(1)): 0o600, filepath.Join(dir, lockName): 0o600} {
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v", path, info.Mode(), err)
		}
	}
	if err := os.Chmod(dir, 0o750); err != nil {
		t.Fatal(err)
	}
	if _, _, err := Open(dir, Options{}); err == nil || !strings.Contains(err.Error(), "chmod 0700") {
		t.Fatalf("a folder open to the group was taken: %v", err)
	}
}

func TestSecondOpenNamesTheHolder(t *testing.T) {
	dir := t.TempDir() + "/j"
	j, _ := mustOpen(t, dir, Options{})
	_, _, err := Open(dir, Options{})
	var locked *LockedError
	if !errors.As(err, &locked) || !errors.Is(err, ErrLocked) || !strings.Contains(err.Error(), fmt.Sprintf("process %d", os.Getpid())) {
		t.Fatalf("got %v", err)
	}
	mustClose(t, j)
	if j, _, err = Open(dir, Options{}); err != nil {
		t.Fatalf("after the close: %v", err)
	}
	mustClose(t, j)
}

func TestPayloadsAreNotKeptNorShared(t *testing.T) {
	j, _ := mustOpen(t, t.TempDir()+"/j", Options{})
	p := []byte("before")
	if _, err := j.Append([][]byte{p}); err != nil {
		t.Fatal(err)
	}
	copy(p, "after!")
	wantPayloads(t, j, "before")
	var all [][]byte
	mustAppend(t, j, "second")
	for r := range j.Replay(1) {
		all = append(all, r.Payload)
	}
	if !bytes.Equal(all[0], []byte("before")) {
		t.Fatalf("%q", all)
	}
	mustClose(t, j)
}

func TestALockKeepsOthersOutAndOpensNothing(t *testing.T) {
	dir := t.TempDir() + "/j"
	if _, err := Lock(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("of a folder that is not there: %v", err)
	}
	j, _ := mustOpen(t, dir, Options{})
	if _, err := Lock(dir); !errors.Is(err, ErrLocked) {
		t.Errorf("beside a journal that is open: %v", err)
	}
	mustClose(t, j)
	before := take(t, dir)
	lock, err := Lock(dir)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, _, err := Open(dir, Options{}); !errors.Is(err, ErrLocked) {
			t.Errorf("open beside a lock: %v", err)
		}
	}
	if err := lock.Close(); err != nil || len(take(t, dir)) != len(before) {
		t.Errorf("%v, %d segments", err, len(take(t, dir)))
	}
	j, _ = mustOpen(t, dir, Options{})
	mustClose(t, j)
}

// TestALockOfAFileThatWasRemovedIsNone has somebody wait with the file open while its holder removes it: two would have the folder.
func TestALockOfAFileThatWasRemovedIsNone(t *testing.T) {
	path := filepath.Join(t.TempDir(), lockName)
	held, err := acquire(path)
	if err != nil {
		t.Fatal(err)
	}
	if named, err := names(path, held.File); err != nil || !named {
		t.Errorf("the control: %v, %v", named, err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if named, err := names(path, held.File); err != nil || named {
		t.Errorf("removed: %v, %v", named, err)
	}
	second, err := acquire(path)
	if err != nil {
		t.Fatal(err)
	}
	if named, err := names(path, held.File); err != nil || named {
		t.Errorf("another file of its name: %v, %v", named, err)
	}
	if err := errors.Join(held.Close(), second.Close()); err != nil {
		t.Error(err)
	}
}
