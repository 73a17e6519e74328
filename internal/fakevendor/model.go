package fakevendor

import "fmt"

// API is one way to talk to a vendor.
type API string

// The APIs, named by their last path element.
const (
	Chat      API = "chat"
	Responses API = "responses"
	Messages  API = "messages"
)

// Role is whose words a message holds.
type Role string

// The roles. Every API has its own words for them.
const (
	System Role = "system"
	User   Role = "user"
	Model  Role = "model"
	Result Role = "result"
)

// Message is one of a conversation.
type Message struct {
	Role  Role
	Text  string
	Calls []Call // of the model
	Of    string // of a result: the id of its call
}

// Call is a call of a tool. One without an id is given one.
type Call struct{ ID, Tool, Arguments string }

// Conversation is what a request says.
type Conversation struct {
	API    API
	Model  string
	Stream bool
	Tools  []string
	Said   []Message
}

// Results are what the tool has answered, in order.
func (c Conversation) Results(tool string) []string {
	var texts []string
	names := map[string]string{}
	for _, m := range c.Said {
		for _, call := range m.Calls {
			names[call.ID] = call.Tool
		}
		if m.Role == Result && names[m.Of] == tool {
			texts = append(texts, m.Text)
		}
	}
	return texts
}

// Answer is what the model says next.
type Answer struct {
	Thinking string
	Text     string
	Calls    []Call
}

// Script is what stands in for a model. It is called by many goroutines.
type Script func(Conversation) Answer

// check holds a conversation to what vendors ask: each call has one result, which comes directly after the message that makes the call. Only the
// responses API takes a result that comes later.
func (c Conversation) check() error {
	used, open := map[string]bool{}, map[string]bool{}
	for i, m := range c.Said {
		if m.Role == Result {
			if !open[m.Of] {
				return fmt.Errorf("message %d is the result of call %q, which no message before it makes", i, m.Of)
			}
			delete(open, m.Of)
			continue
		}
		if len(open) > 0 && c.API != Responses {
			break
		}
		for _, call := range m.Calls {
			if call.ID == "" || used[call.ID] {
				return fmt.Errorf("message %d makes a call with an id that is missing or used: %q", i, call.ID)
			}
			used[call.ID], open[call.ID] = true, true
		}
	}
	for id := range open {
		return fmt.Errorf("call %q has no result where it must", id)
	}
	return nil
}
