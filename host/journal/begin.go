package journal

import (
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"time"
)

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
