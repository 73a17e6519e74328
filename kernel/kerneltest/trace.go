package kerneltest

import (
	"fmt"
	"strconv"
	"strings"

	"argus/kernel"
	"argus/kernel/ordered"
)

// Trace is a run of the kernel as lines that can be kept or told to the reference program: theories, genesis states, and steps from
// any state that came up before. States are numbered from each genesis on.
type Trace struct {
	tell   func(command, answer string) // answer is empty for what is not a step
	spec   kernel.TheorySpec
	theory kernel.Theory
	states []kernel.State
}

// NewTrace starts a trace that tells its lines to a function, with what the kernel answers.
func NewTrace(tell func(command, answer string)) *Trace { return &Trace{tell: tell} }

// Theory lets a theory judge from now on. It tells it twice: as the host states it, and as [kernel.NewTheory] must have it.
func (r *Trace) Theory(spec kernel.TheorySpec) {
	r.spec, r.theory = spec, MustTheory(spec)
	r.tell("spec"+Encode(spec), "")
	r.tell("theory"+Encode(fieldsOf(spec)), "")
}

// fields are those of a [kernel.Theory], in its order.
type fields struct {
	Digest    kernel.Digest
	Oracle    kernel.Digest
	Catalogue ordered.Set[kernel.Capability]
	Tools     ordered.Map[kernel.ToolID, kernel.Tool]
	Policy    []packed
	Issuers   ordered.Set[kernel.Issuer]
	Endorsing ordered.Set[kernel.SlotID]
}

// fieldsOf is what a theory must be made of. It asks no built theory, so that a wrong [kernel.NewTheory] shows.
func fieldsOf(spec kernel.TheorySpec) fields {
	f := fields{
		Digest: spec.Digest, Oracle: spec.OraclePolicy, Catalogue: ordered.SetOf(spec.Catalogue...),
		Issuers: ordered.SetOf(spec.Issuers...), Endorsing: ordered.SetOf(spec.Endorsing...),
	}
	for _, tool := range spec.Tools {
		f.Tools = f.Tools.Set(tool.ID, kernel.Tool{
			Needs: ordered.SetOf(tool.Needs...), Sinks: tool.Sinks, Label: tool.Label, Endorsed: tool.Endorsed,
			Reads: ordered.SetOf(tool.Reads...), Writes: ordered.SetOf(tool.Writes...), Issuer: tool.Issuer,
		})
	}
	for _, row := range spec.Policy {
		f.Policy = append(f.Policy, packed{kernel.Cell(row.Level)<<6 | kernel.Cell(row.Integrity)<<4 | kernel.Cell(row.Sink), row.Mode})
	}
	return f
}

// Genesis starts a new run. Root has born `born` children, and `born` is the next invocation: runs that begin late come to
// the end of the counters.
func (r *Trace) Genesis(bits, born uint64) {
	r.states = []kernel.State{late(bits, born)}
	r.tell(fmt.Sprint("genesis ", bits, " ", born), "")
}

// late is the state of a run that begins late.
func late(bits, born uint64) kernel.State {
	s := kernel.Genesis(bits)
	root, _ := s.Agents.Get(kernel.Root)
	root.Born, s.Next = born, kernel.InvocationID(born)
	s.Agents = s.Agents.Set(kernel.Root, root)
	return s
}

// Do does what a line says that another trace told: a spec, a genesis or a step.
func (r *Trace) Do(command string) error {
	verb, rest, _ := strings.Cut(command, " ")
	switch verb {
	case "spec":
		var spec kernel.TheorySpec
		if err := Decode(rest, &spec); err != nil {
			return err
		}
		r.Theory(spec)
	case "genesis":
		var bits, born uint64
		if _, err := fmt.Sscan(rest, &bits, &born); err != nil {
			return fmt.Errorf("kerneltest: %q: %w", command, err)
		}
		r.Genesis(bits, born)
	case "step":
		number, input, _ := strings.Cut(rest, " ")
		from, err := strconv.Atoi(number)
		if err != nil {
			return fmt.Errorf("kerneltest: %q: %w", command, err)
		}
		var in kernel.Input
		if err := Decode(input, &in); err != nil {
			return err
		}
		r.Step(from, in)
	}
	return nil
}

// Step decides an input in state number `from`, and reports whether it was accepted, as the newest state.
func (r *Trace) Step(from int, in kernel.Input) bool {
	out := kernel.Step(r.theory, r.states[from], in)
	r.tell(fmt.Sprint("step ", from)+Encode(&in), Encode(&out)[1:])
	a, ok := out.(kernel.Accepted)
	if ok {
		r.states = append(r.states, a.State)
	}
	return ok
}
