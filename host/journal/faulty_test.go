package journal

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
)

// faulty is the disk with faults. A nil hook is no fault.
type faulty struct {
	disk
	write   func(n int, b []byte) (allowed int, err error) // n counts the writes of this disk from 1
	sync    func(n int) error                              // before the real one
	syncdir func(n int) error
	name    func(to string) error

	writes, syncs, syncdirs atomic.Int64
}

func (d *faulty) create(path string) (file, error) {
	f, err := d.disk.create(path)
	return &faultyFile{f, d}, err
}

func (d *faulty) rename(from, to string) error {
	if d.name != nil {
		if err := d.name(to); err != nil {
			return err
		}
	}
	return d.disk.rename(from, to)
}

func (d *faulty) syncDir(dir string) error {
	n := d.syncdirs.Add(1)
	if d.syncdir != nil {
		return d.syncdir(int(n))
	}
	return d.disk.syncDir(dir)
}

type faultyFile struct {
	file
	disk *faulty
}

func (f *faultyFile) Write(b []byte) (int, error) {
	n := f.disk.writes.Add(1)
	if f.disk.write == nil {
		return f.file.Write(b)
	}
	allowed, fault := f.disk.write(int(n), b)
	wrote, err := f.file.Write(b[:allowed])
	if err != nil {
		return wrote, err
	}
	return wrote, fault
}

func (f *faultyFile) Sync() error {
	n := f.disk.syncs.Add(1)
	if f.disk.sync == nil {
		return f.file.Sync()
	}
	return f.disk.sync(int(n))
}

func instant() *faulty {
	return &faulty{sync: func(int) error { return nil }, syncdir: func(int) error { return nil }}
}

// from here on: what most tests do.

func mustOpen(t testing.TB, dir string, opts Options) (*Journal, Recovery) {
	t.Helper()
	j, r, err := Open(dir, opts)
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	t.Cleanup(func() {
		if !j.closed {
			j.release()
		}
	})
	return j, r
}

func mustAppend(t testing.TB, j *Journal, payloads ...string) uint64 {
	t.Helper()
	batch := make([][]byte, len(payloads))
	for i, p := range payloads {
		batch[i] = []byte(p)
	}
	if _, err := j.Append(batch); err != nil {
		t.Fatalf("append: %v", err)
	}
	return j.Last()
}

func mustClose(t testing.TB, j *Journal) {
	t.Helper()
	if err := j.Close(); err != nil {
		t.Fatalf("close: %v", err)
	}
}

// crash ends the session as a kill of the process would.
func crash(t testing.TB, j *Journal) {
	t.Helper()
	if err := j.release(); err != nil {
		t.Fatalf("release: %v", err)
	}
}

func payloadsOf(j *Journal, from uint64) ([]string, error) {
	var all []string
	for r, err := range j.Replay(from) {
		if err != nil {
			return all, err
		}
		all = append(all, string(r.Payload))
	}
	return all, nil
}

func wantPayloads(t testing.TB, j *Journal, want ...string) {
	t.Helper()
	got, err := payloadsOf(j, 1)
	if err != nil || !slices.Equal(got, want) {
		t.Fatalf("replay: got %q, %v; want %q", got, err, want)
	}
}

// numbered gives n payloads that differ.
func numbered(n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf(`{"record":%d}`, i+1)
	}
	return all
}

// snapshot holds the files of a folder, to be spoilt and put into other folders.
type snapshot map[string][]byte

func take(t testing.TB, dir string) snapshot {
	t.Helper()
	s := snapshot{}
	names, err := filepath.Glob(filepath.Join(dir, "*"+segmentSuffix))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if s[filepath.Base(name)], err = os.ReadFile(name); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func (s snapshot) put(t testing.TB, dir string) string {
	t.Helper()
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, data := range s {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// with returns a copy with one file changed; nil data removes it.
func (s snapshot) with(name string, data []byte) snapshot {
	c := snapshot{}
	for n, d := range s {
		c[n] = d
	}
	c[name] = data
	if data == nil {
		delete(c, name)
	}
	return c
}

// framesOf cuts a segment into its header and frames.
func framesOf(t testing.TB, segment []byte) [][]byte {
	t.Helper()
	parts := [][]byte{segment[:segmentHeaderBytes]}
	for rest := segment[segmentHeaderBytes:]; len(rest) > 0; {
		h, ok := parseHead(rest)
		if !ok {
			t.Fatal("no frame")
		}
		n := headBytes + int(h.length)
		parts, rest = append(parts, rest[:n]), rest[n:]
	}
	return parts
}

func onBoot(b byte) func() bootID { return func() bootID { return bootID{15: b} } }
