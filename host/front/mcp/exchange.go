package mcp

import (
	"net/http"
	"sync"
	"time"
)

// exchange is one request of an agent and its response: the answer alone or, where something is said before it, a stream that ends with
// the answer. Whoever makes one must end it before the handler of the request returns; what is written later is dropped.
//
// It waits for a client WriteTimeout at most. A client that took nothing for so long is gone: net/http then cancels the request.
type exchange struct {
	f     *Front
	w     http.ResponseWriter
	id    string // of the request, as it was written; null for a message that is none
	takes forms

	mu    sync.Mutex // a sign of life never stands within a message
	state phase
	life  sync.WaitGroup
	rest  chan struct{} // closed when signs of life are to end; nil before the stream begins
}

// phase is how far a response is.
type phase uint8

const (
	nothing   phase = iota // is written, so the answer can be the whole body
	streaming              // the answer will be the last event
	over                   // the answer is written, or nobody is there to read it
)

// tell writes one message, which is on one line, before the answer, and reports whether the client may have got it. A client that takes
// no stream gets none, and neither does one whose request was answered.
func (x *exchange) tell(message []byte) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.begin() && x.event(message)
}

// stream begins the stream before there is anything to say, for a client that takes nothing else.
func (x *exchange) stream() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.begin()
}

// end writes the answer. Of several only the first is written.
func (x *exchange) end(a answer) { x.finish(http.StatusOK, a) }

// refuse answers with an error that the HTTP status tells as well, unless the stream has begun.
func (x *exchange) refuse(d *denial) { x.finish(d.status, answer{err: &d.rpcError}) }

func (x *exchange) finish(status int, a answer) {
	x.mu.Lock()
	switch {
	case x.state == nothing && (x.takes.json || status != http.StatusOK):
		x.f.writeJSON(x.w, status, x.id, a)
	case x.begin():
		x.event(a.head(x.id), a.result, tail)
	}
	x.state = over
	x.mu.Unlock()
	x.leave()
}

// leave ends a response that has no answer, or has it already.
func (x *exchange) leave() {
	x.mu.Lock()
	x.state = over
	rest := x.rest
	x.rest = nil
	x.mu.Unlock()
	if rest != nil {
		close(rest)
		x.life.Wait()
	}
}

// begin turns the response into a stream, if it is none yet and the client takes one. The caller holds the lock.
func (x *exchange) begin() bool {
	if x.state == nothing && x.takes.sse {
		x.state = streaming
		if x.f.openEvents(x.w) {
			rest := make(chan struct{})
			x.rest = rest
			x.life.Go(func() { x.live(rest) })
		} else {
			x.state = over
		}
	}
	return x.state == streaming
}

// event writes one event of the stream. The caller holds the lock.
func (x *exchange) event(message ...[]byte) bool {
	if !x.f.event(x.w, message...) {
		x.state = over
	}
	return x.state == streaming
}

// live writes to the stream now and then, so that neither end takes the other for gone.
func (x *exchange) live(rest <-chan struct{}) {
	alive := time.NewTicker(x.f.KeepAlive)
	defer alive.Stop()
	for {
		select {
		case <-alive.C:
			x.sign()
		case <-rest:
			return
		}
	}
}

func (x *exchange) sign() {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.state == streaming && !x.f.send(x.w, keepAlive) {
		x.state = over
	}
}
