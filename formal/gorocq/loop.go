package main

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
)

// loop translates a loop by its shape: one that returns something, one that changes variables, or one that does both.
func (t *translator) loop(s *ast.RangeStmt, rest []ast.Stmt, c flow) string {
	if s.Tok == token.ASSIGN {
		return t.refuse(s, "range into variables that exist")
	}
	list, item := t.iterated(s)
	vars := t.changed(s)
	names := t.tuple(vars)
	returns := returnsWithin(s.Body)
	switch {
	case returns && len(vars) == 0:
		body := t.statements(s.Body.List, flow{
			returns: func(v string) string { return "Some " + v },
			ends:    func() string { return "None" },
		})
		return fmt.Sprintf("match scan (fun %s =>\n%s) %s with\n| Some r => %s\n| None =>\n%s\nend",
			item, indent(body), list, c.returned("r"), indent(t.statements(rest, c)))
	case !returns && len(vars) > 0:
		body := t.statements(s.Body.List, flow{ends: func() string { return names }})
		return fmt.Sprintf("let %s := fold_left (fun %s %s =>\n%s) %s %s in\n%s",
			pattern(names), pattern(names), item, indent(body), list, names, t.statements(rest, c))
	case returns:
		body := t.statements(s.Body.List, flow{
			returns: func(v string) string { return "inl " + v },
			ends:    func() string { return "inr " + names },
		})
		return fmt.Sprintf("match loop (fun %s %s =>\n%s) %s %s with\n| inl r => %s\n| inr %s =>\n%s\nend",
			pattern(names), item, indent(body), list, names, c.returned("r"), names, indent(t.statements(rest, c)))
	}
	return t.refuse(s, "a loop that neither returns nor changes anything")
}

// returned is what becomes of a value that a loop returned. A loop without returns in it never asks.
func (c flow) returned(value string) string {
	if c.returns == nil {
		return ""
	}
	return c.returns(value)
}

// iterated is the list that a loop runs over, and the pattern of its items.
func (t *translator) iterated(s *ast.RangeStmt) (list, item string) {
	if isUnsigned(t.info.TypeOf(s.X)) {
		return "(upto " + t.expr(s.X) + ")", t.item(s.Key)
	}
	if call, is := s.X.(*ast.CallExpr); is {
		if sel, is := call.Fun.(*ast.SelectorExpr); is && sel.Sel.Name == "All" && isOrdered(t.info.TypeOf(sel.X)) {
			n := t.info.TypeOf(sel.X).(*types.Named)
			list = fmt.Sprintf("(%s.all %s)", t.module(n), t.expr(sel.X))
			if n.Obj().Name() == "Set" {
				return list, t.item(s.Key)
			}
			return list, fmt.Sprintf("'(%s, %s)", t.item(s.Key), t.item(s.Value))
		}
	}
	return t.refuse(s, "range over %s", t.info.TypeOf(s.X)), "_"
}

// item names a variable of a loop that may have been left out.
func (t *translator) item(e ast.Expr) string {
	if e == nil {
		return "_"
	}
	return t.bind(t.object(e))
}
