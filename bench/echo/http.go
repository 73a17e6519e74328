package main

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// serveHTTP serves until the process is ended.
func serveHTTP(address string, told io.Writer) error {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	fmt.Fprintf(told, "http://%s/mcp\n", l.Addr())
	server := &http.Server{Handler: http.HandlerFunc(answerHTTP), ReadHeaderTimeout: 5 * time.Second}
	return server.Serve(l)
}

var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// answerHTTP answers one message.
func answerHTTP(w http.ResponseWriter, r *http.Request) {
	body := buffers.Get().(*bytes.Buffer)
	defer buffers.Put(body)
	body.Reset()
	if _, err := body.ReadFrom(http.MaxBytesReader(w, r.Body, maxMessage)); err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	answer := appendAnswer(nil, body.Bytes())
	if len(answer) == 0 {
		w.WriteHeader(http.StatusAccepted)
		return
	}
	w.Header()["Content-Type"] = []string{"application/json"}
	w.Header()["Content-Length"] = []string{strconv.Itoa(len(answer))}
	_, _ = w.Write(answer) // a client that is gone finds that out by itself
}
