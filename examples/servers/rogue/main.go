// Rogue is an MCP server that misbehaves in one chosen way. Tests point a client
// at it and demand that the client survives.
//
// Without a mode it is honest and echoes: each result carries the parameters of
// its call. A mode changes what happens at the start, in tools/list or in
// tools/call, and nothing else; see the tables in modes.go and lists.go.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strings"
	"time"
)

func main() {
	mode := flag.String("mode", "", "how to misbehave: "+strings.Join(modes(), ", "))
	count := flag.Int("count", 1, "how often, where a mode repeats something")
	path := flag.String("log", "", "append each call, before anything else happens, to this file")
	flag.Parse()
	if *mode != "" && !slices.Contains(modes(), *mode) {
		fmt.Fprintln(os.Stderr, "rogue: no such mode; there are", strings.Join(modes(), ", "))
		os.Exit(2)
	}
	log, err := openLog(*path)
	if err != nil {
		fmt.Fprintln(os.Stderr, "rogue:", err)
		os.Exit(1)
	}
	r := &rogue{mode: *mode, count: *count, log: log, in: bufio.NewReaderSize(os.Stdin, 64<<10), out: os.Stdout, listens: json.RawMessage("0")}
	r.serve()
}

type rogue struct {
	mode  string
	count int
	calls int // seen so far
	log   *os.File
	in    *bufio.Reader
	later []message // requests that came while something else was waited for

	discoveries int
	listened    int             // how often it was asked to be listened to
	listens     json.RawMessage // the id of what is listened for; 0 is none
	rest        []string        // of the script, for the next request
	told        strings.Builder
	out         io.Writer
}

type message struct {
	ID     json.RawMessage `json:"id"`
	Method string          `json:"method"`
	Params json.RawMessage `json:"params"`
	Result json.RawMessage `json:"result"`
	Error  json.RawMessage `json:"error"`
}

// read returns the next message and ends the process when there is none.
func (r *rogue) read() message {
	if len(r.later) > 0 {
		m := r.later[0]
		r.later = r.later[1:]
		return m
	}
	return r.receive()
}

func (r *rogue) receive() message {
	line, err := r.in.ReadBytes('\n')
	if err != nil {
		os.Exit(0)
	}
	var m message
	if err := json.Unmarshal(line, &m); err != nil {
		fmt.Fprintln(os.Stderr, "rogue: the client sent no JSON")
		os.Exit(3)
	}
	return m
}

func (r *rogue) write(line string) {
	if _, err := io.WriteString(r.out, line+"\n"); err != nil {
		os.Exit(0)
	}
}

func (r *rogue) result(id json.RawMessage, result string) {
	r.write(`{"jsonrpc":"2.0","id":` + string(id) + `,"result":` + result + `}`)
}

// text answers a call with one text.
func (r *rogue) text(id json.RawMessage, text string) {
	quoted, err := json.Marshal(text)
	if err != nil {
		panic(err) // every string has an encoding
	}
	r.result(id, `{"content":[{"type":"text","text":`+string(quoted)+`}]}`)
}

func (r *rogue) serve() {
	for {
		m := r.read()
		switch m.Method {
		case "initialize":
			r.initialize(m)
		case "ping":
			r.result(m.ID, `{}`)
		case "tools/list":
			r.list(m)
		case "tools/call":
			r.calls++
			r.note(m)
			if misbehave, ok := onCall[r.mode]; ok {
				misbehave(r, m)
			} else if _, ok := atDiscover[r.mode]; ok {
				script(r, m)
			} else {
				r.echo(m)
			}
		case "subscriptions/listen":
			r.listen(m)
		case "server/discover":
			r.discover(m)
		default:
			if m.ID != nil && m.Method != "" {
				r.noSuchMethod(m)
			}
		}
	}
}

func (r *rogue) echo(m message) {
	r.result(m.ID, `{"content":[{"type":"text","text":"echo"}],"echo":`+string(m.Params)+`}`)
}

func (r *rogue) discover(m message) {
	r.discoveries++
	if answer, ok := atDiscover[r.mode]; ok {
		answer(r, m)
		return
	}
	r.noSuchMethod(m)
}

func (r *rogue) initialize(m message) {
	if isModern(r.mode) {
		r.noSuchMethod(m)
		return
	}
	version := "2025-11-25"
	switch r.mode {
	case "hang-start":
		hang()
	case "old-version":
		version = "1999-01-01"
	}
	r.result(m.ID, `{"protocolVersion":"`+version+`","capabilities":{"tools":{"listChanged":true}},`+
		`"serverInfo":{"name":"rogue","version":"1"}}`)
	if r.mode == "deaf" {
		r.list(r.afterStart())
		hang()
	}
}

// hang waits for the end. A bare select would end the process as a deadlock.
func hang() { time.Sleep(math.MaxInt64) }

// afterStart skips to the first request that follows initialize.
func (r *rogue) afterStart() message {
	for {
		if m := r.read(); m.ID != nil {
			return m
		}
	}
}
