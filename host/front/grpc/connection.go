package grpc

import (
	"net"
	"sync"
	"time"
)

// connection is one over which requests come, and what it holds up: the places of those who asked over it, and the answers that its client has
// not taken.
type connection struct {
	net.Conn      // where the requests are read: inside of TLS
	user     *int // at the other end of a socket; nil where nobody vouches for one
	front    *Front

	mu       sync.Mutex
	silence  *time.Timer // until a first request is admitted
	askers   map[string]bool
	untaken  map[*untaken]bool
	isClosed bool
}

// untaken is an answer that waits for its client.
type untaken struct {
	over *connection
	of   *turn
	once sync.Once
}

func (f *Front) newConnection(c net.Conn, user *int) *connection {
	one := &connection{Conn: c, user: user, front: f, askers: map[string]bool{}, untaken: map[*untaken]bool{}}
	one.silence = time.AfterFunc(handshake, func() { _ = one.Close() }) // Close stops it, so it begins only once it is known
	one.silence.Reset(time.Duration(f.silence.Load()))
	return one
}

// asks counts a principal among those who ask over the connection, if it may have one more.
func (c *connection) asks(principal string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.isClosed:
		return false
	case c.askers[principal]:
		return true
	case !c.front.connections.Take(principal):
		return false
	}
	c.askers[principal] = true
	c.silence.Stop()
	return true
}

// waits keeps the turn of an answer until its client has taken it or is gone.
func (c *connection) waits(t *turn) *untaken {
	u := &untaken{over: c, of: t}
	t.hold()
	c.mu.Lock()
	c.untaken[u] = true
	gone := c.isClosed
	c.mu.Unlock()
	if gone {
		u.end()
	}
	return u
}

func (u *untaken) end() {
	u.once.Do(func() {
		u.over.mu.Lock()
		delete(u.over.untaken, u)
		u.over.mu.Unlock()
		u.of.release()
	})
}

// Get is of a pool of buffers, as which an answer hears that the transport has no more use for its bytes. Nothing is taken out of it.
func (*untaken) Get(length int) *[]byte { b := make([]byte, length); return &b }

// Put ends the wait.
func (u *untaken) Put(*[]byte) { u.end() }

// Close gives everything back.
func (c *connection) Close() error {
	c.mu.Lock()
	first := !c.isClosed
	c.isClosed = true
	c.silence.Stop()
	waiting := make([]*untaken, 0, len(c.untaken))
	for u := range c.untaken {
		waiting = append(waiting, u)
	}
	c.mu.Unlock()
	if first {
		for name := range c.askers { // nobody is added any more
			c.front.connections.Leave(name)
		}
	}
	for _, u := range waiting {
		u.end()
	}
	return c.Conn.Close()
}
