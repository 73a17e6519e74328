package main

import (
	"bytes"
	"io"
	"os"
)

// output are the ends of the pipes to the host, which go-plugin puts others in place of.
type output struct{ protocol, log io.Writer }

// flood fills, until it is told otherwise: the pipe of the handshake, the log, and what go-plugin carries of both as a stream.
func (o output) flood(until <-chan struct{}) {
	lines := bytes.Repeat([]byte("1|1|unix|/elsewhere|grpc|\n"), 1<<10)
	endless := bytes.Repeat([]byte("x"), 1<<16)
	for _, w := range []io.Writer{o.protocol, o.log, os.Stdout, os.Stderr} {
		go func() {
			for {
				select {
				case <-until:
					_, _ = w.Write([]byte("\n"))
					return
				default:
				}
				if _, err := w.Write(endless); err != nil {
					return
				}
				if _, err := w.Write(lines); err != nil {
					return
				}
			}
		}()
	}
}
