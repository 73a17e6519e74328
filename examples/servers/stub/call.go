package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// startCall checks a call, logs it and runs it beside the others.
func (s *server) startCall(ctx context.Context, m message) {
	t, args, err := s.accept(m.Params)
	if err != nil {
		s.wire.reply(m.ID, nil, err)
		return
	}
	ctx, cancel := context.WithCancel(ctx)
	id := string(m.ID)
	s.mu.Lock()
	s.running[id] = cancel
	s.mu.Unlock()
	s.calls.Go(func() {
		result, err := s.run(ctx, t, args)
		s.mu.Lock()
		delete(s.running, id)
		s.mu.Unlock()
		if !errors.Is(err, context.Canceled) { // a cancelled request gets no answer
			s.wire.reply(m.ID, result, err)
		}
		cancel()
	})
}

// accept finds the tool, checks its arguments and writes the log's line.
func (s *server) accept(raw json.RawMessage) (tool, arguments, error) {
	var params struct {
		Name      string          `json:"name"`
		Arguments json.RawMessage `json:"arguments"`
	}
	if err := json.Unmarshal(raw, &params); err != nil {
		return tool{}, arguments{}, invalid("tools/call takes a name and arguments")
	}
	for _, t := range s.offered {
		if t.name != params.Name {
			continue
		}
		args, err := t.read(params.Arguments)
		if err != nil {
			return tool{}, arguments{}, err
		}
		return t, args, s.log.append(t.name, params.Arguments)
	}
	return tool{}, arguments{}, invalid("this server has no such tool")
}

// run waits as long as the call asks and plays the tool. What goes wrong in a
// tool is a result, so that a model can read it.
func (s *server) run(ctx context.Context, t tool, args arguments) (any, error) {
	if err := wait(ctx, time.Duration(args.number("delay_ms"))*time.Millisecond); err != nil {
		return nil, err
	}
	out, err := t.play(ctx, s.world, args)
	if errors.Is(err, context.Canceled) {
		return nil, err
	}
	if err != nil {
		result := textResult(err.Error())
		result["isError"] = true
		return result, nil
	}
	if t.choices == nil {
		return textResult(out), nil
	}
	structured := object{t.choiceName: out}
	result := textResult(fmt.Sprintf(`{%q:%q}`, t.choiceName, out))
	result["structuredContent"] = structured
	return result, nil
}

func textResult(text string) object {
	return object{"content": []object{{"type": "text", "text": text}}}
}

func wait(ctx context.Context, d time.Duration) error {
	if d == 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
