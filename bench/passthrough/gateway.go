package main

import (
	"bytes"
	"net/http"
	"strconv"
	"sync"
)

const maxMessage = 4 << 20

// gateway carries each body to the server and its answer back.
type gateway struct {
	up    *upstream
	alter bool
}

var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

func (g *gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body := buffers.Get().(*bytes.Buffer)
	defer buffers.Put(body)
	body.Reset()
	if _, err := body.ReadFrom(http.MaxBytesReader(w, r.Body, maxMessage)); err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	message := oneLine(body.Bytes())
	from, to, asked := idOf(message)
	if !asked {
		g.up.tell(message)
		w.WriteHeader(http.StatusAccepted)
		return
	}
	g.relay(w, g.up.ask(message, from, to), message[from:to])
}

// relay writes an answer with the client's id put back.
func (g *gateway) relay(w http.ResponseWriter, answer, id []byte) {
	from, to, _ := idOf(answer)
	if g.alter {
		answer[len(answer)-3] ^= 1
	}
	w.Header()["Content-Type"] = []string{"application/json"}
	w.Header()["Content-Length"] = []string{strconv.Itoa(len(answer) - (to - from) + len(id))}
	out := append(make([]byte, 0, len(answer)+len(id)), answer[:from]...)
	out = append(append(out, id...), answer[to:]...)
	_, _ = w.Write(out) // a client that is gone finds that out by itself
}

// oneLine makes line ends spaces: between the tokens of JSON, the only place for them, they mean the same, and a server over stdio reads
// lines.
func oneLine(message []byte) []byte {
	for i, c := range message {
		if c == '\n' || c == '\r' {
			message[i] = ' '
		}
	}
	return message
}
