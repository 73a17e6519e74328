package main

import (
	"fmt"
	"io"
)

// pending are verdicts, each of which comes when it is there.
type pending []chan verdict

func newPending(n int) pending {
	p := make(pending, n)
	for i := range p {
		p[i] = make(chan verdict, 1)
	}
	return p
}

// tell gives why there is none to those that have none.
func (p pending) tell(err error) {
	if err == nil {
		return
	}
	for _, one := range p {
		select {
		case one <- verdict{reason: "not reached: " + err.Error()}:
		default: // it has one
		}
	}
}

// report is what comes of everything.
type report struct {
	to      io.Writer
	server  []scenario
	direct  pending
	through pending
	client  []scenario
	clients pending
}

func newReport(to io.Writer, wanted required) *report {
	return &report{
		to: to, server: wanted.server, direct: newPending(len(wanted.server)), through: newPending(len(wanted.server)),
		client: wanted.client, clients: newPending(len(wanted.client)),
	}
}

// write tells it as it comes, and reports whether all is as it should be. The last line counts.
func (r *report) write() bool {
	d, a, lost := 0, 0, 0
	for i, sc := range r.server {
		direct, through := <-r.direct[i], <-r.through[i]
		r.line("server", sc, direct.word()+" directly, "+through.word()+" through Argus")
		r.notes("directly", direct)
		r.notes("through Argus", through)
		switch {
		case direct.passed && through.passed:
			d, a = d+1, a+1
		case direct.passed:
			d, lost = d+1, lost+1
		case through.passed:
			a++
		}
	}
	reached, kept := 0, 0
	for i, sc := range r.client {
		v := <-r.clients[i]
		r.line("client", sc, v.word())
		r.notes("as a client", v)
		if !v.leftOut {
			reached++
		}
		if v.passed {
			kept++
		}
	}
	fmt.Fprintf(r.to, "clients: %d of %d pass through Argus, %d left out\n", kept, reached, len(r.client)-reached)
	fmt.Fprintf(r.to, "conformance: %d pass directly, %d pass through Argus, %d lost\n", d, a, lost)
	return d == len(r.server) && a == len(r.server) && kept == reached
}

func (r *report) line(role string, sc scenario, what string) {
	fmt.Fprintf(r.to, "%s %s %-46s %s\n", role, sc.revision, sc.name, what)
}

// notes are the reasons, and what the suite would rather have.
func (r *report) notes(way string, v verdict) {
	if v.reason != "" {
		fmt.Fprintf(r.to, "    %s: %s\n", way, v.reason)
	}
	for _, w := range v.warnings {
		fmt.Fprintf(r.to, "    %s, a warning: %s\n", way, w)
	}
}

func (v verdict) word() string {
	switch {
	case v.passed:
		return "passed"
	case v.leftOut:
		return "left out"
	}
	return "failed"
}
