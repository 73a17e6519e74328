package journal

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash"
	"hash/crc32"
)

// A frame on disk, little endian:
//
//	 0  magic    3  "\xa7gj"
//	 3  kind     1
//	 4  length   4  of the payload
//	 8  seq      8  of the record; a mark has that of the last record before it
//	16  durable  8  the last record known durable when this frame was written
//	24  time     8  nanoseconds since 1970
//	32  chain   32  SHA-256(chain before || bytes 0..31 || payload)
//	64  sum      4  CRC32C of the payload
//	68  headsum  4  CRC32C of bytes 0..67
//	72  payload
//
// The head has a sum of its own so that a flipped bit in the length of the last frame is told from a frame
// that was cut short: the one is damage, the other an ordinary crash.
const (
	headBytes   = 72
	sealedBytes = 32 // the part of the head that the chain covers
)

type kind byte

const (
	kindRecord  kind = 1
	kindSettled kind = 2 // mark: Settle
	kindClosed  kind = 3 // mark: Close; nothing follows in the segment
)

// Chain is the hash that ties a record to everything before it.
type Chain [sha256.Size]byte

func (c Chain) String() string { return hex.EncodeToString(c[:]) }

var (
	frameMagic = []byte("\xa7gj")
	castagnoli = crc32.MakeTable(crc32.Castagnoli)
)

type head struct {
	kind    kind
	length  uint32
	seq     uint64
	durable uint64
	nanos   int64
	chain   Chain
	sum     uint32
}

// parseHead accepts a head whose sum is right and whose fields can be acted on without further checks of
// size: a payload length over the limit never leaves this function.
func parseHead(b []byte) (head, bool) {
	if len(b) < headBytes || !bytes.HasPrefix(b, frameMagic) {
		return head{}, false
	}
	if binary.LittleEndian.Uint32(b[68:]) != crc32.Checksum(b[:68], castagnoli) {
		return head{}, false
	}
	h := head{
		kind:    kind(b[3]),
		length:  binary.LittleEndian.Uint32(b[4:]),
		seq:     binary.LittleEndian.Uint64(b[8:]),
		durable: binary.LittleEndian.Uint64(b[16:]),
		nanos:   int64(binary.LittleEndian.Uint64(b[24:])),
		chain:   Chain(b[32:64]),
		sum:     binary.LittleEndian.Uint32(b[64:]),
	}
	return h, h.plausible()
}

func (h head) plausible() bool {
	switch h.kind {
	case kindRecord:
		return h.length <= MaxPayload
	case kindSettled, kindClosed:
		return h.length == 0
	}
	return false
}

// encoder turns payloads into frames, each chained to the one before.
type encoder struct {
	sha   hash.Hash
	chain Chain
}

func newEncoder(before Chain) encoder { return encoder{sha: sha256.New(), chain: before} }

func (e *encoder) frame(buf []byte, h head, payload []byte) []byte {
	start := len(buf)
	buf = append(buf, frameMagic...)
	buf = append(buf, byte(h.kind))
	buf = binary.LittleEndian.AppendUint32(buf, uint32(len(payload)))
	buf = binary.LittleEndian.AppendUint64(buf, h.seq)
	buf = binary.LittleEndian.AppendUint64(buf, h.durable)
	buf = binary.LittleEndian.AppendUint64(buf, uint64(h.nanos))
	link(e.sha, &e.chain, buf[start:], payload)
	buf = append(buf, e.chain[:]...)
	buf = binary.LittleEndian.AppendUint32(buf, crc32.Checksum(payload, castagnoli))
	buf = binary.LittleEndian.AppendUint32(buf, crc32.Checksum(buf[start:], castagnoli))
	return append(buf, payload...)
}

// link moves chain on by one frame. Every part but the payload has a fixed length, so no two different
// frames give the same input.
func link(sha hash.Hash, chain *Chain, sealed, payload []byte) {
	sha.Reset()
	sha.Write(chain[:])
	sha.Write(sealed)
	sha.Write(payload)
	sha.Sum(chain[:0])
}
