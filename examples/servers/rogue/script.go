package main

import (
	"encoding/json"
	"strings"
	"time"
)

// script plays the lines that the call's arguments hold as "script". A line is written as it is, with $id for the call's id, $token for its
// token of progress and $listen for the id of what is listened for, except these:
//
//	read       waits for the client's next answer and remembers it
//	params     remembers what the request says beside its arguments
//	cancelled  waits until a request is cancelled
//	pause      lets time pass
//	round      waits for the next request of a call that has several, which goes on here
//	reply      answers the call with all that was remembered
func script(r *rogue, m message) {
	var call struct {
		Arguments struct {
			Script []string `json:"script"`
		} `json:"arguments"`
		Meta struct {
			Token json.RawMessage `json:"progressToken"`
		} `json:"_meta"`
	}
	if err := json.Unmarshal(m.Params, &call); err != nil {
		r.text(m.ID, err.Error())
		return
	}
	lines := call.Arguments.Script
	if len(r.rest) > 0 {
		lines, r.rest = r.rest, nil
	} else {
		r.told.Reset()
	}
	fill := strings.NewReplacer("$id", string(m.ID), "$token", string(call.Meta.Token), "$listen", string(r.listens))
	for i, line := range lines {
		switch line {
		case "read":
			answer := r.await(func(m message) bool { return m.Method == "" })
			r.told.WriteString(string(answer.ID) + " result=" + string(answer.Result) + " error=" + string(answer.Error) + "\n")
		case "params":
			r.told.WriteString(beside(m) + "\n")
		case "cancelled":
			r.await(func(m message) bool { return m.Method == "notifications/cancelled" })
		case "pause":
			time.Sleep(50 * time.Millisecond)
		case "round":
			r.rest = lines[i+1:]
			return
		case "reply":
			r.text(m.ID, r.told.String())
		default:
			r.write(fill.Replace(line))
		}
	}
}

// beside is what a request says beside its arguments.
func beside(m message) string {
	var params map[string]json.RawMessage
	if err := json.Unmarshal(m.Params, &params); err != nil {
		return err.Error()
	}
	delete(params, "arguments")
	text, err := json.Marshal(params)
	if err != nil {
		panic(err) // it was read from JSON
	}
	return string(m.ID) + " " + string(text)
}

// await reads until a message is the one that is waited for. Requests that come meanwhile are served later.
func (r *rogue) await(is func(message) bool) message {
	for {
		m := r.receive()
		if is(m) {
			return m
		}
		if m.ID != nil && m.Method != "" {
			r.later = append(r.later, m)
		}
	}
}
