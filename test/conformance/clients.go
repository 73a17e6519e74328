package main

import (
	"context"
	"os"
	"strings"
	"sync"
)

// leftOut are the client scenarios that say nothing about Argus, and why.
var leftOut = map[string]string{
	"sse-retry":                 "it is about resuming a stream of HTTP",
	"http-standard-headers":     "it is about headers of HTTP",
	"http-custom-headers":       "it is about headers of HTTP",
	"http-invalid-tool-headers": "it is about headers of HTTP, which other transports may ignore",
}

const noHTTP = ": Argus speaks to servers over standard streams, so the bridge would be judged and not Argus"

// judgeClient has Argus judged as a client: the suite is the server, and Argus runs a bridge to it. Each run is a whole installation.
func (r *report) judgeClient(ctx context.Context, o options, s suite) {
	self, err := os.Executable()
	command := strings.Join([]string{self, "-programs", o.programs, "client"}, " ")
	turns := make(chan int)
	var judges sync.WaitGroup
	for range 2 {
		judges.Go(func() {
			for i := range turns {
				r.clients[i] <- o.repeat(func() verdict { return s.client(ctx, r.client[i], command) })
			}
		})
	}
	for i, sc := range r.client {
		switch why, left := leftOut[sc.name]; {
		case left:
			r.clients[i] <- verdict{leftOut: true, reason: why + noHTTP}
		case err != nil:
			r.clients[i] <- verdict{reason: "not reached: " + err.Error()}
		default:
			turns <- i
		}
	}
	close(turns)
	judges.Wait()
}
