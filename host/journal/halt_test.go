package journal

import (
	"context"
	"errors"
	"io"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
)

// wantHalted holds a journal to everything that halting promises.
func wantHalted(t *testing.T, j *Journal, cause error) {
	t.Helper()
	select {
	case <-j.Halted():
	default:
		t.Fatal("not halted")
	}
	if err := j.Err(); !errors.Is(err, ErrHalted) || !errors.Is(err, cause) {
		t.Fatalf("Err is %v", err)
	}
	if _, err := j.Append([][]byte{{1}}); !errors.Is(err, ErrHalted) {
		t.Fatalf("append to a halted journal: %v", err)
	}
	if err := j.Sync(context.Background(), j.Durable()+1); !errors.Is(err, ErrHalted) {
		t.Fatalf("sync of a halted journal: %v", err)
	}
	if err := j.Settle(); !errors.Is(err, ErrHalted) {
		t.Fatalf("settle of a halted journal: %v", err)
	}
	if err := j.Close(); !errors.Is(err, ErrHalted) {
		t.Fatalf("close of a halted journal: %v", err)
	}
}

func TestFailedWriteHaltsForGood(t *testing.T) {
	for name, fault := range map[string]struct {
		allowed func(b []byte) int
		err     error
		cause   error
	}{
		"no space":              {func([]byte) int { return 0 }, syscall.ENOSPC, syscall.ENOSPC},
		"no space halfway":      {func(b []byte) int { return len(b) / 2 }, syscall.ENOSPC, syscall.ENOSPC},
		"short, without a word": {func(b []byte) int { return len(b) - 1 }, nil, nil},
		"all written, yet EIO":  {func(b []byte) int { return len(b) }, syscall.EIO, syscall.EIO},
	} {
		for nth := 2; nth <= 5; nth++ { // the first write is the header of the segment
			t.Run(name, func(t *testing.T) {
				dir := t.TempDir() + "/j"
				j, _ := mustOpen(t, dir, Options{files: &faulty{write: func(n int, b []byte) (int, error) {
					if n == nth {
						return fault.allowed(b), fault.err
					}
					return len(b), nil
				}}})
				want := numbered(2 * 8)
				var acked int
				for ; acked < 8; acked += 2 {
					if _, err := j.Append([][]byte{[]byte(want[acked]), []byte(want[acked+1])}); err != nil {
						break
					}
				}
				if acked != 2*(nth-2) {
					t.Fatalf("%d acknowledged", acked)
				}
				cause := fault.cause
				if cause == nil {
					cause = io.ErrShortWrite
				}
				wantHalted(t, j, cause)
				wantAtLeast(t, dir, want, acked, acked+2)
			})
		}
	}
}

func TestFailedFsyncHaltsForGoodAndIsNotRetried(t *testing.T) {
	dir := t.TempDir() + "/j"
	disk := &faulty{}
	disk.sync = func(n int) error {
		if n == 3 { // the first is that of the new segment
			return syscall.EIO
		}
		return nil
	}
	j, _ := mustOpen(t, dir, Options{files: disk})
	last := mustAppend(t, j, "a")
	if err := j.Sync(context.Background(), last); err != nil {
		t.Fatal(err)
	}
	last = mustAppend(t, j, "b")
	if err := j.Sync(context.Background(), last); !errors.Is(err, syscall.EIO) || !errors.Is(err, ErrHalted) {
		t.Fatalf("sync: %v", err)
	}
	if err := j.Sync(context.Background(), 1); err != nil {
		t.Fatalf("what was durable still is: %v", err)
	}
	if j.Durable() != 1 {
		t.Fatalf("durable is %d", j.Durable())
	}
	wantHalted(t, j, syscall.EIO)
	if n := disk.syncs.Load(); n != 3 {
		t.Fatalf("%d fsyncs: one came after the failure", n)
	}
	wantAtLeast(t, dir, []string{"a", "b"}, 1, 2)
}

func TestFsyncNobodyAskedForHaltsToo(t *testing.T) {
	j, _ := mustOpen(t, t.TempDir()+"/j", Options{MaxDelay: 1, files: &faulty{sync: func(n int) error {
		if n == 2 {
			return syscall.EIO
		}
		return nil
	}}})
	mustAppend(t, j, "a")
	<-j.Halted()
	wantHalted(t, j, syscall.EIO)
}

func TestFailedRotationHaltsAndLosesNothing(t *testing.T) {
	lost := errors.New("lost")
	for name, spoil := range map[string]func(*faulty){
		"create": func(d *faulty) {
			d.write = func(n int, b []byte) (int, error) {
				if n == 5 { // header, three records, header
					return 40, lost
				}
				return len(b), nil
			}
		},
		"rename": func(d *faulty) {
			d.name = func(to string) error {
				if filepath.Base(to) == segmentName(2) {
					return lost
				}
				return nil
			}
		},
		"fsync of the folder": func(d *faulty) {
			d.syncdir = func(n int) error {
				if n == 3 { // folder made, first segment, second segment
					return lost
				}
				return nil
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir() + "/j"
			disk := &faulty{}
			spoil(disk)
			j, _ := mustOpen(t, dir, Options{files: disk, SegmentBytes: segmentHeaderBytes + 3*(headBytes+1)})
			mustAppend(t, j, "a")
			mustAppend(t, j, "b")
			mustAppend(t, j, "c")
			if _, err := j.Append([][]byte{[]byte("d")}); !errors.Is(err, lost) {
				t.Fatalf("append: %v", err)
			}
			wantHalted(t, j, lost)

			// A name whose folder was not flushed may be there after a crash, or not.
			left := take(t, dir)
			wantAtLeast(t, left.put(t, t.TempDir()+"/with"), []string{"a", "b", "c"}, 3, 3)
			gone := left.with(segmentName(2), nil)
			wantAtLeast(t, gone.put(t, t.TempDir()+"/without"), []string{"a", "b", "c"}, 3, 3)
			wantAtLeast(t, dir, []string{"a", "b", "c"}, 3, 3)
		})
	}
}

// wantAtLeast opens what a fault left behind: the first records of want, at least low and at most high, and
// the journal goes on from there.
func wantAtLeast(t *testing.T, dir string, want []string, low, high int) {
	t.Helper()
	j, r := mustOpen(t, dir, Options{})
	if r.Clean {
		t.Fatalf("a halted session was called clean: %+v", r)
	}
	got, err := payloadsOf(j, 1)
	if err != nil || len(got) < low || len(got) > high || !slices.Equal(got, want[:len(got)]) {
		t.Fatalf("recovered %q, %v; want %d to %d of %q", got, err, low, high, want)
	}
	mustAppend(t, j, "next")
	mustClose(t, j)
	if report, err := Check(dir); err != nil || report.Bad != nil || report.Records != uint64(len(got))+1 {
		t.Fatalf("check: %+v, %v", report, err)
	}
}
