package mcp

import (
	"io"
	"net/http"
	"strconv"
	"time"

	"argus/internal/ijson"
)

const (
	mediaJSON = "application/json"
	mediaSSE  = "text/event-stream"
)

var contentJSON, contentSSE = []string{mediaJSON}, []string{mediaSSE}

// answer is what a request is answered with: a result, raw JSON on one line, or an error.
type answer struct {
	result []byte
	passed ijson.Value // a server's result, in place of the line, until an era has put it into its own words
	err    *rpcError
}

// plain is an answer as the era of sessions has it: a server's result as the server wrote it.
func (a answer) plain() answer {
	if a.passed.Kind() == ijson.Invalid {
		return a
	}
	return answer{result: ijson.AppendLine(nil, a.passed)}
}

// head and tail are what stands around the result in the answer to the request of that id.
func (a answer) head(id string) []byte {
	out := append(make([]byte, 0, 256), `{"jsonrpc":"2.0","id":`...)
	out = append(out, id...)
	if a.err == nil {
		return append(out, `,"result":`...)
	}
	out = append(out, `,"error":{"code":`...)
	out = strconv.AppendInt(out, a.err.code, 10)
	out = append(out, `,"message":`...)
	out = ijson.AppendString(out, a.err.text)
	if a.err.data != nil {
		out = append(append(out, `,"data":`...), a.err.data...)
	}
	return append(out, '}')
}

var tail = []byte{'}'}

// refuse answers a request that did not come to be a message. The same text goes to everyone.
func (f *Front) refuse(w http.ResponseWriter, d *denial) {
	h := w.Header()
	switch d.status {
	case http.StatusUnauthorized:
		h.Set("WWW-Authenticate", "Bearer")
	case http.StatusRequestEntityTooLarge, http.StatusRequestTimeout:
		h.Set("Connection", "close") // the rest of the body is not read
	}
	f.writeJSON(w, d.status, "null", answer{err: &d.rpcError})
}

// writeJSON writes one answer as the whole body.
func (f *Front) writeJSON(w http.ResponseWriter, status int, id string, a answer) {
	f.patience(w)
	head := a.head(id)
	h := w.Header()
	h["Content-Type"] = contentJSON
	h["Content-Length"] = []string{strconv.Itoa(len(head) + len(a.result) + len(tail))}
	h["Cache-Control"] = noStore
	w.WriteHeader(status)
	writeAll(w, head, a.result, tail)
}

// done answers with nothing but a status.
func (f *Front) done(w http.ResponseWriter, status int) {
	f.patience(w)
	w.WriteHeader(status)
}

var noStore = []string{"no-store"}

// writeAll writes the parts. That a client is gone is found out by the next write, and matters to nobody.
func writeAll(w io.Writer, parts ...[]byte) {
	for _, part := range parts {
		if _, err := w.Write(part); err != nil {
			return
		}
	}
}

// patience gives the client its time to take what is written next.
func (f *Front) patience(w http.ResponseWriter) {
	// A ResponseWriter without deadlines is a test's; net/http's has them.
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(f.WriteTimeout))
}
