package demo

import (
	"encoding/json"
	"fmt"
	"reflect"
)

// record is what a story did, and what it says must be found afterwards. It judges nothing.
type record struct {
	story     Story
	secret    secret
	attempts  int           // at what must not happen
	needed    []made        // calls that must have reached their server and been answered
	forbidden []call        // calls that no server may have seen
	withheld  []made        // answers that must not hold the secret
	claims    []claim       // what agents must have met at the end
	observed  []observation // what was seen from outside while it ran
	faults    []string      // what kept the story from being played as it is told
	refusals  []refusal     // as the clients were told; for people to read
}

// call is one call of a story's.
type call struct {
	tool      string
	marker    string         // in its arguments; only this story's call has it
	arguments map[string]any // all of them, where there is no marker
}

// made is a call, and the answer that the client got.
type made struct {
	call
	answer Answer
}

type claim struct{ principal, level, integrity string }

type observation struct {
	what  string
	holds bool
}

type refusal struct{ rule, reference string }

func (c call) String() string {
	if c.marker != "" {
		return fmt.Sprintf("%s (marked %s)", c.tool, c.marker)
	}
	return c.tool
}

// is tells whether a line of a server's log is of this call. The log has the server's own name of the tool.
func (c call) is(l Logged) bool {
	if server, tool := direct(c.tool); l.Server != server || l.Tool != tool {
		return false
	}
	var arguments map[string]any
	if json.Unmarshal(l.Arguments, &arguments) != nil {
		return false
	}
	if c.marker != "" {
		return arguments["marker"] == c.marker
	}
	return reflect.DeepEqual(arguments, c.arguments)
}
