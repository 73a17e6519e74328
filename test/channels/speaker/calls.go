package main

import (
	"encoding/json"
	"errors"
	"fmt"
)

// call carries out one of the tools: take only takes what it is given, say says the text in its result and fail in its error, tell says it by a
// notice and ask by a question in the middle, and stray by everything that belongs to no call.
func (s *speaker) call(m message) error {
	switch m.Params.Name {
	case "say":
		return s.done(m.ID, s.text)
	case "fail":
		return s.write(object{"id": m.ID, "error": object{"code": -32050, "message": s.text, "data": object{"more": s.text}}})
	case "tell":
		if err := s.tell(m); err != nil {
			return err
		}
	case "ask":
		return s.ask(m)
	case "stray":
		return s.stray(m)
	}
	if s.shifty {
		return errors.Join(s.done(m.ID, "done"), s.notify("notifications/tools/list_changed", object{}))
	}
	return s.done(m.ID, "done")
}

func (s *speaker) done(id json.RawMessage, text string) error {
	return s.result(id, object{"content": []object{{"type": "text", "text": text}}})
}

func (s *speaker) tell(m message) error {
	if m.Params.Arguments.By == "log" {
		return s.notify("notifications/message", object{"level": "error", "data": s.text})
	}
	return s.notify("notifications/progress", object{"progressToken": m.Params.Meta.Token, "progress": 1, "message": s.text})
}

// question is what is asked by a channel.
func (s *speaker) question(by string) object {
	switch by {
	case "sampling":
		return object{"method": "sampling/createMessage", "params": object{
			"maxTokens": 10, "messages": []object{{"role": "user", "content": object{"type": "text", "text": s.text}}},
		}}
	case "elicitation":
		return object{"method": "elicitation/create", "params": object{"message": s.text, "requestedSchema": object{
			"type": "object", "properties": object{"answer": object{"type": "string"}},
		}}}
	}
	return object{"method": "roots/list", "params": object{}}
}

// ask asks in the era's way. The call is answered when the question was.
func (s *speaker) ask(m message) error {
	q := s.question(m.Params.Arguments.By)
	switch {
	case !s.modern:
		id := fmt.Sprint("ask-", len(s.waiting))
		s.waiting[`"`+id+`"`] = question{m.ID}
		q["id"] = id
		return s.write(q)
	case m.Params.Responses == nil:
		return s.result(m.ID, object{"resultType": "input_required", "inputRequests": object{"q": q}, "requestState": "of the server alone"})
	}
	return s.done(m.ID, "answered")
}

// answered ends the call that asked.
func (s *speaker) answered(m message) error {
	q, ok := s.waiting[string(m.ID)]
	if !ok {
		return nil // what strayed is answered, too
	}
	return s.done(q.call, "answered")
}

// stray says the text by all that no call asked for, before and after its own answer.
func (s *speaker) stray(m message) error {
	meta := s.subscription()
	updated := object{"uri": "speak://" + s.text, "_meta": meta}
	changed := object{"note": s.text, "_meta": meta}
	request := s.notify
	if !s.modern { // in whose era no server asks
		request = func(method string, params object) error {
			return s.write(object{"id": "stray", "method": method, "params": params})
		}
	}
	return errors.Join(
		s.notify("notifications/resources/updated", updated),
		s.notify("notifications/resources/list_changed", changed),
		s.notify("notifications/prompts/list_changed", changed),
		s.notify("notifications/unheard-of", object{"text": s.text}),
		s.notify("notifications/cancelled", object{"requestId": "none", "reason": s.text}),
		request("unheard/of", object{"text": s.text}),
		s.notify("notifications/progress", object{"progressToken": s.text, "progress": 1, "message": s.text}),
		s.done(m.ID, "done"),
		s.notify("notifications/progress", object{"progressToken": m.Params.Meta.Token, "progress": 2, "message": s.text}),
		s.write(object{"id": m.ID, "result": object{"content": []object{{"type": "text", "text": s.text}}}}),
	)
}
