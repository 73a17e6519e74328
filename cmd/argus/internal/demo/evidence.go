package demo

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
)

// Evidence is what is left after the run.
type Evidence struct {
	Received []byte              // by the collector
	Logs     []byte              // of all servers, as they wrote them
	Calls    []Logged            // that the logs tell of
	Exposure map[string]Exposure // of each principal's present context
	leaked   map[secret]bool     // secrets of which a piece is among the bytes
}

// Logged is a call that a server accepted, as it says itself.
type Logged struct {
	Server    string          `json:"-"`
	Tool      string          `json:"tool"`
	Arguments json.RawMessage `json:"arguments"`
}

// Exposure is what an agent has met.
type Exposure struct{ Level, Integrity string }

// add takes a server's log. One that does not exist is that of a server which saw no call.
func (e *Evidence) add(server, log string) error {
	data, err := os.ReadFile(log)
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read a server's log of calls: %w", err)
	}
	calls, err := readLog(server, data)
	if err != nil {
		return fmt.Errorf("read %s: %w", log, err)
	}
	e.Logs = append(append(e.Logs, data...), 0)
	e.Calls = append(e.Calls, calls...)
	return nil
}

// readLog refuses a log with a line that cannot be read: it could be of a forbidden call.
func readLog(server string, data []byte) ([]Logged, error) {
	var calls []Logged
	lines := bufio.NewScanner(bytes.NewReader(data))
	lines.Buffer(nil, len(data)+1)
	for lines.Scan() {
		one := Logged{Server: server}
		if err := json.Unmarshal(lines.Bytes(), &one); err != nil {
			return nil, fmt.Errorf("a line is no call: %w", err)
		}
		calls = append(calls, one)
	}
	return calls, lines.Err()
}

// hunt looks for the secrets in all bytes of the evidence.
func (e *Evidence) hunt(secrets []secret) {
	h := newHunter(secrets...)
	e.leaked = h.find(e.Received)
	for s := range h.find(e.Logs) {
		e.leaked[s] = true
	}
}

func (e *Evidence) saw(c call) bool {
	for _, l := range e.Calls {
		if c.is(l) {
			return true
		}
	}
	return false
}
