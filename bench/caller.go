package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// caller is one client with a connection and a session of its own, as thin as net/http allows.
type caller struct {
	client  *http.Client
	url     string
	headers http.Header
	message []byte // of the last call
	want    []byte
	got     bytes.Buffer
}

var errBytes = errors.New("the answer is not the bytes that the server gave")

func newCaller(url, token string) *caller {
	c := &caller{
		client: &http.Client{
			Transport: &http.Transport{MaxConnsPerHost: 1, MaxIdleConnsPerHost: 1, DisableCompression: true},
			Timeout:   30 * time.Second,
		},
		url: url,
		headers: http.Header{
			"Content-Type": {"application/json"}, "Accept": {"application/json, text/event-stream"}, "User-Agent": {"argus-bench"},
		},
	}
	if token != "" {
		c.headers["Authorization"] = []string{"Bearer " + token}
	}
	return c
}

// open begins a session.
func (c *caller) open() error {
	const hello = `{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},` +
		`"clientInfo":{"name":"bench","version":"1"}}}`
	header, err := c.send([]byte(hello), http.StatusOK)
	if err != nil {
		return err
	}
	if session := header.Get("Mcp-Session-Id"); session != "" {
		c.headers["Mcp-Session-Id"] = []string{session}
	}
	c.headers["Mcp-Protocol-Version"] = []string{"2025-11-25"}
	_, err = c.send([]byte(`{"jsonrpc":"2.0","method":"notifications/initialized"}`), http.StatusAccepted)
	return err
}

// call makes one call and holds its answer to the byte to what it must be.
func (c *caller) call(tool string, serial uint64) error {
	c.message = appendCall(c.message[:0], tool, serial)
	c.want = appendEcho(c.want[:0], serial)
	if _, err := c.send(c.message, http.StatusOK); err != nil {
		return err
	}
	if !bytes.Equal(c.got.Bytes(), c.want) {
		return fmt.Errorf("call %d: %w: %.300s", serial, errBytes, c.got.Bytes())
	}
	return nil
}

// send posts one message and reads its answer into got.
func (c *caller) send(message []byte, want int) (http.Header, error) {
	r, err := http.NewRequest(http.MethodPost, c.url, bytes.NewReader(message))
	if err != nil {
		return nil, err
	}
	r.Header = c.headers
	answer, err := c.client.Do(r)
	if err != nil {
		return nil, err
	}
	c.got.Reset()
	_, err = c.got.ReadFrom(io.LimitReader(answer.Body, 16<<20))
	if err = errors.Join(err, answer.Body.Close()); err != nil {
		return nil, err
	}
	if answer.StatusCode != want {
		return nil, fmt.Errorf("%s answered with status %d: %.300s", c.url, answer.StatusCode, c.got.Bytes())
	}
	return answer.Header, nil
}

func (c *caller) close() { c.client.CloseIdleConnections() }
