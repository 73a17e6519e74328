// Package doorwaytest runs doors over HTTP for their tests.
package doorwaytest

import (
	"context"
	"net"
	"net/http"
	"testing"
	"time"
)

// Serve runs a door on loopback until the test ends, and answers with its address and a client that shows bodies as they were sent.
func Serve(t testing.TB, serve func(context.Context, net.Listener) error) (address string, client *http.Client) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- serve(ctx, tight{l}) }()
	transport := &http.Transport{DisableCompression: true}
	t.Cleanup(func() {
		cancel()
		if err := <-served; err != nil {
			t.Error(err)
		}
		transport.CloseIdleConnections()
	})
	return l.Addr().String(), &http.Client{Transport: transport, Timeout: 20 * time.Second}
}

// tight makes the buffers of its connections small, so that a reader that takes nothing is soon noticed.
type tight struct{ net.Listener }

func (l tight) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err == nil {
		err = c.(*net.TCPConn).SetWriteBuffer(4 << 10)
	}
	return c, err
}
