package main

import (
	"bytes"
	"io"
	"os"
	"time"
)

// output are the ends of the pipes to the host, which go-plugin puts others in place of.
type output struct{ protocol, log io.Writer }

var (
	lines   = bytes.Repeat([]byte("1|1|unix|/elsewhere|grpc|\n"), 1<<10)
	endless = bytes.Repeat([]byte("x"), 1<<16)
)

// all are the pipe of the handshake, the log, and what go-plugin carries of both as a stream.
func (o output) all() []io.Writer { return []io.Writer{o.protocol, o.log, os.Stdout, os.Stderr} }

// flood fills them until it is told otherwise.
func (o output) flood(until <-chan struct{}) {
	for _, w := range o.all() {
		go func() {
			for {
				select {
				case <-until:
					_, _ = w.Write([]byte("\n"))
					return
				case <-time.After(spillEvery):
				}
				if spill(w) != nil {
					return
				}
			}
		}()
	}
}

// spillEvery leaves some of the processor to whoever reads: a pipe is full all the same, and gets a hundred times what may be logged of it.
const spillEvery = 5 * time.Millisecond

// fill writes a little more to the full pipes, as whoever prints while it works out an answer: it waits for whoever reads.
func (o output) fill() {
	for _, w := range []io.Writer{o.protocol, o.log} {
		_, _ = w.Write(lines[:1<<10])
	}
}

func spill(w io.Writer) error {
	_, err := w.Write(endless)
	if err == nil {
		_, err = w.Write(lines)
	}
	return err
}
