package main

import (
	"encoding/json"
	"strings"
	"time"
)

// script plays the lines that the call's arguments hold as "script". A line is written as it is, with $id for the call's id, $token for its
// token of progress and $state for the state that came with it, except these: "read" waits for the client's next answer and remembers it,
// "cancelled" waits until a request is cancelled, "reply" answers the call with all that was remembered, "pause" lets time pass.
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
	fill := strings.NewReplacer("$id", string(m.ID), "$token", string(call.Meta.Token))
	var told strings.Builder
	for _, line := range call.Arguments.Script {
		switch line {
		case "read":
			answer := r.await(func(m message) bool { return m.Method == "" })
			told.WriteString(string(answer.ID) + " result=" + string(answer.Result) + " error=" + string(answer.Error) + "\n")
		case "cancelled":
			r.await(func(m message) bool { return m.Method == "notifications/cancelled" })
		case "reply":
			r.text(m.ID, told.String())
		case "pause":
			time.Sleep(50 * time.Millisecond)
		default:
			r.write(fill.Replace(line))
		}
	}
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
