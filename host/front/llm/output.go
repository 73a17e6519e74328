package llm

import (
	"net/http"
	"strconv"

	"argus/host/front/llm/wire"
)

// output is what the client gets.
type output struct {
	x      *exchange
	stream bool
	live   bool        // what is held of a stream may be shown
	header http.Header // of the vendor's latest round, as it goes on
	made   []byte      // of one event, until it is held
	held   []byte      // not shown yet
	begun  bool        // the status is written
	over   bool        // all is written, or nobody is there to read it
}

// event holds what add makes of one event, which is a number of whole events or nothing.
func (o *output) event(add func([]byte) ([]byte, error)) *wire.Failure {
	made, err := add(o.made[:0])
	switch {
	case err != nil:
		return o.x.f.failed(err)
	case len(o.held)+len(made) > maxHeld:
		return o.x.f.failed(wire.Broken{What: "it is larger than Argus keeps back"})
	}
	o.made, o.held = made, append(o.held, made...)
	return nil
}

// show has the client read what is held of a stream, if it may be shown. Whoever is about to wait for anything calls it before. The vendor's key has
// no line end in it, so that it stands in one event or in none.
func (o *output) show() *wire.Failure {
	switch {
	case !o.live || len(o.held) == 0:
		return nil
	case o.x.showsKey(o.held):
		o.held = o.held[:0]
		return o.x.f.failed(brokenKey)
	}
	c := http.NewResponseController(o.x.w)
	_ = c.SetWriteDeadline(o.x.f.deadline())
	if !o.begun {
		o.begin(http.StatusOK, mediaSSE)
	}
	_, err := o.x.w.Write(o.held)
	o.held = o.held[:0]
	if err == nil {
		err = c.Flush()
	}
	if err != nil {
		return o.gone()
	}
	return nil
}

// gone is the end of an answer that nobody reads.
func (o *output) gone() *wire.Failure {
	o.over = true
	return failedClient
}

func (o *output) begin(status int, media string) {
	o.begun = true
	h := o.x.w.Header()
	for name, values := range o.header {
		h[name] = values
	}
	h["Content-Type"], h["Cache-Control"] = []string{media}, []string{"no-store"}
	o.x.w.WriteHeader(status)
}

// finish writes the last of the answer.
func (o *output) finish(last []byte) *wire.Failure {
	o.held = append(o.held, last...)
	if o.stream {
		o.live = true
		return o.show()
	}
	return o.one(http.StatusOK, o.held)
}

// one writes all of an answer that is not streamed.
func (o *output) one(status int, body []byte) *wire.Failure {
	o.x.w.Header()["Content-Length"] = []string{strconv.Itoa(len(body))}
	_ = http.NewResponseController(o.x.w).SetWriteDeadline(o.x.f.deadline())
	o.begin(status, mediaJSON)
	if _, err := o.x.w.Write(body); err != nil {
		return o.gone()
	}
	return nil
}

// relay writes the vendor's own error, where nothing is written yet. It gives what is said where something is.
func (o *output) relay(failure *wire.Failure, body []byte) *wire.Failure {
	if !o.begun {
		_ = o.one(failure.Status, body)
		o.over = true
	}
	return failure
}

// fail ends the answer with an error: the last event of a stream that has begun, or what the caller is to answer with.
func (o *output) fail(failure *wire.Failure) *wire.Failure {
	switch {
	case o.over:
		return nil
	case !o.begun:
		return failure
	}
	o.held = append(o.held[:0], o.x.format.FailureEvent(*failure)...)
	_ = o.show() // whoever is gone needs no error
	return nil
}
