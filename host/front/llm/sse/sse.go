// Package sse reads server-sent events as they come, each with the bytes it came in.
//
// It decides where an event ends, by the rules of the HTML standard (section 9.2.6), and nothing else. It trusts nothing: an event is bounded,
// and what ends in the middle of one is an error and no event. Where the bytes are cut on their way changes nothing.
package sse

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"argus/internal/ijson"
)

// Event is one event, or something between events that readers pass over, such as a comment that keeps the connection alive. Its slices are
// valid until the next one is read.
type Event struct {
	Raw  []byte // as it came, with the empty line that closes it
	Name string // of its last event field; empty without one
	Data []byte // its data fields, joined by line feeds; nil without one: then it is no event
}

// Append appends an event with a name, empty for none, and JSON as its data, on one line.
func Append(dst []byte, name, json string) []byte { return frame(dst, name, OneLine(json)) }

// AppendValue is Append for what was read already. Few values need another look.
func AppendValue(dst []byte, name string, v ijson.Value) []byte {
	if v.OnOneLine() {
		return frame(dst, name, v.Raw())
	}
	return Append(dst, name, v.Raw())
}

func frame(dst []byte, name, line string) []byte {
	if name != "" {
		dst = append(append(append(dst, "event: "...), name...), '\n')
	}
	return append(append(append(dst, "data: "...), line...), "\n\n"...)
}

// OneLine is JSON that every reader takes for one line, of the same value. Some readers end lines also where Unicode does: a text of a model could
// end one event for them and begin another. Line ends proper stand between tokens alone, and Unicode's in strings alone.
func OneLine(json string) string {
	for _, end := range lineEnds {
		if strings.Contains(json, end) {
			return oneLine.Replace(json)
		}
	}
	return json
}

var (
	lineEnds = [...]string{"\n", "\r", "\u0085", "\u2028", "\u2029"}
	oneLine  = strings.NewReplacer("\n", " ", "\r", " ", "\u0085", `\u0085`, "\u2028", `\u2028`, "\u2029", `\u2029`)
)

// ErrCut says that the stream ended in the middle of an event.
var ErrCut = errors.New("the stream ended in the middle of an event")

// TooLong says that an event has more bytes than the reader takes.
type TooLong struct{ Most int }

func (e TooLong) Error() string { return fmt.Sprintf("an event has more than %d bytes", e.Most) }

// Reader reads events. It is for one goroutine.
type Reader struct {
	src  *bufio.Reader
	most int
	raw  []byte
	data []byte
	name string // of the last event that had one: most have that of the one before
	past bool   // the first line was read: only before it a byte order mark can be
}

// NewReader reads events of at most so many bytes each.
func NewReader(r io.Reader, most int) *Reader {
	return &Reader{src: bufio.NewReaderSize(r, 32<<10), most: most}
}

// Buffered reports whether the end of another event has come already: whoever flushes after each event need not yet. The beginning of one is not
// enough, since nobody knows how long the rest takes.
func (r *Reader) Buffered() bool {
	come, _ := r.src.Peek(r.src.Buffered())
	for _, end := range eventEnds {
		if bytes.Contains(come, end) {
			return true
		}
	}
	return false
}

var eventEnds = [...][]byte{[]byte("\n\n"), []byte("\n\r\n")}

// Next reads the next event. io.EOF is the end of a stream that ended between events.
func (r *Reader) Next() (Event, error) {
	r.raw, r.data = r.raw[:0], r.data[:0]
	var e Event
	sent := false
	for {
		line, err := r.line()
		switch {
		case err == io.EOF && len(r.raw) > 0:
			return Event{}, ErrCut
		case err != nil:
			return Event{}, err
		case len(line) == 0:
			e.Raw = r.raw
			if sent {
				e.Data = r.data[:len(r.data)-1]
			}
			return e, nil
		}
		name, value := field(line)
		switch string(name) {
		case "event":
			if string(value) != r.name {
				r.name = string(value)
			}
			e.Name = r.name
		case "data":
			r.data, sent = append(append(r.data, value...), '\n'), true
		}
	}
}

// field splits a line. A comment has the name "".
func field(line []byte) (name, value []byte) {
	name, value, _ = bytes.Cut(line, []byte(":"))
	return name, bytes.TrimPrefix(value, []byte(" "))
}

// line reads one line, and appends it with its end to raw. After a carriage return it waits for the byte that follows, since only that tells
// where the line ends.
func (r *Reader) line() ([]byte, error) {
	begins := len(r.raw)
	for {
		if _, err := r.src.Peek(1); err != nil {
			return nil, err
		}
		part, _ := r.src.Peek(r.src.Buffered())
		end := endOf(part)
		if end >= 0 {
			part = part[:end+1]
		}
		if len(r.raw)+len(part) > r.most {
			return nil, TooLong{r.most}
		}
		r.raw = append(r.raw, part...)
		r.src.Discard(len(part)) // they are buffered
		if end < 0 {
			continue
		}
		line := r.raw[begins : len(r.raw)-1]
		if r.raw[len(r.raw)-1] == '\r' {
			if next, err := r.src.Peek(1); err == nil && next[0] == '\n' {
				r.raw = append(r.raw, '\n')
				r.src.Discard(1)
			}
		}
		if !r.past {
			r.past = true
			line = bytes.TrimPrefix(line, []byte("\ufeff"))
		}
		return line, nil
	}
}

// endOf is where the first line of b ends, or -1.
func endOf(b []byte) int {
	end := bytes.IndexByte(b, '\n')
	if end < 0 {
		return bytes.IndexByte(b, '\r')
	}
	if cr := bytes.IndexByte(b[:end], '\r'); cr >= 0 {
		return cr
	}
	return end
}
