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
	header http.Header // of the vendor's latest round, as it goes on
	held   []byte      // not shown yet
	begun  bool        // the status is written
	over   bool        // all is written, or nobody is there to read it
}

// event adds what add makes of one event, and shows it if the answer is live. more says that another event is there already.
func (o *output) event(live, more bool, add func([]byte) ([]byte, error)) *wire.Failure {
	held, err := add(o.held)
	if err != nil {
		return o.x.f.failed(err)
	}
	switch {
	case len(held) > maxHeld:
		return o.x.f.failed(wire.Broken{What: "it is larger than Argus keeps back"})
	case o.x.showsKey(held):
		return o.x.f.failed(brokenKey)
	}
	o.held = held
	if !live {
		return nil
	}
	return o.show(!more)
}

// show writes what is held of a stream.
func (o *output) show(flush bool) *wire.Failure {
	if len(o.held) == 0 && !(flush && o.begun) {
		return nil
	}
	c := http.NewResponseController(o.x.w)
	_ = c.SetWriteDeadline(o.x.f.deadline())
	if !o.begun {
		o.begin(http.StatusOK, mediaSSE)
	}
	_, err := o.x.w.Write(o.held)
	o.held = o.held[:0]
	if err == nil && flush {
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
		return o.show(true)
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
	_ = o.show(true) // whoever is gone needs no error
	return nil
}
