package journal

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Anchor is what to keep elsewhere of a record, to notice later that it, or any before it, is gone or other.
type Anchor struct {
	Seq   uint64
	Chain Chain
}

// String is the anchor as a person keeps it, and ParseAnchor reads it: the number of the record, a colon, and the hash in hex.
func (a Anchor) String() string { return fmt.Sprintf("%d:%s", a.Seq, a.Chain) }

// ParseAnchor reads the anchor of a record.
func ParseAnchor(text string) (Anchor, error) {
	a, err := parseAnchor(text)
	if err == nil && a.Seq == 0 {
		err = errNoAnchor
	}
	if err != nil {
		return Anchor{}, fmt.Errorf("%.80q: %w", text, err)
	}
	return a, nil
}

var errNoAnchor = errors.New("this is not the anchor of a record")

func parseAnchor(text string) (Anchor, error) {
	number, hash, _ := strings.Cut(text, ":")
	seq, err := strconv.ParseUint(number, 10, 64)
	chain, notHex := hex.DecodeString(hash)
	if err != nil || notHex != nil || len(chain) != len(Chain{}) {
		return Anchor{}, errNoAnchor
	}
	return Anchor{seq, Chain(chain)}, nil
}

// AnchorPath is the file beside a journal's folder that holds the anchor of the last record known durable, so that
// an end that was cut off, or a folder that was replaced by an older one, is noticed. It lies outside because it must
// not travel with the folder. It is one line, with a checksum as those of an Aside have it and always equally long, so
// that it is overwritten in place: within one block of the disk, it is the old line or the new one.
//
// It is never ahead of what is durable, whatever becomes of the machine: it is written after the fsync that it tells
// of. It is no secret, and whoever can write the folder can write it: it stops accidents, and who does not know of it.
func AnchorPath(dir string) string { return filepath.Clean(dir) + AnchorSuffix }

// AnchorSuffix is what the name of the file has after that of the folder.
const AnchorSuffix = ".anchor"

func anchorLine(a Anchor) []byte { return asideLine(fmt.Appendf(nil, "%020d:%s", a.Seq, a.Chain)) }

var anchorBytes = int64(len(anchorLine(Anchor{})))

// readAnchor gives the anchor beside a folder, and whether there is one. A *Damage is one that cannot be read. It may
// be read while it is written.
func readAnchor(dir string) (a Anchor, there bool, err error) {
	const looks = 5 // one can fall into the middle of a write
	for range looks {
		var line []byte
		line, err = os.ReadFile(AnchorPath(dir))
		if errors.Is(err, fs.ErrNotExist) {
			return Anchor{}, false, nil
		}
		if err != nil {
			return Anchor{}, true, fmt.Errorf("read the anchor: %w", err)
		}
		if entry, ok := parseAsideLine(line[:max(len(line)-1, 0)]); ok && int64(len(line)) == anchorBytes {
			if a, err = parseAnchor(string(entry)); err == nil {
				return a, true, nil
			}
		}
	}
	return Anchor{}, true, &Damage{Segment: filepath.Base(AnchorPath(dir)), What: Flipped, detail: "the anchor beside the folder is not what was written"}
}

// anchorage is the file that a journal keeps its anchor in.
type anchorage interface {
	io.WriterAt
	io.Closer
}

// anchor opens the file, and makes it durably when it is absent.
func (disk) anchor(path string) (anchorage, error) {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if !errors.Is(err, fs.ErrNotExist) {
		return f, err
	}
	f, err = os.OpenFile(path+unfinishedSuffix, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, err
	}
	_, err = f.Write(anchorLine(Anchor{}))
	if err == nil {
		err = f.Sync()
	}
	if err == nil {
		err = os.Rename(path+unfinishedSuffix, path)
	}
	if err == nil {
		err = (disk{}).syncDir(filepath.Dir(path))
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// holds reports as a *Damage that the segments do not hold an anchored record. end is the last record that they hold.
func (a Anchor) holds(dir string, refs []segmentRef, end uint64) error {
	if a.Seq == 0 {
		return nil
	}
	if a.Seq > end {
		return &Damage{Segment: segmentName(uint64(max(1, len(refs)))), Seq: end + 1, What: Removed, detail: a.beyond(besideFolder)}
	}
	found, err := anchorOf(dir, refs, a.Seq)
	if err == nil && found != a {
		err = &Damage{Segment: segmentName(holding(refs, a.Seq)), Seq: a.Seq, What: Replaced, detail: anotherRecord(besideFolder)}
	}
	return err
}

// holding is the segment that a record is in, if it is in any.
func holding(refs []segmentRef, seq uint64) uint64 {
	i := len(refs) - 1
	for i > 0 && refs[i].first > seq {
		i--
	}
	return refs[i].index
}

// anchorOf reads the anchor of a record; that of none if the segment that should hold it does not.
func anchorOf(dir string, refs []segmentRef, seq uint64) (found Anchor, failed error) {
	w := walk{dir: dir}
	w.replaySegment(holding(refs, seq), seq, seq, func(r Record, err error) bool {
		found, failed = r.Anchor(), err
		return true
	})
	return found, failed
}

// Where an anchor was kept.
const (
	besideFolder = "beside the folder"
	elsewhere    = "elsewhere"
)

func (a Anchor) beyond(where string) string {
	return fmt.Sprintf("records up to %d, which is anchored %s, are gone from the end", a.Seq, where)
}

func anotherRecord(where string) string { return "another record is anchored " + where }
