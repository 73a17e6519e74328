package ledger

import (
	"encoding/json"
	"time"

	"argus/host/journal"
	"argus/kernel"
)

// Record is one thing that happened, as the journal keeps it. A step has Input and Event, a fact has Fact, a change of theory neither.
type Record struct {
	Sequence uint64
	Chain    journal.Chain // of this record and all before it
	Time     time.Time
	Theory   kernel.Digest // that judged the step, or that was adopted
	Input    kernel.Input
	Event    kernel.Event
	Note     Note
	Fact     *Fact

	kind string
}

// Note is what the host knows beside a step: facts about names that the kernel has no word for.
type Note struct {
	Principal string `json:"principal,omitempty"` // whose context a birth below root is
	Context   string `json:"context,omitempty"`   // the id by which a client names a declared context
	Returns   string `json:"returns,omitempty"`   // JSON Schema that the parent set for the child's bounded return
	Call      string `json:"call,omitempty"`      // the tool's name toward agents
	Request          // by which it was asked for, if that has a name
}

// Request names the request of a client that asked for a step, so that the answer can be given again.
type Request struct {
	AskedBy string        `json:"asked_by,omitempty"` // principal
	Key     string        `json:"key,omitempty"`      // by which the client names the request
	Content kernel.Digest `json:"content,omitempty"`  // of all that it says
}

// Fact is something that the host must remember and the kernel need not know. Kind says how to read Body.
type Fact struct {
	Kind string          `json:"kind"`
	Body json.RawMessage `json:"body"`
}
