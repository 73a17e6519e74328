package doorway

import (
	"sync"
	"time"
)

// Inside counts the requests that a door has let in, so that it can close behind the last of them. The zero value is open.
type Inside struct {
	mu     sync.Mutex // orders a request that begins with the closing of the door
	closed bool
	all    sync.WaitGroup
}

// Enter counts a request in, unless the door is closed. The caller must Leave if it is not.
func (i *Inside) Enter() bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.closed {
		return false
	}
	i.all.Add(1)
	return true
}

// Leave counts a request out.
func (i *Inside) Leave() { i.all.Done() }

// Go does something of a request that is inside, and that the door waits for as for the request.
func (i *Inside) Go(do func()) { i.all.Go(do) }

// Close lets nobody in any more.
func (i *Inside) Close() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.closed = true
}

// Wait reports whether everybody left in time. The door must be closed.
func (i *Inside) Wait(patience time.Duration) bool {
	left := make(chan struct{})
	go func() { i.all.Wait(); close(left) }()
	select {
	case <-left:
		return true
	case <-time.After(patience):
		return false
	}
}
