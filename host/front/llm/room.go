package llm

import (
	"net/http"
	"sync"
)

// room bounds the bodies of all requests that are open at once, of whomever: what else a request holds is some times as much.
type room struct {
	mu   sync.Mutex
	left int64
}

// take reports whether so many bytes have room. The caller must give them back if they have.
func (r *room) take(n int64) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if n > r.left {
		return false
	}
	r.left -= n
	return true
}

func (r *room) give(n int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.left += n
}

// sizeOf is the most that a request's body can have once it is read: what it says of itself, unless that is not known or it is compressed.
func (f *Front) sizeOf(r *http.Request) int64 {
	if r.ContentLength < 0 || r.Header.Get("Content-Encoding") != "" {
		return f.MaxRequestBytes
	}
	return min(r.ContentLength, f.MaxRequestBytes)
}
