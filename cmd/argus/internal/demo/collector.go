package demo

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"
)

// maxReceived bounds what the collector keeps. More than that is more than any story sends.
const maxReceived = 8 << 20

// collector stands for the world outside: an HTTP server on this machine that takes what it gets, and keeps every byte of it.
type collector struct {
	server *http.Server
	url    string

	mu       sync.Mutex
	received []*bytes.Buffer // one for each connection
	size     int
	over     bool
}

// collect opens a collector. The caller must close it.
func collect() (*collector, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("open the collector: %w", err)
	}
	c := &collector{url: "http://" + l.Addr().String() + "/"}
	c.server = &http.Server{
		Handler:           http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }),
		ReadHeaderTimeout: 5 * time.Second,
	}
	go func() { _ = c.server.Serve(taps{l, c}) }() // ends with close
	return c, nil
}

func (c *collector) close() { _ = c.server.Close() }

// bytes is all that was received. An error says that there was more than is kept, so that nothing can be said of it.
func (c *collector) bytes() ([]byte, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.over {
		return nil, errors.New("the collector received more than it keeps")
	}
	var all []byte
	for _, one := range c.received {
		all = append(append(all, one.Bytes()...), 0)
	}
	return all, nil
}

// total counts all bytes that came, kept or not.
func (c *collector) total() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.size
}

func (c *collector) tap() *bytes.Buffer {
	c.mu.Lock()
	defer c.mu.Unlock()
	one := &bytes.Buffer{}
	c.received = append(c.received, one)
	return one
}

func (c *collector) keep(one *bytes.Buffer, data []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.size += len(data); c.size > maxReceived {
		c.over = true
		return
	}
	one.Write(data)
}

// taps are connections of which every byte is kept before HTTP reads it.
type taps struct {
	net.Listener
	c *collector
}

func (t taps) Accept() (net.Conn, error) {
	conn, err := t.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return tapped{conn, t.c, t.c.tap()}, nil
}

type tapped struct {
	net.Conn
	c  *collector
	to *bytes.Buffer
}

func (t tapped) Read(p []byte) (int, error) {
	n, err := t.Conn.Read(p)
	t.c.keep(t.to, p[:n])
	return n, err
}
