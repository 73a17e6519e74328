package mcp

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"sync"
	"time"

	"argus/host/identity"
)

// receive reads the message, or says why there is none.
func (f *Front) receive(w http.ResponseWriter, r *http.Request, g identity.Grant) (message, bool) {
	if !f.reading.Take(g.Principal.Name) {
		f.refuse(w, deniedMany)
		return message{}, false
	}
	defer f.reading.Leave(g.Principal.Name)
	m, denied := f.read(w, r)
	if denied != nil {
		f.refuse(w, denied)
	}
	if denied == deniedLarge {
		f.drain(w, r)
	}
	return m, denied == nil
}

// maxDrained is how much of a body that is too large is taken and thrown away after its answer, so that a client which sends all before it
// reads still gets to the answer: closing at once would reset the connection under it.
const (
	maxDrained = 64 << 20
	drainTime  = 2 * time.Second
)

func (f *Front) drain(w http.ResponseWriter, r *http.Request) {
	c := http.NewResponseController(w)
	if c.Flush() != nil || c.SetReadDeadline(time.Now().Add(drainTime)) != nil {
		return
	}
	_, _ = io.CopyN(io.Discard, r.Body, maxDrained)
}

// bodies are buffers for reading. What was read is copied by the parse.
var bodies = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// maxTrusted is how much room is made for a body on its sender's word; maxKept is the largest buffer that is kept for the next request.
const (
	maxTrusted = 256 << 10
	maxKept    = 512 << 10
)

// read reads the body within its limit and its time.
func (f *Front) read(w http.ResponseWriter, r *http.Request) (message, *denial) {
	if r.ContentLength > f.MaxRequestBytes {
		return message{}, deniedLarge
	}
	// It ends with the body: net/http takes it back when it begins to wait for the client to go away.
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(f.BodyTimeout))
	buffer := bodies.Get().(*bytes.Buffer)
	defer func() {
		if buffer.Cap() <= maxKept {
			buffer.Reset()
			bodies.Put(buffer)
		}
	}()
	buffer.Grow(int(max(0, min(r.ContentLength, maxTrusted))) + bytes.MinRead)
	if _, err := buffer.ReadFrom(http.MaxBytesReader(w, r.Body, f.MaxRequestBytes)); err != nil {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			return message{}, deniedLarge
		}
		return message{}, deniedSlow
	}
	m, wrong := readMessage(buffer.Bytes())
	if wrong != nil {
		return message{}, &denial{http.StatusBadRequest, *wrong}
	}
	return m, nil
}
