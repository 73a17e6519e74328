package oracle

import (
	"context"

	"argus/plugin/sdk"
)

// Oracle is what an author implements.
type Oracle interface {
	// Configure takes the settings; see sdk.Configurer.
	sdk.Configurer
	// Policy is the policy in force and a channel that is closed when that has changed. sdk.Latest gives both.
	Policy() (PolicyState, <-chan struct{})
	// Ask answers one question. It is called from many goroutines at once, and its ctx ends after AskTimeout: an answer after
	// that is thrown away. The same question under the same policy must get the same answer.
	Ask(ctx context.Context, q Question) Answer
}

// PolicyState is the policy in force.
type PolicyState struct {
	Digest   string // content address of everything that answers depend on, 1..128 printable bytes; empty: none is in force
	Policies int    // how many are loaded
	// Problems tell why newer content was declined. The policy of Digest stays in force meanwhile.
	Problems []sdk.Problem
}

// Question asks about one call or one egress, never both.
type Question struct {
	Agent Agent
	// About is a Call or an Egress.
	About About
	// Inspect tells whether vouching can matter. If not, Answer.Vouched is not looked at.
	Inspect bool
	// PolicyDigest is the policy that the host holds. An oracle that has another one answers by its own and says so; the host
	// then asks again.
	PolicyDigest string
}

// About is Call or Egress.
type About interface {
	about()
	// digest is what the answer is bound to.
	digest() string
}

// Call is a tool call.
type Call struct {
	Server          string
	Tool            string // the tool's name at its server
	ToolID          string // with the digest of its definition
	Arguments       Value  // the host's one strict reading
	ArgumentsDigest string
	Label           Exposure
	Sinks           []string // sorted
}

// Egress is a flow outside any tool, such as a prompt to a model vendor.
type Egress struct {
	Sink          string
	ContentDigest string
}

func (Call) about()   {}
func (Egress) about() {}

func (c Call) digest() string   { return c.ArgumentsDigest }
func (e Egress) digest() string { return e.ContentDigest }

// Agent is all that an oracle may know of an agent. What changes over an agent's life is an Attribute, and an answer that depends
// on it must list it in Read.
type Agent struct {
	ID           string
	Principal    string   // the configured name under which the agent was born
	Capabilities []string // sorted
	Exposure     Exposure
	Speculative  Exposure // exposure joined with the labels of the flights
	Depth        uint32   // edges to root
	Flights      uint32   // open flights
}

// Exposure is a level and an integrity, by their names in the protocol.
type Exposure struct {
	Level     string
	Integrity string
}

// Attribute is a property of an agent that changes.
type Attribute uint8

// The zero Attribute is none and is refused.
const (
	Capabilities Attribute = iota + 1
	ExposureNow
	Speculative
	Depth
	Flights
)

var attributeNames = map[Attribute]string{
	Capabilities: "capabilities", ExposureNow: "exposure", Speculative: "speculative", Depth: "depth", Flights: "flights",
}

// String is the attribute's name for people.
func (a Attribute) String() string {
	if name, ok := attributeNames[a]; ok {
		return name
	}
	return "unknown"
}

// Answer is what the oracle says. The zero Answer denies. Serve adds what binds it to its question.
type Answer struct {
	PolicyDigest string // of the policy that was evaluated; the author must set it
	Authorized   bool
	Vouched      bool
	Read         []Attribute // every attribute that the answer may depend on
	Reasons      []string    // for the operator, such as the policies that decided; never shown to agents
	// EvaluationError tells that a policy could not be evaluated. The answer denies then, whatever else it says.
	EvaluationError string
	LeftOut         []string // JSON Pointers of arguments that the policy language could not hold
}

// denied is a with everything denied that an evaluation error or a missing wish to inspect denies. Both sides apply it.
func (a Answer) denied(inspect bool) Answer {
	if a.EvaluationError != "" {
		a.Authorized = false
	}
	a.Vouched = a.Vouched && inspect && a.EvaluationError == ""
	return a
}
