package kerneltest

import (
	"fmt"
	"strconv"

	"argus/kernel"
)

// Model is a second reading of the protocol, as naive as it could be written: Go maps that change in place, ranks that
// grow with the danger, linear search in the policy. It shares no decision with the kernel, only the shapes of its
// inputs. What the two disagree about is a defect in one of them.
type Model struct {
	agents   map[string]*member // every agent ever born
	tools    map[string]bool
	next     uint64
	settling map[uint64]string
	stores   map[string]stain
}

// stain is an exposure by ranks: 0 is harmless, 3 the worst.
type stain struct{ secrecy, doubt int }

func (x stain) plus(y stain) stain { return stain{max(x.secrecy, y.secrecy), max(x.doubt, y.doubt)} }
func (x stain) within(y stain) bool {
	return x.secrecy <= y.secrecy && x.doubt <= y.doubt
}

type member struct {
	parent    string
	alive     bool
	caps      map[string]bool
	seen      stain
	bits      uint64
	born      uint64
	flights   map[uint64]*trip
	overrides map[[2]string]stain // by tool and arguments
}

type trip struct {
	tool     string
	needs    []string
	label    stain
	sinks    []string
	rows     map[string]string // "secrecy doubt sink" -> mode
	vouched  bool
	approved *stain
}

// Verdict is what the model says of one input. Rule is empty if it accepts.
type Verdict struct {
	Rule         string
	Child        kernel.AgentID
	Invocation   kernel.InvocationID
	Spent        uint64
	Declassified bool
	Endorsed     bool
	Raised       bool
	Released     bool
	Settled      bool
}

func no(rule string) Verdict { return Verdict{Rule: rule} }

// NewModel is the model of [kernel.Genesis].
func NewModel(bits uint64) *Model {
	return &Model{
		agents:   map[string]*member{"root": {alive: true, bits: bits, flights: map[uint64]*trip{}}},
		tools:    map[string]bool{},
		settling: map[uint64]string{},
		stores:   map[string]stain{},
	}
}

// Step decides one input under a theory that is well formed and admissible.
func (m *Model) Step(t kernel.TheorySpec, in kernel.Input) Verdict {
	switch in := in.(type) {
	case kernel.RegisterTool:
		return m.register(t, in)
	case kernel.Delegate:
		return m.delegate(t, in)
	case kernel.Revoke:
		return m.revoke(in)
	case kernel.CascadeRevoke:
		return m.cascade(in)
	case kernel.InvokeStart:
		return m.start(t, in)
	case kernel.InvokeComplete:
		return m.complete(t, in)
	case kernel.ReturnEndorsed:
		return m.returnEndorsed(t, in)
	case kernel.ReturnUnendorsed:
		return m.returnUnendorsed(in)
	case kernel.EgressCheck:
		return m.egress(t, in)
	case kernel.GrantCapability:
		return m.grant(t, in)
	case kernel.Elevate:
		return m.elevate(in)
	case kernel.FollowUp:
		return m.followUp(in)
	case kernel.GrantOverride:
		return m.override(t, in)
	}
	panic(fmt.Sprintf("kerneltest: no such input: %T", in))
}

// ---- lookups ----

func (m *Model) active(id kernel.AgentID) *member {
	if a := m.agents[string(id)]; a != nil && a.alive {
		return a
	}
	return nil
}

func (m *Model) acts(id kernel.AgentID) bool { return m.depth(id) >= 0 }

// depth is the number of ancestors, or -1 if one of them, or the agent itself, is not active.
func (m *Model) depth(id kernel.AgentID) int {
	a := m.active(id)
	if a == nil {
		return -1
	}
	if id == "root" {
		return 0
	}
	above := m.depth(kernel.AgentID(a.parent))
	if above < 0 {
		return -1
	}
	return above + 1
}

func find(t kernel.TheorySpec, id kernel.ToolID) *kernel.ToolSpec {
	for i := range t.Tools {
		if t.Tools[i].ID == id {
			return &t.Tools[i]
		}
	}
	return nil
}

func has[T comparable](list []T, x T) bool {
	for _, y := range list {
		if x == y {
			return true
		}
	}
	return false
}

// holds reports whether an agent has a capability. Root has those of the theory.
func (m *Model) holds(t kernel.TheorySpec, id kernel.AgentID, k string) bool {
	if id == "root" {
		return has(t.Catalogue, kernel.Capability(k))
	}
	return m.agents[string(id)].caps[k]
}

// stainOf reads an exposure by the names of its parts, and says whether both are known.
func stainOf(x kernel.Exposure) (stain, bool) {
	secrecy, ok := map[string]int{"public": 0, "internal": 1, "sensitive": 2, "restricted": 3}[x.Level.String()]
	doubt, ok2 := map[string]int{"proven": 0, "verified": 1, "observed": 2, "untrusted": 3}[x.Integrity.String()]
	return stain{secrecy, doubt}, ok && ok2
}

func mustStain(x kernel.Exposure) stain {
	s, ok := stainOf(x)
	if !ok {
		panic("kerneltest: exposure outside its catalogue in a theory")
	}
	return s
}

// sinkList is the names of a set of sinks, and whether all are known.
func sinkList(es kernel.Sinks) ([]string, bool) {
	var names []string
	for bit := range 16 {
		if es&(1<<bit) == 0 {
			continue
		}
		name := kernel.Sink(bit).String()
		if name == "unknown" {
			return nil, false
		}
		names = append(names, name)
	}
	return names, true
}

func cell(x stain, sink string) string { return fmt.Sprint(x.secrecy, x.doubt, sink) }

// rows is the whole flow policy, by cell.
func rows(t kernel.TheorySpec) map[string]string {
	table := map[string]string{}
	for _, r := range t.Policy {
		x := mustStain(kernel.Exposure{Level: r.Level, Integrity: r.Integrity})
		table[cell(x, r.Sink.String())] = r.Mode.String()
	}
	return table
}

func (f *trip) openAt(x stain, sink string) bool {
	mode := f.rows[cell(x, sink)]
	return mode == "allow" || mode == "inspect" && f.vouched || f.approved != nil && x.within(*f.approved)
}

func (f *trip) allOpenAt(x stain) bool {
	for _, sink := range f.sinks {
		if !f.openAt(x, sink) {
			return false
		}
	}
	return true
}

func (a *member) spec() stain {
	x := a.seen
	for _, f := range a.flights {
		x = x.plus(f.label)
	}
	return x
}

// flightsOpenAt reports whether all flights but one stay open.
func (a *member) flightsOpenAt(x stain, except *trip) bool {
	for _, f := range a.flights {
		if f != except && !f.allOpenAt(x) {
			return false
		}
	}
	return true
}

// tooMuch reports whether x is more than some reader of a store that the tool writes declares.
func tooMuch(t kernel.TheorySpec, tool *kernel.ToolSpec, x stain) bool {
	for _, reader := range t.Tools {
		for _, store := range reader.Reads {
			if has(tool.Writes, store) && !x.within(mustStain(reader.Label)) {
				return true
			}
		}
	}
	return false
}

func (m *Model) letIn(tool *kernel.ToolSpec, x stain) {
	for _, store := range tool.Writes {
		m.stores[string(store)] = m.stores[string(store)].plus(x)
	}
}

func childName(parent string, n uint64) string { return parent + "." + strconv.FormatUint(n, 10) }
