package main

import (
	"encoding/json"
	"fmt"
	"os"
)

// openLog opens the file in which this server, too, is honest; none is none.
func openLog(path string) (*os.File, error) {
	if path == "" {
		return nil, nil
	}
	return os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
}

// note writes the call as one line, {"tool": ..., "arguments": ...}. A call that cannot be noted ends the process.
func (r *rogue) note(m message) {
	if r.log == nil {
		return
	}
	var call struct {
		Name      string          `json:"name"`
		Arguments json.RawMessage `json:"arguments"`
	}
	if err := json.Unmarshal(m.Params, &call); err != nil {
		fmt.Fprintln(os.Stderr, "rogue: a call without a name and arguments")
		os.Exit(3)
	}
	if _, err := fmt.Fprintf(r.log, `{"tool":%q,"arguments":%s}`+"\n", call.Name, call.Arguments); err != nil {
		os.Exit(1)
	}
}
