package ledger

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"argus/kernel"
	"argus/kernel/ordered"
)

const (
	kindStep   = "step"
	kindFact   = "fact"
	kindTheory = "theory"
)

// line is a record as it stands in the journal. Input and event of a step are kept whole: the input to replay it, the event to see that
// the replay came out the same.
type line struct {
	Kind   string          `json:"kind"`
	Time   int64           `json:"time"` // nanoseconds since 1970, UTC
	Theory kernel.Digest   `json:"theory,omitempty"`
	Do     string          `json:"do,omitempty"` // the transition
	Input  json.RawMessage `json:"input,omitempty"`
	Event  json.RawMessage `json:"event,omitempty"`
	Note   *Note           `json:"note,omitempty"`
	Fact   *Fact           `json:"fact,omitempty"`
}

// decoded is a record read back, with the event still as it was kept.
type decoded struct {
	Record
	event []byte
}

func encode(r Record) []byte {
	l := line{Kind: r.kind, Time: r.Time.UnixNano(), Theory: r.Theory, Fact: r.Fact}
	if r.Input != nil {
		var input any
		l.Do, input = inputWire(r.Input)
		l.Input, l.Event = must(input), must(eventWire(r.Event))
	}
	if r.Note != (Note{}) {
		l.Note = &r.Note
	}
	return must(l)
}

// must encodes a wire struct of this package: plain fields and text forms, which cannot fail.
func must(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("ledger: a record does not encode: %v", err))
	}
	return b
}

func decode(payload []byte) (*decoded, error) {
	var l line
	if err := strict(payload, &l); err != nil {
		return nil, fmt.Errorf("read record: %w", err)
	}
	r := &decoded{event: l.Event}
	r.kind, r.Theory, r.Fact, r.Time = l.Kind, l.Theory, l.Fact, time.Unix(0, l.Time)
	if l.Note != nil {
		r.Note = *l.Note
	}
	switch l.Kind {
	case kindTheory:
		return r, nil
	case kindFact:
		if l.Fact == nil {
			return nil, fmt.Errorf("a fact record without a fact")
		}
		return r, nil
	case kindStep:
		in, err := readInput(l.Do, l.Input)
		if err != nil {
			return nil, fmt.Errorf("read %.40q: %w", l.Do, err)
		}
		r.Input = in
		return r, nil
	}
	return nil, fmt.Errorf("no such kind of record: %.40q", l.Kind)
}

func (r *decoded) sameEvent(e kernel.Event) bool { return bytes.Equal(r.event, must(eventWire(e))) }

func strict(b []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	return d.Decode(v)
}

// The wire forms of inputs. Those that need no form of their own are kept as they are.
type (
	delegateWire struct {
		By   kernel.AgentID      `json:"by"`
		Caps []kernel.Capability `json:"caps"`
		Bits uint64              `json:"bits"`
	}
	childWire struct {
		Parent kernel.AgentID `json:"parent"`
		Child  kernel.AgentID `json:"child"`
	}
	startWire struct {
		Agent      kernel.AgentID `json:"agent"`
		Tool       kernel.ToolID  `json:"tool"`
		Arguments  kernel.Digest  `json:"arguments"`
		Label      exposureText   `json:"label"`
		Sinks      sinksText      `json:"sinks"`
		Authorized bool           `json:"authorized"`
		Vouched    bool           `json:"vouched"`
		Policy     kernel.Digest  `json:"policy"`
		Reading    readingWire    `json:"reading"`
	}
	completeWire struct {
		Agent      kernel.AgentID      `json:"agent"`
		Invocation kernel.InvocationID `json:"invocation"`
		Outcome    endingText          `json:"outcome"`
		Conforms   bool                `json:"conforms,omitempty"`
		Bits       uint64              `json:"bits,omitempty"`
		Slot       kernel.SlotID       `json:"slot,omitempty"`
		Raised     *exposureText       `json:"raised,omitempty"`
	}
	returnWire struct {
		childWire
		Bits uint64        `json:"bits"`
		Slot kernel.SlotID `json:"slot"`
	}
	egressWire struct {
		Agent   kernel.AgentID `json:"agent"`
		Sink    sinksText      `json:"sink"`
		Content kernel.Digest  `json:"content"`
		Vouched bool           `json:"vouched"`
		Policy  kernel.Digest  `json:"policy"`
		Reading readingWire    `json:"reading"`
	}
	grantWire struct {
		childWire
		Capability kernel.Capability `json:"capability"`
	}
	elevateWire struct {
		Agent kernel.AgentID `json:"agent"`
		Label exposureText   `json:"label"`
	}
	overrideWire struct {
		Agent     kernel.AgentID `json:"agent"`
		Tool      kernel.ToolID  `json:"tool"`
		Arguments kernel.Digest  `json:"arguments"`
		Upto      exposureText   `json:"upto"`
	}
	toolWire struct {
		Tool kernel.ToolID `json:"tool"`
	}
)

// inputWire names the transition and gives the form in which its input is kept. An accepted start's verdicts were bound to that start, so
// only what the start does not say itself is kept of the binding.
func inputWire(in kernel.Input) (do string, wire any) {
	switch in := in.(type) {
	case kernel.RegisterTool:
		return "register_tool", toolWire{in.Tool}
	case kernel.Delegate:
		return "delegate", delegateWire{in.By, list(in.Caps), in.Bits}
	case kernel.Revoke:
		return "revoke", childWire{in.Parent, in.Child}
	case kernel.CascadeRevoke:
		return "cascade_revoke", childWire{in.Parent, in.Child}
	case kernel.InvokeStart:
		return "invoke_start", startWireOf(in)
	case kernel.InvokeComplete:
		w := completeWire{in.Agent, in.Invocation, endingText(in.Outcome), in.Conforms, in.Bits, in.Slot, nil}
		if in.Raised.Given {
			w.Raised = (*exposureText)(&in.Raised.Label)
		}
		return "invoke_complete", w
	case kernel.ReturnEndorsed:
		return "return_endorsed", returnWire{childWire{in.Parent, in.Child}, in.Bits, in.Slot}
	case kernel.ReturnUnendorsed:
		return "return_unendorsed", childWire{in.Parent, in.Child}
	case kernel.EgressCheck:
		v := in.Verdicts
		return "egress_check", egressWire{
			in.Agent, sinksText(kernel.SinksOf(in.Sink)), in.Content, v.Vouched, v.Binding.Policy, readingOf(v.Binding.Reading),
		}
	case kernel.GrantCapability:
		return "grant_capability", grantWire{childWire{in.Parent, in.Child}, in.Capability}
	case kernel.Elevate:
		return "elevate", elevateWire{in.Agent, exposureText(in.Label)}
	case kernel.FollowUp:
		return "follow_up", childWire{in.Parent, in.Child}
	case kernel.GrantOverride:
		return "grant_override", overrideWire{in.Agent, in.Tool, in.Arguments, exposureText(in.Upto)}
	}
	panic("ledger: input outside the sealed sum")
}

func startWireOf(in kernel.InvokeStart) startWire {
	return startWire{
		Agent: in.Agent, Tool: in.Tool, Arguments: in.Arguments, Label: exposureText(in.Label), Sinks: sinksText(in.Sinks),
		Authorized: in.Verdicts.Authorized, Vouched: in.Verdicts.Vouched,
		Policy: in.Verdicts.Binding.Policy, Reading: readingOf(in.Verdicts.Binding.Reading),
	}
}

func readInput(do string, raw []byte) (kernel.Input, error) {
	switch do {
	case "register_tool":
		return read(raw, func(w toolWire) kernel.Input { return kernel.RegisterTool{Tool: w.Tool} })
	case "delegate":
		return read(raw, func(w delegateWire) kernel.Input {
			return kernel.Delegate{By: w.By, Caps: ordered.SetOf(w.Caps...), Bits: w.Bits}
		})
	case "revoke":
		return read(raw, func(w childWire) kernel.Input { return kernel.Revoke(w) })
	case "cascade_revoke":
		return read(raw, func(w childWire) kernel.Input { return kernel.CascadeRevoke{Child: w.Child, Parent: w.Parent} })
	case "invoke_start":
		return read(raw, startWire.input)
	case "invoke_complete":
		return read(raw, completeWire.input)
	case "return_endorsed":
		return read(raw, func(w returnWire) kernel.Input {
			return kernel.ReturnEndorsed{Child: w.Child, Parent: w.Parent, Bits: w.Bits, Slot: w.Slot}
		})
	case "return_unendorsed":
		return read(raw, func(w childWire) kernel.Input { return kernel.ReturnUnendorsed{Child: w.Child, Parent: w.Parent} })
	case "egress_check":
		return read(raw, egressWire.input)
	case "grant_capability":
		return read(raw, func(w grantWire) kernel.Input {
			return kernel.GrantCapability{Parent: w.Parent, Child: w.Child, Capability: w.Capability}
		})
	case "elevate":
		return read(raw, func(w elevateWire) kernel.Input {
			return kernel.Elevate{Agent: w.Agent, Label: kernel.Exposure(w.Label)}
		})
	case "follow_up":
		return read(raw, func(w childWire) kernel.Input { return kernel.FollowUp(w) })
	case "grant_override":
		return read(raw, func(w overrideWire) kernel.Input {
			return kernel.GrantOverride{Agent: w.Agent, Tool: w.Tool, Arguments: w.Arguments, Upto: kernel.Exposure(w.Upto)}
		})
	}
	return nil, fmt.Errorf("no such transition")
}

func read[W any](raw []byte, input func(W) kernel.Input) (kernel.Input, error) {
	var w W
	if err := strict(raw, &w); err != nil {
		return nil, err
	}
	return input(w), nil
}

func (w startWire) input() kernel.Input {
	label, sinks := kernel.Exposure(w.Label), kernel.Sinks(w.Sinks)
	return kernel.InvokeStart{
		Agent: w.Agent, Tool: w.Tool, Arguments: w.Arguments, Label: label, Sinks: sinks,
		Verdicts: kernel.Verdicts{
			Authorized: w.Authorized, Vouched: w.Vouched,
			Binding: kernel.Binding{
				Agent: w.Agent, Tool: w.Tool, Arguments: w.Arguments, Label: label, Sinks: sinks,
				Policy: w.Policy, Reading: w.Reading.reading(),
			},
		},
	}
}

func (w completeWire) input() kernel.Input {
	in := kernel.InvokeComplete{
		Agent: w.Agent, Invocation: w.Invocation, Outcome: kernel.Ending(w.Outcome), Conforms: w.Conforms, Bits: w.Bits, Slot: w.Slot,
	}
	if w.Raised != nil {
		in.Raised = kernel.Raise{Given: true, Label: kernel.Exposure(*w.Raised)}
	}
	return in
}

func (w egressWire) input() kernel.Input {
	var sink kernel.Sink
	for _, e := range kernel.Sinks(w.Sink).List() {
		sink = e
	}
	return kernel.EgressCheck{
		Agent: w.Agent, Sink: sink, Content: w.Content,
		Verdicts: kernel.EgressVerdicts{Vouched: w.Vouched, Binding: kernel.EgressBinding{
			Agent: w.Agent, Sink: sink, Content: w.Content, Policy: w.Policy, Reading: w.Reading.reading(),
		}},
	}
}
