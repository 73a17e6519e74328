package engine

import (
	"slices"
	"strings"

	"github.com/cedar-policy/cedar-go/types"
	"github.com/cedar-policy/cedar-go/x/exp/ast"
	"github.com/cedar-policy/cedar-go/x/exp/eval"

	"argus/plugin/sdk/oracle"
	"argus/plugins/oracle-cedar/internal/check"
)

// reach follows the evaluation of a policy as far as needed to tell whether it gets to an argument that it cannot read
// truthfully. A rule about another tool's `amount` that first asks for the tool is not disturbed by this tool's.
type reach struct {
	env       eval.Env
	arguments oracle.Value
	blocked   []string // path of the argument that was reached
}

// suspicious reports whether p mentions an argument that it could not read truthfully; blocked tells whether it would read it.
func suspicious(p *policy, arguments oracle.Value) bool {
	return slices.ContainsFunc(p.reading.Arguments, func(m check.Mention) bool { return !readable(arguments, m) })
}

// blocked returns the JSON Pointer of an argument that p would read and must not.
func blocked(p *policy, arguments oracle.Value, env eval.Env) (pointer string, yes bool) {
	r := reach{env: env, arguments: arguments}
	scope := eval.PolicyToNode(&ast.Policy{Principal: p.tree.Principal, Action: p.tree.Action, Resource: p.tree.Resource})
	if !r.is(scope.AsIsNode(), true) {
		return "", false
	}
	for _, condition := range p.tree.Conditions {
		if r.touches(condition.Body) {
			return r.pointer(), true
		}
		if !r.is(condition.Body, bool(condition.Condition)) {
			return "", false
		}
	}
	return "", false
}

func (r *reach) touches(n ast.IsNode) bool {
	switch n := n.(type) {
	case ast.NodeTypeAnd:
		return r.touches(n.Left) || r.is(n.Left, true) && r.touches(n.Right)
	case ast.NodeTypeOr:
		return r.touches(n.Left) || r.is(n.Left, false) && r.touches(n.Right)
	case ast.NodeTypeIfThenElse:
		return r.touches(n.If) || r.is(n.If, true) && r.touches(n.Then) || r.is(n.If, false) && r.touches(n.Else)
	}
	if m, ok := check.Mentioned(n); ok {
		return r.unreadable(m)
	}
	found := false
	children(n, func(child ast.IsNode) { found = found || r.touches(child) })
	return found
}

func (r *reach) unreadable(m check.Mention) bool {
	m, ok := m.Arguments()
	if !ok || readable(r.arguments, m) {
		return false
	}
	r.blocked = m.Path
	return true
}

// is reports whether n, which touches no unreadable argument, evaluates to b.
func (r *reach) is(n ast.IsNode, b bool) bool {
	v, err := eval.Eval(n, r.env)
	return err == nil && v == types.Boolean(b)
}

func (r *reach) pointer() string {
	var b strings.Builder
	for _, name := range r.blocked {
		b.WriteString("/" + pointerEscapes.Replace(name))
	}
	return b.String()
}

// children visits the operands of n.
func children(n ast.IsNode, visit func(ast.IsNode)) {
	self := true
	ast.Inspect(ast.NewNode(n), func(m ast.IsNode) bool {
		if self {
			self = false
			return true
		}
		visit(m)
		return false
	})
}
