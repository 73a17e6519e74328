package main

import (
	"bytes"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"sync/atomic"
	"time"
)

// forwarder stands before Argus and adds a bearer to what comes. Host and Origin stay as they were sent: judging them is Argus's part.
type forwarder struct {
	listener net.Listener
	server   *http.Server
	token    atomic.Value // a string
}

// openForwarder takes an address before there is anything to forward to.
func openForwarder() (*forwarder, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	return &forwarder{listener: l}, nil
}

func (f *forwarder) port() int { return f.listener.Addr().(*net.TCPAddr).Port }

func (f *forwarder) origin() string { return "http://" + f.listener.Addr().String() }

// use says whose bearer is added from now on.
func (f *forwarder) use(token string) { f.token.Store(token) }

// forward begins to forward to the host of a URL. A bearer must be in use.
func (f *forwarder) forward(to string) error {
	target, err := url.Parse(to)
	if err != nil {
		return err
	}
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.Out.URL.Scheme, r.Out.URL.Host = target.Scheme, target.Host
			r.Out.Header.Set("Authorization", "Bearer "+f.token.Load().(string))
		},
		FlushInterval: -1,                         // a stream is passed on as it comes
		ErrorLog:      log.New(io.Discard, "", 0), // that a stream ends early is nothing to tell
	}
	f.server = &http.Server{ReadHeaderTimeout: 5 * time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// Read to its end first: net/http closes the body of a request that is answered before, which breaks off the forwarded one.
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxMessage))
		if err != nil {
			w.WriteHeader(http.StatusRequestEntityTooLarge)
			return
		}
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		proxy.ServeHTTP(w, r)
	})}
	go func() { _ = f.server.Serve(f.listener) }() // it ends with close
	return nil
}

func (f *forwarder) close() error {
	if f.server == nil {
		return f.listener.Close()
	}
	return f.server.Close()
}
