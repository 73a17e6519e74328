package journal

import (
	"crypto/sha256"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// Whatever stands after a header, the scanner ends with a *Damage or at the end, takes no more memory than
// one frame, and yields only records whose chain is right, so in effect only what encoder wrote.
func FuzzScanner(f *testing.F) {
	h := segmentHeader{index: 1, first: 1}.encode()
	e := newEncoder(sha256.Sum256(h))
	var body []byte
	for i, p := range []string{"one", "", "three"} {
		body = e.frame(body, head{kind: kindRecord, seq: uint64(i) + 1}, []byte(p))
	}
	f.Add(body)
	f.Add(body[:len(body)-1])
	f.Add(e.frame(body, head{kind: kindClosed, seq: 3}, nil))
	f.Add(frameMagic)
	f.Add([]byte("\xa7gj\x01\xff\xff\xff\xff"))
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, body []byte) {
		if err := os.WriteFile(filepath.Join(dir, segmentName(1)), append(h[:len(h):len(h)], body...), 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := openSegment(dir, 1)
		if err != nil {
			t.Fatal(err)
		}
		defer s.close()
		var read int
		for {
			fr, err := s.next()
			if errors.Is(err, io.EOF) {
				break
			}
			if d := (*Damage)(nil); errors.As(err, &d) {
				s.isTorn(d, bootID{})
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			read += headBytes + len(fr.payload)
		}
		if read != len(body) {
			t.Fatalf("%d bytes of frames in %d", read, len(body))
		}
	})
}

// A head is acted upon only if its length is within the limit.
func FuzzParseHead(f *testing.F) {
	e := newEncoder(Chain{})
	f.Add(e.frame(nil, head{kind: kindRecord, seq: 1}, []byte("payload")))
	f.Add(e.frame(nil, head{kind: kindSettled}, nil))
	f.Add(make([]byte, headBytes))
	f.Fuzz(func(t *testing.T, b []byte) {
		if h, ok := parseHead(b); ok && (h.length > MaxPayload || h.kind != kindRecord && h.length > 0) {
			t.Fatalf("%+v", h)
		}
	})
}

// The sums do not protect against somebody who can compute them.
func TestHonestSumsOverALargeLengthAreRefused(t *testing.T) {
	e := newEncoder(Chain{})
	if _, ok := parseHead(e.frame(nil, head{kind: kindRecord, seq: 1}, make([]byte, MaxPayload+1))); ok {
		t.Fatal("a payload over the limit was accepted")
	}
	if _, ok := parseHead(e.frame(nil, head{kind: kindRecord, seq: 1}, make([]byte, MaxPayload))); !ok {
		t.Fatal("the control was refused")
	}
	for _, k := range []kind{0, 4, 255} {
		if _, ok := parseHead(e.frame(nil, head{kind: k, seq: 1}, nil)); ok {
			t.Fatalf("a frame of kind %d was accepted", k)
		}
	}
}
