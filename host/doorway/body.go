package doorway

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"sync"
	"time"
)

// Why there is no body.
var (
	ErrLarge = errors.New("the body is larger than its limit")
	ErrSlow  = errors.New("the body did not arrive in time, or not whole")
)

// bodies are buffers for reading.
var bodies = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// maxTrusted is how much room is made for a body on its sender's word; maxKept is the largest buffer that is kept for the next request.
const (
	maxTrusted = 256 << 10
	maxKept    = 512 << 10
)

// WithBody reads a body of at most so many bytes, which has so much time to arrive, and hands it to use, which must not keep it.
func WithBody(w http.ResponseWriter, r *http.Request, most int64, patience time.Duration, use func([]byte) error) error {
	if r.ContentLength > most {
		return ErrLarge
	}
	if r.ContentLength == 0 {
		return use(nil) // net/http waits for the client to go away already, and a deadline would end that
	}
	// It ends with the body: net/http takes it back when it begins to wait for the client to go away.
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(patience))
	buffer := bodies.Get().(*bytes.Buffer)
	defer func() {
		if buffer.Cap() <= maxKept {
			buffer.Reset()
			bodies.Put(buffer)
		}
	}()
	buffer.Grow(int(max(0, min(r.ContentLength, maxTrusted))) + bytes.MinRead)
	if _, err := buffer.ReadFrom(http.MaxBytesReader(w, r.Body, most)); err != nil {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			return ErrLarge
		}
		return ErrSlow
	}
	return use(buffer.Bytes())
}

// maxDrained is how much of a body that is too large is taken and thrown away after its answer, so that a client which sends all before it
// reads still gets to the answer: closing at once would reset the connection under it.
const (
	maxDrained = 64 << 20
	drainTime  = 2 * time.Second
)

// Drain takes what a client still sends of a body whose answer is written.
func Drain(w http.ResponseWriter, r *http.Request) {
	c := http.NewResponseController(w)
	if c.Flush() != nil || c.SetReadDeadline(time.Now().Add(drainTime)) != nil {
		return
	}
	_, _ = io.CopyN(io.Discard, r.Body, maxDrained)
}
