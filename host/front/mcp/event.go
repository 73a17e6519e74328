package mcp

import "net/http"

// Events of a stream. A result is on one line, so it cannot end its event and begin another.
var (
	keepAlive     = []byte(": keep-alive\n\n")
	newsTools     = news("tools")
	newsResources = news("resources")
	newsPrompts   = news("prompts")

	eventHead = []byte("event: message\ndata: ")
	eventTail = []byte("\n\n")
)

func news(list string) []byte {
	return []byte("event: message\ndata: " + `{"jsonrpc":"2.0","method":"notifications/` + list + `/list_changed"}` + "\n\n")
}

// openEvents begins a stream.
func (f *Front) openEvents(w http.ResponseWriter) bool {
	f.patience(w)
	h := w.Header()
	h["Content-Type"], h["Cache-Control"] = contentSSE, noStore
	w.WriteHeader(http.StatusOK)
	return http.NewResponseController(w).Flush() == nil
}

// send writes one event and reports whether the client may still be there.
func (f *Front) send(w http.ResponseWriter, parts ...[]byte) bool {
	f.patience(w)
	for _, part := range parts {
		if _, err := w.Write(part); err != nil {
			return false
		}
	}
	return http.NewResponseController(w).Flush() == nil
}
