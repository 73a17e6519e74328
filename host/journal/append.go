package journal

import (
	"context"
	"fmt"
	"io"
	"time"
)

// Larger buffers are not kept between batches.
const keptBuffer = 4 << 20

// Append writes the payloads as consecutive records, with one write, and returns the anchor of each. When it
// returns they are in the kernel and survive a kill of this process; call Sync for more. The
// payloads are not kept. An empty batch writes nothing.
//
// A payload over MaxPayload refuses the whole batch and the journal goes on. Any other error halts it, and
// some records of the batch may yet be found by the next Open.
func (j *Journal) Append(payloads [][]byte) ([]Anchor, error) {
	if err := j.usable(); err != nil {
		return nil, err
	}
	total := int64(0)
	for i, p := range payloads {
		if len(p) > MaxPayload {
			return nil, fmt.Errorf("append: payload %d of %d has %d bytes, the limit is %d", i+1, len(payloads), len(p), MaxPayload)
		}
		total += headBytes + int64(len(p))
	}
	if len(payloads) == 0 {
		return nil, nil
	}
	if err := j.makeRoom(total); err != nil {
		return nil, err
	}
	return j.write(kindRecord, payloads)
}

func (j *Journal) writeMark(k kind) error {
	if err := j.usable(); err != nil {
		return err
	}
	_, err := j.write(k, [][]byte{nil})
	return err
}

func (j *Journal) write(k kind, payloads [][]byte) ([]Anchor, error) {
	h := head{kind: k, seq: j.Last(), durable: j.Durable(), nanos: time.Now().UnixNano()}
	buf := j.buf[:0]
	anchors := make([]Anchor, len(payloads))
	for i, p := range payloads {
		if k == kindRecord {
			h.seq++
		}
		buf = j.encoder.frame(buf, h, p)
		anchors[i] = Anchor{h.seq, j.encoder.chain}
	}
	if cap(buf) <= keptBuffer {
		j.buf = buf
	}
	n, err := j.file.Write(buf)
	if err == nil && n < len(buf) {
		err = io.ErrShortWrite
	}
	if err != nil {
		return nil, j.halt(fmt.Errorf("append batch of %d: %w", len(payloads), err))
	}
	if k == kindRecord {
		j.wrote(int64(n), anchors[len(anchors)-1])
	} else {
		j.wrote(int64(n), Anchor{})
	}
	return anchors, nil
}

// wrote publishes the new end, if it is one of a record, and sees to it that the bytes get durable even if nobody asks.
func (j *Journal) wrote(n int64, end Anchor) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.size += n
	if end.Seq > 0 {
		j.last, j.end = end.Seq, end
	}
	j.dirty = true
	if !j.armed {
		j.armed = true
		j.timer.Reset(j.opts.MaxDelay / 2) // the other half is for the fsync
	}
}

// makeRoom begins a new segment when the batch would overfill this one. What the old one holds is durable
// first, so that only the last segment can ever have a torn end.
func (j *Journal) makeRoom(batch int64) error {
	if j.size == segmentHeaderBytes || j.size+batch <= j.opts.SegmentBytes {
		return nil
	}
	if err := j.flush(context.Background()); err != nil {
		return err
	}
	old := j.file
	if err := j.beginSegment(); err != nil {
		return j.halt(fmt.Errorf("begin segment: %w", err))
	}
	if err := old.Close(); err != nil {
		return j.halt(fmt.Errorf("close full segment: %w", err))
	}
	return nil
}
