package main

import (
	"encoding/json"
	"fmt"
	"os"
	"sync"
)

// callLog is the server's own memory of what it was asked: a file of lines
// {"tool": ..., "arguments": ...}.
type callLog struct {
	mu   sync.Mutex
	file *os.File
}

// append writes the call before it is played. A call that cannot be logged is
// refused.
func (l *callLog) append(tool string, arguments json.RawMessage) error {
	if len(arguments) == 0 {
		arguments = json.RawMessage("{}")
	}
	line, err := json.Marshal(struct {
		Tool      string          `json:"tool"`
		Arguments json.RawMessage `json:"arguments"`
	}{tool, arguments})
	if err != nil {
		return fmt.Errorf("encode the log's line: %w", err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, err := l.file.Write(append(line, '\n')); err != nil {
		return fmt.Errorf("write the log of calls: %w", err)
	}
	return nil
}
