package check

import (
	"slices"

	"github.com/cedar-policy/cedar-go/x/exp/ast"
)

// Attributes is a set of facts about an agent that can change between two questions.
type Attributes uint8

const (
	Capabilities Attributes = 1 << iota
	Exposure
	Speculative
	Depth
	Flights

	AllAttributes = Capabilities | Exposure | Speculative | Depth | Flights
)

var changing = map[string]Attributes{
	"capabilities": Capabilities, "exposure": Exposure, "speculative": Speculative, "depth": Depth, "flights": Flights,
	"id": 0, "principal": 0, // never change during an agent's life
}

// Mention is a part of the context that a policy names, as deep as it names it.
type Mention struct {
	Path []string // names from the top of the context; empty is the whole of it
	// Has tells that the policy only asks whether the part is there. If not, the policy may use all that is below Path.
	Has bool
}

// Names are members of a record.
type Names struct {
	All  bool // all that there are
	List []string
}

// Has reports whether name is among n.
func (n Names) Has(name string) bool { return n.All || slices.Contains(n.List, name) }

// Add adds the names of m to n.
func (n *Names) Add(m Names) {
	n.All = n.All || m.All
	for _, name := range m.List {
		if !slices.Contains(n.List, name) {
			n.List = append(n.List, name)
		}
	}
}

// first adds the name with which path begins; an empty path is all names.
func (n *Names) first(path []string) {
	if len(path) == 0 {
		n.All = true
		return
	}
	n.Add(Names{List: path[:1]})
}

// Reading is what the outcome of a policy may depend on, apart from what names the agent and the tool.
type Reading struct {
	Attributes Attributes
	Context    Names     // members of the context that the policy mentions
	Agent      Names     // members of context.agent
	Arguments  []Mention // their paths begin below context.arguments
}

// Reads tells everything that policy may read. It errs on the side of more.
func Reads(policy *ast.Policy) Reading {
	var r Reading
	for _, condition := range policy.Conditions {
		ast.Inspect(ast.NewNode(condition.Body), func(n ast.IsNode) bool {
			m, ok := Mentioned(n)
			if ok {
				r.add(m)
			}
			return !ok
		})
	}
	return r
}

func (r *Reading) add(m Mention) {
	r.Context.first(m.Path)
	if len(m.Path) == 0 || m.Path[0] == "agent" {
		r.Attributes |= attributes(m)
		r.Agent.first(m.Path[min(1, len(m.Path)):])
	}
	if below, ok := m.Arguments(); ok && !slices.ContainsFunc(r.Arguments, below.equal) {
		r.Arguments = append(r.Arguments, below)
	}
}

// ArgumentNames are the members of the arguments that the policy may read.
func (r Reading) ArgumentNames() Names {
	var n Names
	for _, m := range r.Arguments {
		n.first(m.Path)
	}
	return n
}

// attributes of an agent that m, which begins at the context, may read.
func attributes(m Mention) Attributes {
	if len(m.Path) == 1 && m.Has {
		return 0 // there is always an agent
	}
	if len(m.Path) > 1 {
		if attribute, ok := changing[m.Path[1]]; ok {
			return attribute
		}
	}
	return AllAttributes
}

func (m Mention) equal(n Mention) bool { return m.Has == n.Has && slices.Equal(m.Path, n.Path) }

// Arguments is m seen from the arguments, if it has to do with them.
func (m Mention) Arguments() (Mention, bool) {
	switch {
	case len(m.Path) == 0:
		return m, true
	case m.Path[0] != "arguments" || len(m.Path) == 1 && m.Has:
		return Mention{}, false
	default:
		return Mention{m.Path[1:], m.Has}, true
	}
}

// Mentioned is the part of the context that n itself stands for, or asks after with `has`. The operands of n mention no more.
func Mentioned(n ast.IsNode) (Mention, bool) {
	switch n := n.(type) {
	case ast.NodeTypeVariable:
		return Mention{}, n.Name == "context"
	case ast.NodeTypeAccess:
		return step(n.StrOpNode, false)
	case ast.NodeTypeHas:
		return step(n.StrOpNode, true)
	default:
		return Mention{}, false
	}
}

// step reads a chain of accesses from its end. What `has` gives is a boolean and no part of the context.
func step(n ast.StrOpNode, has bool) (Mention, bool) {
	m, ok := Mentioned(n.Arg)
	if !ok || m.Has {
		return Mention{}, false
	}
	return Mention{append(m.Path, string(n.Value)), has}, true
}
