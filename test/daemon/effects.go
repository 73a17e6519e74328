package daemon

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"argus/internal/ijson"
)

// Effect is one call that a server was asked for, or that the journal allowed. Arguments are told by their digest.
type Effect struct{ Server, Tool, Arguments string }

// Beyond finds what was done more often than it was allowed.
func Beyond(done, allowed []Effect) (over []Effect) {
	left := map[Effect]int{}
	for _, e := range allowed {
		left[e]++
	}
	for _, e := range done {
		if left[e] == 0 {
			over = append(over, e)
			continue
		}
		left[e]--
	}
	return over
}

// Starts are the calls that steps of the journal allowed, each once.
func Starts(steps []Step) (allowed []Effect) {
	for _, s := range steps {
		if s.Do != "invoke_start" {
			continue
		}
		name, _, _ := strings.Cut(s.Input.Tool, "@")
		server, tool, _ := strings.Cut(name, "/")
		allowed = append(allowed, Effect{server, tool, s.Input.Arguments})
	}
	return allowed
}

// Flow is the tool of an effect that is none of a tool: content that went to an upstream.
const Flow = "egress"

// Flows is the content that steps of the journal let go to upstreams, each once.
func Flows(steps []Step) (allowed []Effect) {
	for _, s := range steps {
		if s.Do == "egress_check" {
			allowed = append(allowed, Effect{s.Note.Call, Flow, s.Input.Content})
		}
	}
	return allowed
}

// CallLog is where a server of this name, told by -log to keep one, can keep its own log of what it was asked for.
func (f *Folder) CallLog(server string) string {
	return f.argus.Scratch(server, "calls.jsonl")
}

// Effects reads the servers' own logs.
func (f *Folder) Effects(t testing.TB, servers ...string) (done []Effect) {
	t.Helper()
	for _, server := range servers {
		text, err := os.ReadFile(f.CallLog(server))
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(bytes.NewReader(text))
		for lines.Scan() {
			var call struct {
				Tool      string
				Arguments json.RawMessage
			}
			if err := json.Unmarshal(lines.Bytes(), &call); err != nil {
				t.Fatalf("the log of %s: %v", server, err)
			}
			arguments, err := ijson.Parse(call.Arguments, ijson.AtMost(len(call.Arguments)))
			if err != nil {
				t.Fatalf("the log of %s: %v", server, err)
			}
			done = append(done, Effect{server, call.Tool, ijson.Digest(arguments)})
		}
	}
	return done
}
