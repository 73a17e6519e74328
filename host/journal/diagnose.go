package journal

import (
	"fmt"
	"io"
)

// diagnose says what happened when a whole frame is not the successor of the one before it, by looking
// whether the true successor stands further on in the segment.
func (s *scanner) diagnose(bad head) *Damage {
	return s.damage(s.edit(bad), fmt.Sprintf("a frame of record %d stands here", bad.seq))
}

func (s *scanner) edit(bad head) What {
	early := bad.seq > s.seq+1
	switch found := s.successorAfter(s.off + headBytes + int64(bad.length)); {
	case found && early:
		return Reordered
	case found || bad.seq <= s.seq:
		return Inserted
	case early:
		return Removed
	}
	return Replaced
}

// successorAfter looks for the frame that continues the chain, anywhere in the rest of the segment.
func (s *scanner) successorAfter(off int64) bool {
	for {
		h, sealed, payload, ok := s.frameAt(off)
		if !ok {
			return false
		}
		chain := s.chain
		link(s.sha, &chain, sealed, payload)
		if chain == h.chain {
			return true
		}
		off += headBytes + int64(h.length)
	}
}

// frameAt reads a frame by offset without regard to its neighbours.
func (s *scanner) frameAt(off int64) (h head, sealed, payload []byte, ok bool) {
	raw := make([]byte, headBytes)
	if !s.readAt(raw, off) {
		return head{}, nil, nil, false
	}
	h, ok = parseHead(raw)
	if !ok || int64(h.length) > s.size-off-headBytes {
		return head{}, nil, nil, false
	}
	payload = make([]byte, h.length)
	return h, raw[:sealedBytes], payload, s.readAt(payload, off+headBytes)
}

func (s *scanner) readAt(b []byte, off int64) bool {
	n, err := s.f.ReadAt(b, off)
	return n == len(b) && (err == nil || err == io.EOF)
}
