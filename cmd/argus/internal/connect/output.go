package connect

import (
	"io"
	"strconv"
	"sync"

	"argus/internal/ijson"
)

// output writes whole lines, one at a time. After the first that cannot be written the client is taken to be gone.
type output struct {
	mu   sync.Mutex
	out  io.Writer
	err  error
	gone func(error) // told once
}

func (o *output) line(text []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.err != nil {
		return
	}
	if _, o.err = o.out.Write(append(text, '\n')); o.err != nil {
		o.gone(o.err)
	}
}

// Codes of errors. The first three are JSON-RPC's; the last is the one by which Argus says that a part is not there.
const (
	codeParse       = -32700
	codeInvalid     = -32600
	codeUnavailable = -32010
)

// fail answers the request of an id, or no request in particular, with an error.
func (o *output) fail(id ijson.Value, code int64, text string) {
	out := append([]byte(`,"error":{"code":`), strconv.AppendInt(nil, code, 10)...)
	out = append(out, `,"message":`...)
	o.answer(id, append(ijson.AppendString(out, text), '}'))
}

// answer writes an answer to the request of an id; outcome is its last member, with the comma before it.
func (o *output) answer(id ijson.Value, outcome []byte) {
	text := "null"
	if id.Kind() != ijson.Invalid {
		text = id.Raw()
	}
	line := append([]byte(`{"jsonrpc":"2.0","id":`), text...)
	o.line(append(append(line, outcome...), '}'))
}
