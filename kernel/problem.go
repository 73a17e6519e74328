// This file describes what is wrong with a theory.

//argus:untranslated
package kernel

import "strconv"

// Problem is one reason to refuse a theory. Its fields name what it is about, so that a host can point at the file
// and line they came from; a field that does not belong to the kind is zero.
type Problem struct {
	Kind       ProblemKind
	What       string // of Unnamed, UnknownValue, Duplicate: the kind of thing, for people
	Tool       ToolID // the tool, or the reader of Store
	Capability Capability
	Cell       Row
	Store      StoreID
	Writer     ToolID   // who may leave Held in Store; empty if the state holds it already
	Held       Exposure // what Store may hold
	Label      Exposure // what Tool declares, or what is frozen in Invocation
	Invocation InvocationID
}

// ProblemKind is what is wrong.
type ProblemKind uint8

// The kinds of problem.
const (
	Unnamed        ProblemKind = iota + 1 // a name or digest is empty
	UnknownValue                          // a value is in no catalogue
	Duplicate                             // given twice
	NotMonotone                           // Cell is easier than a cell that is less exposed
	StoreOverfull                         // Store may hold more than Tool's label
	ReaderInFlight                        // Invocation reads Store, which the theory no longer keeps below its label
	CallSettling                          // Invocation is open though its agent was revoked
)

// String says what is wrong, in one line.
func (p Problem) String() string {
	where := ""
	if p.Tool != "" {
		where = " of tool " + string(p.Tool)
	}
	switch p.Kind {
	case Unnamed:
		return "empty " + p.What + where
	case UnknownValue:
		if p.Capability != "" {
			return "capability " + string(p.Capability) + where + " is not in the catalogue"
		}
		if p.Tool == "" {
			return p.What + " " + p.Cell.String() + " has a value outside its catalogue"
		}
		return p.What + where + " outside its catalogue"
	case Duplicate:
		if p.Tool != "" {
			return "tool " + string(p.Tool) + " is declared twice"
		}
		return p.What + " " + p.Cell.String() + " is given twice"
	case NotMonotone:
		return "flow policy: " + p.Cell.String() + " is easier than a cell that is less exposed"
	case StoreOverfull:
		by := ""
		if p.Writer != "" {
			by = ", by " + string(p.Writer)
		}
		return "store " + string(p.Store) + " may hold " + p.Held.String() + by + ", which is more than the label " +
			p.Label.String() + " of its reader " + string(p.Tool)
	case ReaderInFlight:
		return "an open call of tool " + string(p.Tool) + " reads store " + string(p.Store) + ": stop it first"
	case CallSettling:
		return "call " + strconv.FormatUint(uint64(p.Invocation), 10) + " of a revoked agent is still open: stop it first"
	}
	return "unknown problem"
}

// String is level/integrity -> sink: mode.
func (r Row) String() string {
	return r.Level.String() + "/" + r.Integrity.String() + " -> " + r.Sink.String() + ": " + r.Mode.String()
}
