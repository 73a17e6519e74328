// Speaker is an MCP server for the judge of channels. It says one text by every channel that there is, when it is told to, and keeps every byte
// that reaches it in a log: what is not in there did not get out.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
)

func main() {
	modern := flag.Bool("modern", false, "speak 2026-07-28 instead of 2025-11-25")
	shifty := flag.Bool("shifty", false, "say the text in the tools' descriptions once a tool was called")
	text := flag.String("say", "", "the text")
	log := flag.String("log", "heard.log", "the file of what is heard")
	flag.Parse()
	heard, err := os.OpenFile(*log, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		fmt.Fprintln(os.Stderr, "speaker:", err)
		os.Exit(1)
	}
	s := &speaker{text: *text, modern: *modern, shifty: *shifty, heard: heard, in: bufio.NewReader(os.Stdin), out: os.Stdout, waiting: map[string]question{}}
	if err := s.serve(); err != nil {
		fmt.Fprintln(os.Stderr, "speaker:", err)
		os.Exit(1)
	}
}

type speaker struct {
	text           string
	modern, shifty bool
	heard          io.Writer
	in             *bufio.Reader
	out            io.Writer

	called  bool                // a tool was
	waiting map[string]question // by the id of our question: the call that asked it
	listen  json.RawMessage     // the id of what is listened for
}

// question is what a call of ask waits for.
type question struct{ call json.RawMessage }

type message struct {
	ID     json.RawMessage `json:"id"`
	Method string          `json:"method"`
	Params struct {
		Name      string `json:"name"`
		Arguments struct {
			By string `json:"by"`
		} `json:"arguments"`
		Responses json.RawMessage `json:"inputResponses"`
		Meta      struct {
			Token json.RawMessage `json:"progressToken"`
		} `json:"_meta"`
	} `json:"params"`
}

// object is one of JSON.
type object = map[string]any

// serve answers until its input ends.
func (s *speaker) serve() error {
	for {
		line, err := s.in.ReadBytes('\n')
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if _, err := s.heard.Write(line); err != nil {
			return err
		}
		var m message
		if err := json.Unmarshal(line, &m); err != nil {
			return fmt.Errorf("a line is no message: %w", err)
		}
		if err := s.take(m); err != nil {
			return err
		}
	}
}

func (s *speaker) take(m message) error {
	switch {
	case m.Method == "":
		return s.answered(m)
	case m.ID == nil:
		return nil
	case m.Method == "subscriptions/listen":
		s.listen = m.ID
		return s.notify("notifications/subscriptions/acknowledged", object{"_meta": s.subscription(), "notifications": object{
			"toolsListChanged": true, "promptsListChanged": true, "resourcesListChanged": true,
		}})
	case m.Method == "tools/call":
		s.called = true
		return s.call(m)
	}
	if answer, ok := s.offered(m.Method); ok {
		return s.result(m.ID, answer)
	}
	return s.write(object{"id": m.ID, "error": object{"code": -32601, "message": "there is no such method"}})
}

func (s *speaker) subscription() object {
	return object{"io.modelcontextprotocol/subscriptionId": s.listen}
}

func (s *speaker) result(id json.RawMessage, result object) error {
	if s.modern && result["resultType"] == nil {
		result["resultType"] = "complete"
	}
	return s.write(object{"id": id, "result": result})
}

func (s *speaker) notify(method string, params object) error {
	return s.write(object{"method": method, "params": params})
}

func (s *speaker) write(m object) error {
	m["jsonrpc"] = "2.0"
	return json.NewEncoder(s.out).Encode(m)
}
