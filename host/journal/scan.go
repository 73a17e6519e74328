package journal

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"time"
)

// scanner reads one segment from its header on and verifies every frame. It takes memory for one frame.
type scanner struct {
	name   string
	header segmentHeader
	f      *os.File
	r      *bufio.Reader
	sha    hash.Hash
	size   int64

	off   int64  // of the next frame
	seq   uint64 // of the last record
	chain Chain  // after the last frame
	last  head   // of the last frame; zero before the first
}

type frame struct {
	head
	payload []byte
}

// openSegment verifies the header. The file may grow meanwhile: what is added later is not read.
func openSegment(dir string, index uint64) (*scanner, error) {
	name := segmentName(index)
	f, err := os.Open(filepath.Join(dir, name))
	if err != nil {
		return nil, fmt.Errorf("open segment: %w", err)
	}
	s, err := newScanner(f, name, index)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return s, nil
}

func newScanner(f *os.File, name string, index uint64) (*scanner, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("look at segment: %w", err)
	}
	h, raw, err := readSegmentHeader(f, index)
	if err != nil {
		return nil, err
	}
	if h.first == 0 {
		return nil, &Damage{Segment: name, What: Replaced, detail: "no segment begins at record 0"}
	}
	return &scanner{
		name:   name,
		header: h,
		f:      f,
		r:      bufio.NewReaderSize(io.NewSectionReader(f, segmentHeaderBytes, info.Size()-segmentHeaderBytes), 64<<10),
		sha:    sha256.New(),
		size:   info.Size(),
		off:    segmentHeaderBytes,
		seq:    h.first - 1,
		chain:  sha256.Sum256(raw),
	}, nil
}

func (s *scanner) close() error { return s.f.Close() }

// next returns the next frame, io.EOF at the end of the segment, or a *Damage. After an error it must not
// be called again.
func (s *scanner) next() (frame, error) {
	if s.off == s.size {
		return frame{}, io.EOF
	}
	if s.last.kind == kindClosed {
		return frame{}, s.damage(Inserted, "it follows the mark of a clean close")
	}
	h, sealed, err := s.readHead()
	if err != nil {
		return frame{}, err
	}
	payload := make([]byte, h.length)
	if _, err := io.ReadFull(s.r, payload); err != nil {
		return frame{}, fmt.Errorf("read %s: %w", s.name, err)
	}
	if crc32.Checksum(payload, castagnoli) != h.sum {
		return frame{}, s.damage(Flipped, "the payload does not match its checksum")
	}
	if err := s.follows(h, sealed, payload); err != nil {
		return frame{}, err
	}
	s.off += headBytes + int64(h.length)
	s.last = h
	return frame{h, payload}, nil
}

// readHead returns a head whose payload lies within the segment, and the part of it that the chain covers.
func (s *scanner) readHead() (head, []byte, error) {
	left := s.size - s.off
	raw := make([]byte, min(left, headBytes))
	if _, err := io.ReadFull(s.r, raw); err != nil {
		return head{}, nil, fmt.Errorf("read %s: %w", s.name, err)
	}
	if left < headBytes {
		if n := min(len(raw), len(frameMagic)); !bytes.Equal(raw[:n], frameMagic[:n]) {
			return head{}, nil, s.damage(Flipped, "this is no frame")
		}
		return head{}, nil, s.damage(Cut, "the frame's head is incomplete")
	}
	h, ok := parseHead(raw)
	if !ok {
		return head{}, nil, s.damage(Flipped, "the frame's head does not match its checksum")
	}
	if int64(h.length) > left-headBytes {
		return head{}, nil, s.damage(Cut, "the frame's payload is incomplete")
	}
	return h, raw[:sealedBytes], nil
}

// follows checks that the frame belongs right after the one before it, and moves on to it.
func (s *scanner) follows(h head, sealed, payload []byte) error {
	want := s.seq
	if h.kind == kindRecord {
		want++
	}
	chain := s.chain
	link(s.sha, &chain, sealed, payload)
	if h.seq != want || chain != h.chain {
		return s.diagnose(h)
	}
	s.seq, s.chain = h.seq, chain
	return nil
}

func (s *scanner) damage(what What, detail string) *Damage {
	return &Damage{Segment: s.name, Offset: s.off, Seq: s.seq + 1, What: what, detail: detail}
}

func (f frame) record() Record {
	return Record{Seq: f.seq, Time: time.Unix(0, f.nanos), Chain: f.chain, Payload: f.payload}
}
