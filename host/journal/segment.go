package journal

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
)

// A segment is a header and then frames. The header, little endian:
//
//	  0  magic    8  "argusjrn"
//	  8  version  4
//	 12  debt     4  what recovery still owed when the segment was begun
//	 16  index    8  1, 2, 3, …; the file is named for it
//	 24  first    8  sequence number of the first record it can hold
//	 32  time     8  nanoseconds since 1970
//	 40  boot    16  boot id of the machine
//	 56  id      16  random
//	 72  chain   32  chain value before the segment
//	104  sum      4  CRC32C of bytes 0..103
//
// The chain of its frames starts from SHA-256 of the whole header, so the header cannot be edited either.
// A header is durable before the file has its name: a segment without a whole header is damage.
//
// Space is not reserved ahead, though it would make an fsync cheaper: a file that only grows keeps its bytes
// in order through a loss of power on the usual file systems, and that is what tells a torn end from damage.
const (
	segmentHeaderBytes = 108
	segmentVersion     = 1
)

var segmentMagic = []byte("argusjrn")

// debt is what the caller of Open still has to act upon; see Recovery.
type debt uint32

const (
	owesUnclean debt = 1 << iota
	owesReboot
)

type segmentHeader struct {
	debt  debt
	index uint64
	first uint64
	nanos int64
	boot  bootID
	id    [16]byte
	chain Chain
}

func (h segmentHeader) encode() []byte {
	b := append(make([]byte, 0, segmentHeaderBytes), segmentMagic...)
	b = binary.LittleEndian.AppendUint32(b, segmentVersion)
	b = binary.LittleEndian.AppendUint32(b, uint32(h.debt))
	b = binary.LittleEndian.AppendUint64(b, h.index)
	b = binary.LittleEndian.AppendUint64(b, h.first)
	b = binary.LittleEndian.AppendUint64(b, uint64(h.nanos))
	b = append(b, h.boot[:]...)
	b = append(b, h.id[:]...)
	b = append(b, h.chain[:]...)
	return binary.LittleEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
}

var (
	errHeaderSum     = errors.New("header does not match its checksum")
	errHeaderVersion = errors.New("written by another version of this program: run that one")
)

func parseSegmentHeader(b []byte) (segmentHeader, error) {
	if len(b) != segmentHeaderBytes || !bytes.HasPrefix(b, segmentMagic) ||
		binary.LittleEndian.Uint32(b[104:]) != crc32.Checksum(b[:104], castagnoli) {
		return segmentHeader{}, errHeaderSum
	}
	if binary.LittleEndian.Uint32(b[8:]) != segmentVersion {
		return segmentHeader{}, errHeaderVersion
	}
	return segmentHeader{
		debt:  debt(binary.LittleEndian.Uint32(b[12:])),
		index: binary.LittleEndian.Uint64(b[16:]),
		first: binary.LittleEndian.Uint64(b[24:]),
		nanos: int64(binary.LittleEndian.Uint64(b[32:])),
		boot:  bootID(b[40:56]),
		id:    [16]byte(b[56:72]),
		chain: Chain(b[72:104]),
	}, nil
}

// readSegmentHeader reads the header of one file and checks that the file is where its header says.
func readSegmentHeader(f io.ReaderAt, index uint64) (segmentHeader, []byte, error) {
	name := segmentName(index)
	raw := make([]byte, segmentHeaderBytes)
	n, err := f.ReadAt(raw, 0)
	if errors.Is(err, io.EOF) && n < segmentHeaderBytes {
		return segmentHeader{}, nil, &Damage{Segment: name, What: Cut, detail: "the segment's header is incomplete"}
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return segmentHeader{}, nil, fmt.Errorf("read header of %s: %w", name, err)
	}
	h, err := parseSegmentHeader(raw)
	if errors.Is(err, errHeaderVersion) {
		return segmentHeader{}, nil, fmt.Errorf("read %s: %w", name, err)
	}
	if err != nil {
		return segmentHeader{}, nil, &Damage{Segment: name, What: Flipped, detail: "the segment's " + err.Error()}
	}
	if h.index != index {
		return h, raw, &Damage{Segment: name, Seq: h.first, What: Reordered, detail: "this is segment " + segmentName(h.index)}
	}
	return h, raw, nil
}
