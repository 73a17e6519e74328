package socket

import (
	"errors"
	"net"
	"sync"
)

// Bounded is a listener whose connections each take a place while they are open; listeners can share the places. While none is free the
// next connection waits here, and those after it in the kernel's queue.
type Bounded struct {
	net.Listener
	places chan struct{}
	closed chan struct{}
	once   sync.Once
}

// Bound lets a listener have as many connections open as places has room for.
func Bound(l net.Listener, places chan struct{}) *Bounded {
	return &Bounded{Listener: l, places: places, closed: make(chan struct{})}
}

// Accept waits for the next connection, and for a place for it.
func (b *Bounded) Accept() (net.Conn, error) {
	c, err := b.Listener.Accept()
	if err != nil {
		return nil, err
	}
	select {
	case b.places <- struct{}{}:
		return &placed{Conn: c, leave: sync.OnceFunc(func() { <-b.places })}, nil
	case <-b.closed:
		return nil, errors.Join(net.ErrClosed, c.Close())
	}
}

// Close ends the listener, and the wait for a place.
func (b *Bounded) Close() error {
	b.once.Do(func() { close(b.closed) })
	return b.Listener.Close()
}

// placed is a connection that takes up a place until it is closed.
type placed struct {
	net.Conn
	leave func()
}

// NetConn is the connection itself.
func (p *placed) NetConn() net.Conn { return p.Conn }

// Close gives the place back.
func (p *placed) Close() error {
	defer p.leave()
	return p.Conn.Close()
}
