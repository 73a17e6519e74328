package journal

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"syscall"
)

// ownFolder makes the folder, or checks that nobody else can enter the one that is there.
func ownFolder(dir string, files files) error {
	info, err := os.Stat(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return makeFolder(dir, files)
	}
	if err != nil {
		return fmt.Errorf("look at journal folder: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return fmt.Errorf("journal folder %s is open to others (mode %#o): run chmod 0700 on it", dir, info.Mode().Perm())
	}
	if !ownedByUs(info) {
		return fmt.Errorf("journal folder %s belongs to another user: name a folder of your own", dir)
	}
	return nil
}

// makeFolder makes the folder's name durable too, or a loss of power could take the folder with the records.
func makeFolder(dir string, files files) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make journal folder: %w", err)
	}
	if err := files.syncDir(filepath.Dir(dir)); err != nil {
		return fmt.Errorf("make journal folder durable: %w", err)
	}
	return nil
}

func ownedByUs(info os.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(stat.Uid) == os.Geteuid()
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
