// This file builds theories, and tells people why one is refused at load. What refuses it is judge.go.

//argus:untranslated
package kernel

import (
	"slices"

	"argus/kernel/ordered"
)

// TheorySpec is what a host read from its configuration and registry. [NewTheory] copies it.
type TheorySpec struct {
	Digest       Digest // content address of the theory
	OraclePolicy Digest // of the policy that the oracles answer by
	Catalogue    []Capability
	Tools        []ToolSpec
	Policy       []Row
	Issuers      []Issuer // trusted ones
	Endorsing    []SlotID // slots whose type endorses integrity
}

// ToolSpec declares one tool. The caller states every store, its server's own among them where the registry leaves
// them out, and checks the sinks against the server's confinement, which the kernel does not know.
type ToolSpec struct {
	ID       ToolID
	Needs    []Capability
	Sinks    Sinks
	Label    Exposure
	Endorsed bool
	Reads    []StoreID
	Writes   []StoreID
	Issuer   Issuer
}

// Row is one cell of the flow policy. A cell without a row denies.
type Row struct {
	Level     Level
	Integrity Integrity
	Sink      Sink
	Mode      Mode
}

// NewTheory builds a theory, or tells every reason why it would not be well formed. With problems, the theory is the
// zero one, which denies.
//
// What only the host can know it must check itself: that a tool's declared sinks include all that its server's
// confinement lets it do.
func NewTheory(spec TheorySpec) (Theory, []Problem) {
	t := Theory{
		digest:    spec.Digest,
		oracle:    spec.OraclePolicy,
		catalogue: ordered.SetOf(spec.Catalogue...),
		issuers:   ordered.SetOf(spec.Issuers...),
		endorsing: ordered.SetOf(spec.Endorsing...),
	}
	var problems []Problem
	problems = append(problems, spec.unnamed()...)
	problems = append(problems, t.addPolicy(spec.Policy)...)
	problems = append(problems, t.addTools(spec.Tools)...)
	if len(problems) > 0 {
		return Theory{}, problems // unknown values among them, which the judgement below would report as more
	}
	if !t.wellFormed() {
		return Theory{}, explained(append(t.policy.notMonotone(), t.overfullStores()...))
	}
	return t, nil
}

// explained are the reasons for which a theory was refused. If there were none, it would pass for one that was not.
func explained(problems []Problem) []Problem {
	if len(problems) == 0 {
		panic("kernel: a theory was refused for no reason")
	}
	return problems
}

// unnamed finds names that are empty. An empty one is what a forgotten field holds.
func (spec TheorySpec) unnamed() []Problem {
	var problems []Problem
	if spec.Digest == "" {
		problems = append(problems, Problem{Kind: Unnamed, What: "theory digest"})
	}
	if spec.OraclePolicy == "" {
		problems = append(problems, Problem{Kind: Unnamed, What: "oracle policy digest"})
	}
	if slices.Contains(spec.Catalogue, "") {
		problems = append(problems, Problem{Kind: Unnamed, What: "capability"})
	}
	if slices.Contains(spec.Issuers, "") {
		problems = append(problems, Problem{Kind: Unnamed, What: "issuer"})
	}
	if slices.Contains(spec.Endorsing, "") {
		problems = append(problems, Problem{Kind: Unnamed, What: "slot"})
	}
	return problems
}

func (t *Theory) addPolicy(rows []Row) []Problem {
	var problems []Problem
	for _, r := range rows {
		at := Exposure{Level: r.Level, Integrity: r.Integrity}
		if !at.known() || r.Sink >= sinkCount || r.Mode >= modeCount {
			problems = append(problems, Problem{Kind: UnknownValue, What: "flow policy row", Cell: r})
			continue
		}
		c := cellOf(at, r.Sink)
		if t.policy.cells.Has(c) {
			problems = append(problems, Problem{Kind: Duplicate, What: "flow policy row", Cell: r})
			continue
		}
		t.policy.cells = t.policy.cells.Set(c, r.Mode)
	}
	return problems
}

func (t *Theory) addTools(specs []ToolSpec) []Problem {
	var problems []Problem
	for _, spec := range specs {
		if t.tools.Has(spec.ID) {
			problems = append(problems, Problem{Kind: Duplicate, What: "tool", Tool: spec.ID})
			continue
		}
		problems = append(problems, t.judgeTool(spec)...)
		t.tools = t.tools.Set(spec.ID, Tool{
			Needs:    ordered.SetOf(spec.Needs...),
			Sinks:    spec.Sinks,
			Label:    spec.Label,
			Endorsed: spec.Endorsed,
			Reads:    ordered.SetOf(spec.Reads...),
			Writes:   ordered.SetOf(spec.Writes...),
			Issuer:   spec.Issuer,
		})
	}
	return problems
}

func (t *Theory) judgeTool(spec ToolSpec) []Problem {
	var problems []Problem
	if spec.ID == "" {
		problems = append(problems, Problem{Kind: Unnamed, What: "tool"})
	}
	if !spec.Label.known() {
		problems = append(problems, Problem{Kind: UnknownValue, What: "label", Tool: spec.ID})
	}
	if !spec.Sinks.known() {
		problems = append(problems, Problem{Kind: UnknownValue, What: "sinks", Tool: spec.ID})
	}
	if slices.Contains(spec.Reads, "") || slices.Contains(spec.Writes, "") {
		problems = append(problems, Problem{Kind: Unnamed, What: "store", Tool: spec.ID})
	}
	for _, k := range spec.Needs {
		if !t.catalogue.Has(k) {
			problems = append(problems, Problem{Kind: UnknownValue, What: "capability", Tool: spec.ID, Capability: k})
		}
	}
	return problems
}

// notMonotone finds the cells that are too easy.
func (p Policy) notMonotone() []Problem {
	var problems []Problem
	for e := range sinkCount {
		for l := range levelCount {
			for i := range integrityCount {
				if at := (Exposure{Level: l, Integrity: i}); p.easier(at, e) {
					problems = append(problems, Problem{Kind: NotMonotone, Cell: Row{Level: l, Integrity: i, Sink: e, Mode: p.Mode(at, e)}})
				}
			}
		}
	}
	return problems
}

// overfullStores finds readers of a store into which a writer may leave more than the reader's label. One writer is
// named for each store of a reader.
func (t Theory) overfullStores() []Problem {
	type writer struct {
		id   ToolID
		most Exposure
	}
	writers := map[StoreID][]writer{}
	for id, tool := range t.tools.All() {
		for store := range tool.Writes.All() {
			writers[store] = append(writers[store], writer{id, t.policy.leaves(tool)})
		}
	}
	var problems []Problem
	for id, tool := range t.tools.All() {
		for store := range tool.Reads.All() {
			ws := writers[store]
			i := slices.IndexFunc(ws, func(w writer) bool { return !w.most.Leq(tool.Label) })
			if i >= 0 {
				problems = append(problems, Problem{
					Kind: StoreOverfull, Tool: id, Store: store, Writer: ws[i].id, Held: ws[i].most, Label: tool.Label,
				})
			}
		}
	}
	return problems
}

// Admissible tells why a theory may not follow on a state. The host asks before it lets the theory judge a step, and
// refuses it if there are problems. There are three kinds:
//
//   - a tool would read a store that holds more than the tool's label. A store that a person emptied gets a new name;
//   - a call in flight reads a store, and the theory no longer has its tool as a reader with at most the label that is
//     frozen in the call. Then the theory might let more into the store than the result will be labelled with. The
//     host stops such a call and completes it as unknown before it asks again;
//   - a call of a revoked agent is still open. What it reads was forgotten with the agent, and it may go on carrying
//     that to the stores it writes. The host stops it as well.
func Admissible(s State, t Theory) []Problem {
	if t.follows(s) {
		return nil
	}
	var problems []Problem
	for id, tool := range t.tools.All() {
		for store := range tool.Reads.All() {
			if held := s.Held(store); !held.Leq(tool.Label) {
				problems = append(problems, Problem{
					Kind: StoreOverfull, Tool: id, Store: store, Held: held, Label: tool.Label,
				})
			}
		}
	}
	for _, a := range s.Agents.All() {
		for i, f := range a.Flights.All() {
			problems = append(problems, t.abandoned(i, f)...)
		}
	}
	for i := range s.Settling.All() {
		problems = append(problems, Problem{Kind: CallSettling, Invocation: i})
	}
	return explained(problems)
}

// abandoned finds the stores that a flight reads and that the theory no longer keeps below its label.
func (t Theory) abandoned(i InvocationID, f Flight) []Problem {
	var problems []Problem
	tool, _ := t.tools.Get(f.Tool) // one that is gone reads nothing
	for store := range f.Reads.All() {
		if !tool.Reads.Has(store) || !tool.Label.Leq(f.Label) {
			problems = append(problems, Problem{
				Kind: ReaderInFlight, Tool: f.Tool, Store: store, Invocation: i, Label: f.Label,
			})
		}
	}
	return problems
}
