package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"sync"
)

const protocolVersion = "2025-11-25"

// server answers one client. Calls run concurrently, everything else in order.
type server struct {
	wire    *wire
	offered []tool
	world   *world
	log     *callLog

	calls   sync.WaitGroup
	mu      sync.Mutex
	running map[string]context.CancelFunc // by the request's id
}

func newServer(in io.Reader, out io.Writer, offered []tool, w *world, log *callLog) *server {
	return &server{
		wire: newWire(in, out), offered: offered, world: w, log: log,
		running: make(map[string]context.CancelFunc),
	}
}

// serve answers until the client closes its end, which cancels the calls that
// still run.
func (s *server) serve(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	defer s.calls.Wait()
	defer stop()
	for {
		m, err := s.wire.read()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.Is(err, errMalformed):
			s.wire.reply(json.RawMessage("null"), nil, &rpcError{codeParse, "one JSON-RPC message per line"})
		case err != nil:
			return err
		case m.ID == nil:
			s.notified(m)
		case m.Method == "tools/call":
			s.startCall(ctx, m)
		default:
			result, err := s.request(m)
			s.wire.reply(m.ID, result, err)
		}
	}
}

func (s *server) request(m message) (any, error) {
	switch m.Method {
	case "initialize":
		return s.initialize(), nil
	case "ping":
		return object{}, nil
	case "tools/list":
		return s.listTools(), nil
	case "prompts/list":
		return object{"prompts": []object{briefing}}, nil
	case "prompts/get":
		return getPrompt(m.Params)
	case "resources/list":
		return object{"resources": []object{about}}, nil
	case "resources/templates/list":
		return object{"resourceTemplates": []object{}}, nil
	case "resources/read":
		return readResource(m.Params)
	default:
		return nil, &rpcError{codeMethodNotFound, "this server has no such method"}
	}
}

// object is a JSON object of fixed shape.
type object = map[string]any

func (s *server) initialize() object {
	return object{
		"protocolVersion": protocolVersion,
		"capabilities":    object{"tools": object{}, "prompts": object{}, "resources": object{}},
		"serverInfo":      object{"name": "stub", "title": "Story tools", "version": "1.0.0"},
	}
}

func (s *server) listTools() object {
	list := make([]object, len(s.offered))
	for i, t := range s.offered {
		list[i] = t.definition()
	}
	return object{"tools": list}
}

// notified knows one notification: a cancelled call stops waiting.
func (s *server) notified(m message) {
	var params struct {
		RequestID json.RawMessage `json:"requestId"`
	}
	if m.Method != "notifications/cancelled" || json.Unmarshal(m.Params, &params) != nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if cancel, ok := s.running[string(params.RequestID)]; ok {
		cancel()
	}
}
