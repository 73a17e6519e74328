package schema

import (
	"errors"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// maxInPlace is how many schemas may apply one inside the other to one and the
// same value.
const maxInPlace = 64

var errInPlace = errors.New("schemas apply to the same value without end, or more than 64 deep")

// step is what one schema costs and which schemas it sends where. It follows
// the library's own structure, and where the library may skip a schema the plan
// counts it all the same.
type step struct {
	cost      int64 // whatever the value
	unique    bool
	tracks    bool  // looks at every member and item once more
	pattern   int64 // size of the program run on a string
	inPlace   []*step
	named     map[string]*step
	patterned []patterned
	rest      *step // members without a name of their own
	names     *step // of members
	prefix    []*step
	items     *step   // those after the prefix
	every     []*step // all members and all items

	state uint8 // of the search for endless chains
	chain int   // the longest chain of inPlace below, when searched
}

type patterned struct {
	size int64
	step *step
}

// planner builds the steps of a compiled schema, each once.
type planner struct {
	steps map[*jsonschema.Schema]*step
}

func plan(root *jsonschema.Schema) (*step, error) {
	p := planner{map[*jsonschema.Schema]*step{}}
	top := p.step(root)
	for _, s := range p.steps {
		if s.longest() > maxInPlace {
			return nil, errInPlace
		}
	}
	return top, nil
}

// The states of a step during the search.
const (
	unseen uint8 = iota
	open
	done
)

// longest measures the chain of schemas on one value; a circle is longer than
// any.
func (s *step) longest() int {
	switch s.state {
	case open:
		return maxInPlace + 1
	case done:
		return s.chain
	}
	s.state = open
	for _, next := range s.inPlace {
		s.chain = max(s.chain, min(next.longest(), maxInPlace)+1)
	}
	s.state = done
	return s.chain
}

// step returns the step of s, making it and all it leads to when it is new. The
// depth of the recursion is bounded by the number of schemas.
func (p planner) step(s *jsonschema.Schema) *step {
	if s == nil {
		return nil
	}
	if made, ok := p.steps[s]; ok {
		return made
	}
	made := &step{cost: visitCost + valueCost(s), unique: s.UniqueItems}
	p.steps[s] = made
	made.tracks = s.UnevaluatedItems != nil || s.UnevaluatedProperties != nil
	if re, ok := s.Pattern.(*program); ok {
		made.pattern = re.size
	}
	p.applicators(made, s)
	p.objects(made, s)
	p.arrays(made, s)
	return made
}

func (p planner) applicators(made *step, s *jsonschema.Schema) {
	for _, list := range [][]*jsonschema.Schema{s.AllOf, s.AnyOf, s.OneOf, {s.Ref, s.RecursiveRef, s.Not, s.If, s.Then, s.Else}} {
		for _, next := range list {
			if next != nil {
				made.inPlace = append(made.inPlace, p.step(next))
			}
		}
	}
	if s.DynamicRef != nil {
		made.inPlace = append(made.inPlace, p.step(s.DynamicRef.Ref))
	}
	for _, next := range s.DependentSchemas {
		made.inPlace = append(made.inPlace, p.step(next))
	}
	for _, next := range s.Dependencies {
		if next, ok := next.(*jsonschema.Schema); ok {
			made.inPlace = append(made.inPlace, p.step(next))
		}
	}
}

func (p planner) objects(made *step, s *jsonschema.Schema) {
	made.named = make(map[string]*step, len(s.Properties))
	for name, next := range s.Properties {
		made.named[name] = p.step(next)
	}
	for re, next := range s.PatternProperties {
		if re, ok := re.(*program); ok {
			made.patterned = append(made.patterned, patterned{re.size, p.step(next)})
		}
	}
	if next, ok := s.AdditionalProperties.(*jsonschema.Schema); ok {
		made.rest = p.step(next)
	}
	made.names = p.step(s.PropertyNames)
	made.everywhere(p.step(s.UnevaluatedProperties))
}

func (p planner) arrays(made *step, s *jsonschema.Schema) {
	made.items = p.step(s.Items2020)
	for _, next := range s.PrefixItems {
		made.prefix = append(made.prefix, p.step(next))
	}
	switch next := s.Items.(type) {
	case *jsonschema.Schema:
		made.items = p.step(next)
	case []*jsonschema.Schema:
		for _, next := range next {
			made.prefix = append(made.prefix, p.step(next))
		}
	}
	if next, ok := s.AdditionalItems.(*jsonschema.Schema); ok {
		made.items = p.step(next)
	}
	made.everywhere(p.step(s.Contains))
	made.everywhere(p.step(s.UnevaluatedItems))
}

func (s *step) everywhere(next *step) {
	if next != nil {
		s.every = append(s.every, next)
	}
}
