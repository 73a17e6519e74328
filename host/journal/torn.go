package journal

// isTorn tells a frame that a crash left half written from one that was altered. A process that dies leaves
// a frame cut short. A machine that dies may also leave a frame of full length with disk blocks that were
// never written, which read as zeros. With another frame after it, it had been whole once.
func (s *scanner) isTorn(d *Damage, boot bootID) bool {
	switch {
	case d.What == Cut:
		return !s.hasFrameAfter()
	case d.What != Flipped || s.header.boot.sameAs(boot):
		return false
	}
	return s.hasHole() && !s.hasFrameAfter()
}

const diskBlock = 512

// hasHole reports whether a disk block of the rest, or the part of a block that belongs to it, is all zero.
func (s *scanner) hasHole() bool {
	block := make([]byte, diskBlock)
	for off := s.off; off < s.size; {
		end := min(s.size, off-off%diskBlock+diskBlock)
		part := block[:end-off]
		if s.readAt(part, off) && allZero(part) {
			return true
		}
		off = end
	}
	return false
}

func allZero(b []byte) bool {
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}

// hasFrameAfter searches the rest byte by byte: a bad length says nothing about where the next frame is.
func (s *scanner) hasFrameAfter() bool {
	window := make([]byte, 64<<10)
	for off := s.off + 1; off+headBytes <= s.size; off += int64(len(window)) - headBytes + 1 {
		part := window[:min(int64(len(window)), s.size-off)]
		if !s.readAt(part, off) {
			return true // what cannot be read cannot be called torn
		}
		for i := 0; i+headBytes <= len(part); i++ {
			if h, ok := parseHead(part[i : i+headBytes]); ok && h.seq > s.seq {
				return true
			}
		}
	}
	return false
}
