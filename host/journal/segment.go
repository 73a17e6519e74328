package journal

import (
	"bytes"
	"cmp"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"time"
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
	errHeaderVersion = errors.New("header is of a version this program does not know")
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

// segmentRef is a segment known by name; first is 0 until its header has been read.
type segmentRef struct {
	index uint64
	first uint64
}

const (
	segmentSuffix    = ".journal"
	unfinishedSuffix = ".new" // not yet a segment: its header may be missing
)

func segmentName(index uint64) string { return fmt.Sprintf("%08d%s", index, segmentSuffix) }

var segmentPattern = regexp.MustCompile(`^([0-9]{8,19})\.journal$`)

// listSegments returns the segments in order. A gap in their numbers is a *Damage.
func listSegments(dir string) ([]segmentRef, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("no journal in %s: %w", dir, err)
	}
	if err != nil {
		return nil, fmt.Errorf("list segments: %w", err)
	}
	var refs []segmentRef
	for _, e := range entries {
		m := segmentPattern.FindStringSubmatch(e.Name())
		if m == nil {
			continue
		}
		index, err := strconv.ParseUint(m[1], 10, 64)
		if err != nil || segmentName(index) != e.Name() {
			continue
		}
		refs = append(refs, segmentRef{index: index})
	}
	slices.SortFunc(refs, func(a, b segmentRef) int { return cmp.Compare(a.index, b.index) })
	for i, ref := range refs {
		if want := uint64(i) + 1; ref.index != want {
			return refs[:i], &Damage{Segment: segmentName(want), What: MissingSegment}
		}
	}
	return refs, nil
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
	if err != nil {
		return segmentHeader{}, nil, &Damage{Segment: name, What: Flipped, detail: "the segment's " + err.Error()}
	}
	if h.index != index {
		return h, raw, &Damage{Segment: name, Seq: h.first, What: Reordered, detail: "this is segment " + segmentName(h.index)}
	}
	return h, raw, nil
}

// beginSegment makes the next segment and directs the writer to it. The order is the point: header durable,
// then the name, then the name durable, then records.
func (j *Journal) beginSegment() error {
	h := segmentHeader{
		debt:  j.owed,
		index: uint64(len(j.segments)) + 1,
		first: j.last + 1,
		nanos: time.Now().UnixNano(),
		boot:  j.boot,
		chain: j.encoder.chain,
	}
	rand.Read(h.id[:])
	raw := h.encode()
	f, err := j.createSegment(segmentName(h.index), raw)
	if err != nil {
		return err
	}
	j.encoder.chain = sha256.Sum256(raw)
	j.mu.Lock()
	defer j.mu.Unlock()
	j.segments = append(slices.Clip(j.segments), segmentRef{index: h.index, first: h.first})
	j.file, j.size = f, segmentHeaderBytes
	return nil
}

func (j *Journal) createSegment(name string, header []byte) (file, error) {
	path := filepath.Join(j.dir, name)
	f, err := j.opts.files.create(path + unfinishedSuffix)
	if err != nil {
		return nil, fmt.Errorf("create %s: %w", name, err)
	}
	if err := nameSegment(j.opts.files, f, path, header); err != nil {
		return nil, errors.Join(fmt.Errorf("begin %s: %w", name, err), f.Close())
	}
	return f, nil
}

func nameSegment(fs files, f file, path string, header []byte) error {
	n, err := f.Write(header)
	if err == nil && n < len(header) {
		err = io.ErrShortWrite
	}
	if err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := fs.rename(path+unfinishedSuffix, path); err != nil {
		return err
	}
	return fs.syncDir(filepath.Dir(path))
}
