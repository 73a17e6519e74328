package mcp

import "net/http"

// What streams are made of. A message is on one line, so it cannot end its event and begin another.
var (
	unbuffered = []string{"no"} // whoever stands between must not wait for more
	keepAlive  = []byte(": keep-alive\n\n")
	eventHead  = []byte("event: message\ndata: ")
	eventTail  = []byte("\n\n")
)

// openEvents begins a stream.
func (f *Front) openEvents(w http.ResponseWriter) bool {
	f.patience(w)
	h := w.Header()
	h["Content-Type"], h["Cache-Control"], h["X-Accel-Buffering"] = contentSSE, noStore, unbuffered
	w.WriteHeader(http.StatusOK)
	return http.NewResponseController(w).Flush() == nil
}

// event writes one message and reports whether the client may still be there.
func (f *Front) event(w http.ResponseWriter, message ...[]byte) bool {
	return f.send(w, append(append([][]byte{eventHead}, message...), eventTail)...)
}

// send writes a part of a stream and reports whether the client may still be there.
func (f *Front) send(w http.ResponseWriter, parts ...[]byte) bool {
	f.patience(w)
	for _, part := range parts {
		if _, err := w.Write(part); err != nil {
			return false
		}
	}
	return http.NewResponseController(w).Flush() == nil
}
