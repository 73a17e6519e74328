package mcp

import (
	"net"
	"net/http"
	"time"
)

// pipeWriter is a ResponseWriter over a bare connection.
type pipeWriter struct {
	conn   net.Conn
	header http.Header
}

func (w *pipeWriter) Header() http.Header {
	if w.header == nil {
		w.header = http.Header{}
	}
	return w.header
}

func (w *pipeWriter) WriteHeader(int)                     {}
func (w *pipeWriter) Write(p []byte) (int, error)         { return w.conn.Write(p) }
func (w *pipeWriter) FlushError() error                   { return nil }
func (w *pipeWriter) SetWriteDeadline(at time.Time) error { return w.conn.SetWriteDeadline(at) }
