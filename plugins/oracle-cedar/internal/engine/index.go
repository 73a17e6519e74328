package engine

import (
	"iter"

	"github.com/cedar-policy/cedar-go"
	"github.com/cedar-policy/cedar-go/types"
	"github.com/cedar-policy/cedar-go/x/exp/ast"

	"argus/plugins/oracle-cedar/internal/check"
)

// index finds the policies whose scope can admit a question without looking at the others.
//
// A policy lies in the one slot, per action, that its scope names; a question looks into every slot that could admit it. A slot
// may hold more than what the scope admits, never less: the scope is evaluated again.
type index map[types.EntityUID]map[slot][]*policy

// slot is what a scope names. The zero entity stands for a scope that names none.
type slot struct{ principal, resource types.EntityUID }

func newIndex() index {
	return index{check.Call: {}, check.Vouch: {}, check.Egress: {}}
}

func (x index) add(p *policy) {
	s := slot{named(p.tree.Principal), named(p.tree.Resource)}
	for action, slots := range x {
		if admits(p.tree.Action, action) {
			slots[s] = append(slots[s], p)
		}
	}
}

// named is the entity without which a scope admits nothing.
func named(scope ast.IsScopeNode) types.EntityUID {
	switch s := scope.(type) {
	case ast.ScopeTypeEq:
		return s.Entity
	case ast.ScopeTypeIn:
		return s.Entity
	case ast.ScopeTypeIsIn:
		return s.Entity
	default:
		return types.EntityUID{}
	}
}

// admits errs on the side of more.
func admits(scope ast.IsActionScopeNode, action types.EntityUID) bool {
	switch s := scope.(type) {
	case ast.ScopeTypeEq:
		return s.Entity == action
	case ast.ScopeTypeIn:
		return s.Entity == action
	case ast.ScopeTypeInSet:
		for _, e := range s.Entities {
			if e == action {
				return true
			}
		}
		return false
	default:
		return true
	}
}

// find returns the policies that may have a say on action by s, each once.
func (x index) find(action types.EntityUID, s subject) candidates {
	var found candidates
	slots := x[action]
	resources := [...]types.EntityUID{{}, s.resource, s.server}
	distinct := resources[:]
	if s.server.IsZero() {
		distinct = resources[:2]
	}
	for _, principal := range [...]types.EntityUID{{}, s.agent, s.principal} {
		for _, resource := range distinct {
			if list := slots[slot{principal, resource}]; len(list) > 0 {
				found = append(found, list)
			}
		}
	}
	return found
}

// candidates are some policies of a set, for cedar.Authorize.
type candidates [][]*policy

func (c candidates) each() iter.Seq[*policy] {
	return func(yield func(*policy) bool) {
		for _, list := range c {
			for _, p := range list {
				if !yield(p) {
					return
				}
			}
		}
	}
}

// All implements cedar.PolicyIterator.
func (c candidates) All() iter.Seq2[cedar.PolicyID, *cedar.Policy] {
	return func(yield func(cedar.PolicyID, *cedar.Policy) bool) {
		for p := range c.each() {
			if !yield(p.id, p.compiled) {
				return
			}
		}
	}
}
