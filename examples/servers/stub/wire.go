package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"sync"
)

// maxLine bounds one message of the client.
const maxLine = 16 << 20

// message is a JSON-RPC 2.0 request, or a notification when ID is absent.
type message struct {
	ID     json.RawMessage `json:"id,omitempty"`
	Method string          `json:"method"`
	Params json.RawMessage `json:"params,omitempty"`
}

// answer is a JSON-RPC 2.0 response: Result or Error.
type answer struct {
	Version string          `json:"jsonrpc"`
	ID      json.RawMessage `json:"id"`
	Result  any             `json:"result,omitempty"`
	Error   *rpcError       `json:"error,omitempty"`
}

type rpcError struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
}

func (e *rpcError) Error() string { return e.Message }

// The codes of JSON-RPC 2.0 that this server uses.
const (
	codeParse          = -32700
	codeMethodNotFound = -32601
	codeInvalidParams  = -32602
)

func invalid(message string) error { return &rpcError{codeInvalidParams, message} }

// wire reads and writes messages, one per line.
type wire struct {
	lines *bufio.Scanner
	mu    sync.Mutex // calls answer from their own goroutines
	out   io.Writer
}

func newWire(in io.Reader, out io.Writer) *wire {
	lines := bufio.NewScanner(in)
	lines.Buffer(make([]byte, 64<<10), maxLine)
	return &wire{lines: lines, out: out}
}

var errMalformed = errors.New("malformed message")

// read returns the next message, io.EOF at the end, and errMalformed for a line
// that is none; reading may then go on.
func (w *wire) read() (message, error) {
	if !w.lines.Scan() {
		if err := w.lines.Err(); err != nil {
			return message{}, err
		}
		return message{}, io.EOF
	}
	var m message
	if err := json.Unmarshal(w.lines.Bytes(), &m); err != nil {
		return message{}, errMalformed
	}
	return m, nil
}

// reply sends the result, or the error when there is one.
func (w *wire) reply(id json.RawMessage, result any, err error) {
	a := answer{Version: "2.0", ID: id, Result: result}
	if err != nil {
		var e *rpcError
		if !errors.As(err, &e) {
			e = &rpcError{codeInvalidParams, err.Error()}
		}
		a.Result, a.Error = nil, e
	}
	line, err := json.Marshal(a)
	if err != nil {
		panic(err) // every result is a value of this program's own types
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	// A client that no longer reads has ended: the next read says so.
	_, _ = w.out.Write(append(line, '\n'))
}
