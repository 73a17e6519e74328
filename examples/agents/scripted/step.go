package main

import "encoding/json"

// step is one line of the script.
type step struct {
	ID string `json:"id"`
	Do string `json:"do"` // connect, call or disconnect

	To string `json:"to,omitempty"` // name of a connection; "" is one too

	// Of connect: either URL and TokenFile, or Command. A connection of the same name is closed first.
	URL       string   `json:"url,omitempty"`
	TokenFile string   `json:"token_file,omitempty"`
	Command   []string `json:"command,omitempty"`

	// Of call.
	Tool       string         `json:"tool,omitempty"`
	Arguments  map[string]any `json:"arguments,omitempty"`
	Context    string         `json:"context,omitempty"`    // declared context to act as
	Background bool           `json:"background,omitempty"` // go on with the next step meanwhile
}

// report is the line that tells what a step brought.
type report struct {
	ID         string          `json:"id"`
	Text       string          `json:"text,omitempty"`       // the text blocks of the result
	Structured json.RawMessage `json:"structured,omitempty"` // its structured content
	Context    string          `json:"context,omitempty"`    // id of the context that the call gave birth to
	IsError    bool            `json:"is_error,omitempty"`   // the result says of itself that it is an error
	Failure    string          `json:"failure,omitempty"`    // there was no result
}
