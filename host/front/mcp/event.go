package mcp

import (
	"context"
	"net/http"
	"sync"
	"time"
)

// Events of a stream. A result is on one line, so it cannot end its event and begin another.
var (
	keepAlive     = []byte(": keep-alive\n\n")
	newsTools     = news("tools")
	newsResources = news("resources")
	newsPrompts   = news("prompts")

	eventHead = []byte("event: message\ndata: ")
	eventTail = []byte("}\n\n")
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

// writeEvent answers a request with a stream of one event.
func (f *Front) writeEvent(w http.ResponseWriter, id string, a answer) {
	if f.openEvents(w) {
		f.send(w, eventHead, a.head(id), a.result, eventTail)
	}
}

// answerStream carries out a request with a stream as its answer, which shows signs of life while the request is under way.
func (f *Front) answerStream(ctx context.Context, w http.ResponseWriter, t turn) {
	if !f.openEvents(w) {
		return
	}
	rest := f.signsOfLife(w)
	defer rest()
	a := f.dispatch(ctx, t)
	rest()
	f.send(w, eventHead, a.head(t.id), a.result, eventTail)
}

// signsOfLife writes to a stream now and then, until the caller says that it is its own again.
func (f *Front) signsOfLife(w http.ResponseWriter) (rest func()) {
	stop := make(chan struct{})
	var signs sync.WaitGroup
	signs.Go(func() {
		alive := time.NewTicker(f.KeepAlive)
		defer alive.Stop()
		for {
			select {
			case <-alive.C:
				f.send(w, keepAlive)
			case <-stop:
				return
			}
		}
	})
	return sync.OnceFunc(func() {
		close(stop)
		signs.Wait()
	})
}
