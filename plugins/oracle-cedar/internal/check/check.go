// Package check finds the mistakes in a policy before it is in force.
//
// It decides whether a policy can be evaluated without an error on every question that Argus asks, as far as that is known
// without the question, and whether it can apply at all: a forbid with a slip of the pen must not sit there and forbid nothing.
// What a tool's arguments look like is not known here; they are taken to be anything that JSON can say.
//
// The package also tells which changing facts about an agent, and which arguments, a policy may read (Reads). Others rely on
// that never leaving one out. It evaluates nothing.
package check

import (
	"slices"

	"github.com/cedar-policy/cedar-go/types"
	"github.com/cedar-policy/cedar-go/x/exp/ast"

	"argus/plugin/sdk"
)

// Policy returns every mistake found in policy. Text is the policy's own text, which begins at line of file.
func Policy(file, text string, line int, policy *ast.Policy) []sdk.Problem {
	c := &checker{file: file, text: text, line: line, told: map[string]bool{}}
	c.entities(policy)
	c.gate(policy)
	applies := false
	for _, s := range situations {
		if !c.inScope(policy, s) {
			continue
		}
		c.situation = s
		if c.conditions(policy) != never {
			applies = true
		}
	}
	if !applies && len(c.problems) == 0 {
		c.problem("", "this policy can never apply: no question that Argus asks meets its scope and conditions",
			"correct the scope (README.md lists which resources go with which action) or delete the policy")
	}
	return c.problems
}

// checker holds what is known while one policy is read.
type checker struct {
	file, text string
	line       int
	situation  situation
	problems   []sdk.Problem
	told       map[string]bool // so that two situations do not tell one mistake twice
}

// gate demands that who vouches for content says so. Otherwise the first permit that anybody writes, for every action, would open
// what the flow policy wants inspected.
func (c *checker) gate(policy *ast.Policy) {
	if _, every := policy.Action.(ast.ScopeTypeAll); every && policy.Effect == ast.EffectPermit {
		c.problem("action", "a permit that names no action would also vouch for all content",
			`write action in [Argus::Action::"call", Argus::Action::"egress"]`)
	}
}

// conditions checks the when and unless clauses for the present situation and tells whether they can hold.
func (c *checker) conditions(policy *ast.Policy) truth {
	holds := always
	for _, condition := range policy.Conditions {
		if holds == never {
			break // never evaluated
		}
		t := c.boolean(condition.Body, "a condition")
		if condition.Condition == ast.ConditionUnless {
			t = t.not()
		}
		if t != always {
			holds = t
		}
	}
	return holds
}

// inScope reports whether the scope of policy admits s.
func (c *checker) inScope(policy *ast.Policy, s situation) bool {
	return admitsType(policy.Principal, Agent) && admitsAction(policy.Action, s.action) && admitsType(policy.Resource, s.resource)
}

func admitsType(scope ast.IsScopeNode, t types.EntityType) bool {
	switch s := scope.(type) {
	case ast.ScopeTypeEq:
		return s.Entity.Type == t
	case ast.ScopeTypeIn:
		return within(t, s.Entity.Type)
	case ast.ScopeTypeIs:
		return s.Type == t
	case ast.ScopeTypeIsIn:
		return s.Type == t && within(t, s.Entity.Type)
	case ast.ScopeTypeAll:
		return true
	default:
		return false
	}
}

func admitsAction(scope ast.IsActionScopeNode, action types.EntityUID) bool {
	switch s := scope.(type) {
	case ast.ScopeTypeEq:
		return s.Entity == action
	case ast.ScopeTypeIn:
		return s.Entity == action
	case ast.ScopeTypeInSet:
		return slices.Contains(s.Entities, action)
	case ast.ScopeTypeAll:
		return true
	default:
		return false
	}
}
