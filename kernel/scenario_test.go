package kernel_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"argus/kernel"
	. "argus/kernel/kerneltest"
	"argus/kernel/ordered"
)

// TestScenarios tells the stories of docs/protocol.md over its universe. Each file of testdata/scenarios is one run or
// several, as text: a block `world` starts over, a block `run` has a step in each line and, below, what came of it. The
// safety properties and the ghosts are checked after every step. `go test ./kernel -run Scenarios -rewrite` writes
// down what comes of changed steps.
func TestScenarios(t *testing.T) {
	datadriven.Walk(t, "testdata/scenarios", func(t *testing.T, path string) {
		var s *scenario
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			switch d.Cmd {
			case "world":
				s = &scenario{World: NewWorld(t, Universe()), agents: map[string]kernel.AgentID{"root": kernel.Root}, calls: map[string]kernel.InvocationID{}}
				return "root alone, every tool registered"
			case "theory":
				return relabelled(t, d.Input)
			case "run":
				var out strings.Builder
				for line := range strings.Lines(d.Input) {
					out.WriteString(s.tell(strings.Fields(line)) + "\n")
				}
				return out.String()
			}
			t.Fatalf("%s: no command %s", d.Pos, d.Cmd)
			return ""
		})
	})
}

// relabelled is what is wrong with the universe once a tool has another label: "recall public/untrusted".
func relabelled(t *testing.T, line string) string {
	words := strings.Fields(line)
	spec := UniverseSpec()
	for i := range spec.Tools {
		if spec.Tools[i].ID == kernel.ToolID(words[0]) {
			spec.Tools[i].Label = parseExposure(words[1])
		}
	}
	_, problems := kernel.NewTheory(spec)
	var out strings.Builder
	for _, p := range problems {
		out.WriteString("refused: " + p.String() + "\n")
	}
	if len(problems) == 0 {
		return "well formed"
	}
	return out.String()
}

// scenario is a run with the names that its text gives to agents and calls.
type scenario struct {
	*World
	agents map[string]kernel.AgentID
	calls  map[string]kernel.InvocationID
}

// options are the words of a step after its verb: "vouched", "bits=4", and so on.
type options []string

func (o options) has(word string) bool { return slices.Contains(o, word) }

func (o options) value(name string) string {
	for _, w := range o {
		if v, is := strings.CutPrefix(w, name+"="); is {
			return v
		}
	}
	return ""
}

func (o options) bits() uint64 {
	n, _ := strconv.ParseUint(o.value("bits"), 10, 64)
	return n
}

// caps are what the tools of the option require: some, or all of them.
func (o options) caps(t kernel.Theory) ordered.Set[kernel.Capability] {
	var tools []kernel.ToolID
	for tool := range t.Tools().All() {
		if o.has("tools=all") || slices.Contains(strings.Split(o.value("tools"), ","), string(tool)) {
			tools = append(tools, tool)
		}
	}
	return CapsOf(tools...)
}

// tell does one step, "AGENT VERB OBJECT OPTIONS", and says what came of it.
func (s *scenario) tell(words []string) string {
	who, verb, object, rest := s.agents[words[0]], words[1], words[2], options(words[3:])
	other := s.agents[object]
	var in kernel.Input
	switch verb {
	case "delegates":
		in = kernel.Delegate{By: who, Caps: rest.caps(s.Theory), Bits: rest.bits()}
	case "starts", "uses":
		in = Call(s.Theory, s.State, who, kernel.ToolID(object), rest.has("vouched"))
	case "completes":
		in = kernel.InvokeComplete{
			Agent: who, Invocation: s.calls[object], Outcome: kernel.Success,
			Conforms: rest.has("bounded"), Bits: rest.bits(), Slot: kernel.SlotID(rest.value("slot")),
		}
	case "returns":
		in = kernel.ReturnUnendorsed{Child: who, Parent: other}
		if rest.has("endorsed") {
			in = kernel.ReturnEndorsed{Child: who, Parent: other, Bits: rest.bits(), Slot: kernel.SlotID(rest.value("slot"))}
		}
	case "revokes":
		in = kernel.Revoke{Parent: who, Child: other}
	case "cascades":
		in = kernel.CascadeRevoke{Child: other, Parent: who}
	case "prompts":
		in = kernel.FollowUp{Parent: who, Child: other}
	case "grants":
		in = kernel.GrantCapability{Parent: who, Child: other, Capability: kernel.Capability(rest[0])}
	case "elevates":
		in = kernel.Elevate{Agent: who, Label: parseExposure(object)}
	case "approved":
		in = kernel.GrantOverride{Agent: who, Tool: kernel.ToolID(object), Arguments: Arguments, Upto: parseExposure(rest[0])}
	case "sends":
		e, _ := kernel.ParseSink(object)
		in = Egress(s.Theory, s.State, who, e, rest.has("vouched"))
	default:
		panic("no verb " + verb)
	}
	out := s.Try(in)
	said := s.said(object, out)
	if _, accepted := out.(kernel.Accepted); accepted && verb == "uses" {
		said += "; " + s.said(object, s.Try(kernel.InvokeComplete{Agent: who, Invocation: s.calls[object], Outcome: kernel.Success}))
	}
	return strings.Join(words[:3], " ") + ": " + said
}

// said tells an outcome, and gives the name of the step's object to what the step made.
func (s *scenario) said(object string, out kernel.Outcome) string {
	if refused, is := out.(kernel.Refused); is {
		return "refused by " + refused.Rule()
	}
	switch ev := out.(kernel.Accepted).Event.(type) {
	case kernel.Delegated:
		s.agents[object] = ev.Child
		return "born " + ev.Exposure.String()
	case kernel.Started:
		s.calls[object] = ev.Invocation
		if ev.Approval.Given {
			return "started, as a person approved"
		}
		return "started"
	case kernel.Completed:
		if ev.Settled {
			return "settled, withheld"
		}
		return map[bool]string{true: "released", false: "withheld"}[ev.Released] + after(ev.Exposure, ev.Spent)
	case kernel.Returned:
		return "returned" + after(ev.Exposure, ev.Spent)
	case kernel.Elevated:
		return "taken in" + after(ev.Exposure, 0)
	case kernel.Revoked:
		return fmt.Sprintf("ended, %d calls settling", ev.Settling)
	}
	return "accepted"
}

func after(x kernel.Exposure, spent uint64) string {
	if spent > 0 {
		return fmt.Sprintf(", %d bits spent, now %s", spent, x)
	}
	return ", now " + x.String()
}

func parseExposure(s string) kernel.Exposure {
	level, integrity, _ := strings.Cut(s, "/")
	l, known := kernel.ParseLevel(level)
	i, also := kernel.ParseIntegrity(integrity)
	if !known || !also {
		panic("no exposure " + s)
	}
	return kernel.Exposure{Level: l, Integrity: i}
}
