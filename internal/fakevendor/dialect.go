package fakevendor

import (
	"encoding/json"
	"fmt"
	"strings"
)

// dialect is the grammar of one API.
type dialect struct {
	calls   string // what the ids of calls begin with
	read    func(body []byte) (question, error)
	whole   func(turn) string
	events  func(turn) []event
	mistake func(mistake) []byte
	broken  event
}

// question is a request as it was read.
type question struct {
	Conversation
	usage    bool   // the stream is to tell it at its end
	keep     bool   // the vendor is to keep the answer
	previous string // answer to go on from
	echoed   string // members that the answer repeats
}

// turn is one answer with all that its form depends on.
type turn struct {
	question
	Answer
	serial string
	at     int64
	manner Manner
}

func (t turn) id(prefix string) string { return prefix + t.serial }

// dialectOf is that of a path. A path of no API makes mistakes in one of them all the same.
func dialectOf(path string) dialect {
	switch {
	case path == "/v1/chat/completions":
		return chat
	case path == "/v1/responses":
		return responses
	case path == "/v1/messages":
		return messages
	case strings.HasPrefix(path, "/v1/messages"):
		return dialect{mistake: messages.mistake}
	}
	return dialect{mistake: chat.mistake}
}

// text reads content that is a string, or a list of parts of which some have a text.
func text(content json.RawMessage) (string, error) {
	if len(content) == 0 || string(content) == "null" {
		return "", nil
	}
	var said string
	if json.Unmarshal(content, &said) == nil {
		return said, nil
	}
	var parts []struct{ Text string }
	if err := json.Unmarshal(content, &parts); err != nil {
		return "", fmt.Errorf("content: %w", err)
	}
	for _, p := range parts {
		said += p.Text
	}
	return said, nil
}
