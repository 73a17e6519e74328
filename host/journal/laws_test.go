package journal

import (
	"os"
	"path/filepath"
	"testing"

	"pgregory.net/rapid"
)

// Whatever is appended, and however the sessions end, the journal holds exactly that, in that order.
func TestJournalIsTheListOfWhatWasAppended(t *testing.T) {
	root := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		dir, err := os.MkdirTemp(root, "")
		if err != nil {
			t.Fatal(err)
		}
		m := &model{dir: dir, segment: rapid.Int64Range(1, 3000).Draw(t, "segment bytes")}
		m.open(t)
		defer func() { m.j.release() }()
		t.Repeat(map[string]func(*rapid.T){
			"append": m.append,
			"sync":   m.sync,
			"settle": m.settle,
			"close":  m.closeAndOpen,
			"kill":   m.killAndOpen,
			"":       m.compare,
		})
	})
}

type model struct {
	dir     string
	segment int64
	j       *Journal
	want    []string
	owed    bool
}

func (m *model) open(t *rapid.T) Recovery {
	j, r, err := Open(m.dir, Options{SegmentBytes: m.segment, files: instant(), bootID: onBoot(1)})
	if err != nil {
		t.Fatal(err)
	}
	if r.Records != uint64(len(m.want)) || r.Clean == m.owed || r.Rebooted {
		t.Fatalf("%d records, owed %v: %+v", len(m.want), m.owed, r)
	}
	m.j = j
	return r
}

func (m *model) append(t *rapid.T) {
	batch := rapid.SliceOfN(rapid.SliceOfN(rapid.Byte(), 0, 200), 0, 12).Draw(t, "batch")
	anchors, err := m.j.Append(batch)
	for _, p := range batch {
		m.want = append(m.want, string(p))
	}
	if err != nil || len(anchors) != len(batch) || m.j.Last() != uint64(len(m.want)) {
		t.Fatal(anchors, m.j.Last(), err)
	}
}

func (m *model) sync(t *rapid.T) {
	upTo := rapid.Uint64Range(0, uint64(len(m.want))).Draw(t, "up to")
	if err := m.j.Sync(t.Context(), upTo); err != nil || m.j.Durable() < upTo {
		t.Fatal(err, m.j.Durable())
	}
}

func (m *model) settle(t *rapid.T) {
	if err := m.j.Settle(); err != nil {
		t.Fatal(err)
	}
	m.owed = false
}

func (m *model) closeAndOpen(t *rapid.T) {
	if err := m.j.Close(); err != nil {
		t.Fatal(err)
	}
	if r := m.open(t); r.Torn != nil {
		t.Fatal(r)
	}
}

// killAndOpen leaves, or not, the beginning of a frame behind.
func (m *model) killAndOpen(t *rapid.T) {
	frame := m.j.encoder.frame(nil, head{kind: kindRecord, seq: m.j.last + 1}, []byte("never acknowledged"))
	torn := rapid.IntRange(0, len(frame)-1).Draw(t, "torn")
	name := filepath.Join(m.dir, segmentName(uint64(len(m.j.segments))))
	if err := m.j.release(); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.Write(frame[:torn]); err != nil {
		t.Fatal(err)
	}
	m.owed = true
	if r := m.open(t); (r.Torn != nil) != (torn > 0) {
		t.Fatalf("torn %d: %+v", torn, r)
	}
}

func (m *model) compare(t *rapid.T) {
	from := rapid.Uint64Range(1, uint64(len(m.want))+1).Draw(t, "from")
	n := from
	for r, err := range m.j.Replay(from) {
		if err != nil || r.Seq != n || string(r.Payload) != m.want[n-1] {
			t.Fatalf("replay %d: %+v, %v", n, r, err)
		}
		n++
	}
	if n != uint64(len(m.want))+1 {
		t.Fatalf("replay from %d ended before %d", from, n)
	}
	report, err := Check(m.dir)
	if err != nil || report.Bad != nil || report.Torn != nil || report.Records != uint64(len(m.want)) {
		t.Fatalf("check: %+v, %v", report, err)
	}
}
