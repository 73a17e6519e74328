package fakevendor

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// Fault is what goes wrong with an answer. The zero value is nothing.
type Fault uint8

// The faults. Those of streams happen in place of the event [Manner.At].
const (
	Nothing  Fault = iota
	Stall          // nothing comes any more, and the connection stays
	Cut            // the connection ends in the middle of an event
	Short          // the stream ends between events, as if all had been said
	Garble         // the event is not JSON
	Twice          // the event, or the answer, says one member twice
	Huge           // the event has Size bytes
	Breakage       // the vendor reports an error in its own grammar, and the stream ends
	Page           // instead of any answer: a page of HTML, as a gateway in front of a vendor sends one
)

// Manner is how an answer is carried. The zero value streams without delay.
type Manner struct {
	Pace   time.Duration // before each event but the first
	Piece  int           // bytes of text or arguments in one event; 12 if zero
	Gzip   bool          // where the client accepts it
	Status int           // other than 200: the vendor's error of that status, with the headers
	Header http.Header   // beside the usual ones
	Fault  Fault
	At     int // counted from the end if negative
	Size   int
}

// event is one of a stream.
type event struct{ name, data string }

func (e event) append(dst []byte) []byte {
	if e.name != "" {
		dst = append(dst, "event: "+e.name+"\n"...)
	}
	return append(append(append(dst, "data: "...), e.data...), "\n\n"...)
}

// twice is what an object begins with that says one member twice.
const twice = `{"id":"one","id":"other",`

// page is what a gateway says in place of a vendor.
const page = "<!DOCTYPE html>\n<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>\n"

// carrier writes one answer.
type carrier struct {
	w      io.Writer
	flush  func() error
	manner Manner
	gone   <-chan struct{}
}

// carry begins the body of an answer. Whoever calls it ends it with the returned function.
func (m Manner) carry(w http.ResponseWriter, r *http.Request) (*carrier, func() error) {
	flusher := http.NewResponseController(w)
	c := &carrier{w: w, flush: flusher.Flush, manner: m, gone: r.Context().Done()}
	if !m.Gzip || !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		return c, func() error { return nil }
	}
	w.Header().Set("Content-Encoding", "gzip")
	packed := gzip.NewWriter(w)
	c.w = packed
	c.flush = func() error {
		if err := packed.Flush(); err != nil {
			return err
		}
		return flusher.Flush()
	}
	return c, packed.Close
}

// stream writes events, and what goes wrong with one of them. broken is what the vendor reports an error with.
func (c *carrier) stream(events []event, broken event) error {
	at := c.manner.At
	if at < 0 {
		at += len(events)
	}
	for i, e := range events {
		if i > 0 && c.manner.Pace > 0 {
			select {
			case <-time.After(c.manner.Pace):
			case <-c.gone:
				return fmt.Errorf("the client left before event %d", i)
			}
		}
		text := e.append(nil)
		if i == at {
			switch c.manner.Fault {
			case Nothing, Page:
			case Stall:
				<-c.gone
				return fmt.Errorf("the client left at event %d", i)
			case Cut:
				_, _ = c.w.Write(text[:len(text)/2])
				_ = c.flush()
				panic(http.ErrAbortHandler)
			case Short:
				return nil
			case Garble:
				text = event{e.name, e.data[:len(e.data)/2]}.append(nil)
			case Twice:
				text = event{e.name, twice + e.data[1:]}.append(nil)
			case Huge:
				padding := bytes.Repeat([]byte("x"), c.manner.Size)
				text = event{e.name, e.data[:len(e.data)-1] + `,"padding":"` + string(padding) + `"}`}.append(nil)
			case Breakage:
				text = broken.append(nil)
			}
		}
		if _, err := c.w.Write(text); err != nil {
			return err
		}
		if err := c.flush(); err != nil {
			return err
		}
		if i == at && c.manner.Fault == Breakage {
			return nil
		}
	}
	return nil
}

// pieces cuts text as a model says it.
func (m Manner) pieces(text string) []string {
	size := m.Piece
	if size == 0 {
		size = 12
	}
	var out []string
	for len(text) > 0 {
		n := min(size, len(text))
		for n < len(text) && text[n]&0xC0 == 0x80 {
			n++ // in the middle of a character
		}
		out = append(out, text[:n])
		text = text[n:]
	}
	return out
}
