package main

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"slices"
	"strings"
)

// flow says what becomes of a value that is returned, and of control that reaches the end. Nil forbids it.
type flow struct {
	returns func(value string) string
	ends    func() string
}

// statements translates a list of statements into one term.
func (t *translator) statements(list []ast.Stmt, c flow) string {
	if len(list) == 0 {
		if c.ends == nil {
			return t.refuse(t.at, "control reaches the end without a return")
		}
		return c.ends()
	}
	s, rest := list[0], list[1:]
	t.at = s
	switch s := s.(type) {
	case *ast.ReturnStmt:
		return t.returned(s, c)
	case *ast.AssignStmt:
		return t.assign(s, rest, c)
	case *ast.IfStmt:
		return t.branch(s, rest, c)
	case *ast.RangeStmt:
		return t.loop(s, rest, c)
	case *ast.TypeSwitchStmt:
		return t.typeSwitch(s, rest, c)
	}
	return t.refuse(s, "statement %s", kind(s))
}

// kind names a kind of syntax.
func kind(n ast.Node) string { return strings.TrimPrefix(fmt.Sprintf("%T", n), "*ast.") }

func (t *translator) returned(s *ast.ReturnStmt, c flow) string {
	if c.returns == nil || len(s.Results) != t.results.Len() {
		return t.refuse(s, "return of nothing, or of another function's results")
	}
	want := t.results.At(0).Type()
	if len(s.Results) == 1 {
		return c.returns(t.converted(s.Results[0], want))
	}
	found := t.info.Types[s.Results[1]].Value
	if found == nil {
		return t.refuse(s, "the second result is not the constant true or false")
	}
	if !constant.BoolVal(found) {
		return c.returns("None") // the first result is a placeholder that no caller can read
	}
	return c.returns("(Some " + t.converted(s.Results[0], want) + ")")
}

// assign translates x := e, x = e, x.F = e, and v, ok := f() with the guard that follows it.
func (t *translator) assign(s *ast.AssignStmt, rest []ast.Stmt, c flow) string {
	if s.Tok != token.DEFINE && s.Tok != token.ASSIGN {
		return t.refuse(s, "assignment by %s", s.Tok)
	}
	if len(s.Lhs) == 2 && len(s.Rhs) == 1 {
		return t.lookup(s, rest, c)
	}
	if len(s.Lhs) != 1 {
		return t.refuse(s, "assignment to several variables")
	}
	if s.Tok == token.DEFINE {
		value := t.expr(s.Rhs[0])
		t.typ(t.info.TypeOf(s.Rhs[0]))
		return fmt.Sprintf("let %s := %s in\n%s", t.bind(t.object(s.Lhs[0])), bare(value), t.statements(rest, c))
	}
	name, value := t.update(s.Lhs[0], t.converted(s.Rhs[0], t.info.TypeOf(s.Lhs[0])))
	return fmt.Sprintf("let %s := %s in\n%s", name, bare(value), t.statements(rest, c))
}

// update is the variable that an assignment changes and its new value: x.F = e makes a new x.
func (t *translator) update(lhs ast.Expr, value string) (name, updated string) {
	switch l := lhs.(type) {
	case *ast.Ident:
		if t.local[t.info.Uses[l]] != "" {
			return t.expr(l), value
		}
	case *ast.SelectorExpr:
		if n, is := t.structOf(l); is {
			return t.update(l.X, fmt.Sprintf("(%s %s %s)", t.setter(l, n, l.Sel.Name), t.expr(l.X), value))
		}
	}
	return "", t.refuse(lhs, "assignment to %s", kind(lhs))
}

// structOf is the struct of this package whose field is selected.
func (t *translator) structOf(e *ast.SelectorExpr) (*types.Named, bool) {
	s := t.info.Selections[e]
	n, is := t.info.TypeOf(e.X).(*types.Named)
	return n, is && s != nil && s.Kind() == types.FieldVal && len(s.Index()) == 1 && n.Obj().Pkg() == t.pkg
}

// lookup translates
//
//	v, ok := f()
//	if !ok || cond { ...return }
//
// into a match. Where ok is false v has no name, so its use there is refused.
func (t *translator) lookup(s *ast.AssignStmt, rest []ast.Stmt, c flow) string {
	const shape = "v, ok := f() that is not followed by: if !ok { ... return }"
	if len(rest) == 0 || s.Tok != token.DEFINE || !t.isNew(s.Lhs[0]) || t.local[t.object(s.Lhs[1])] != "" {
		return t.refuse(s, shape)
	}
	guard, is := rest[0].(*ast.IfStmt)
	if !is || guard.Init != nil || guard.Else != nil || !leaves(guard.Body.List) {
		return t.refuse(s, shape)
	}
	extra, is := t.guards(guard.Cond, t.object(s.Lhs[1]))
	if !is {
		return t.refuse(s, shape)
	}
	call := t.expr(s.Rhs[0])
	none := t.statements(guard.Body.List, c)
	v := t.bind(t.object(s.Lhs[0]))
	var some string
	if extra == nil {
		some = t.statements(rest[1:], c)
	} else {
		cond := t.expr(extra)
		some = choice(cond, t.statements(guard.Body.List, c), t.statements(rest[1:], c))
	}
	return fmt.Sprintf("match %s with\n| None =>%s\n| Some %s =>\n%s\nend", bare(call), below(bare(none)), v, indent(bare(some)))
}

// guards recognises !ok and !ok || extra.
func (t *translator) guards(e ast.Expr, ok types.Object) (extra ast.Expr, is bool) {
	if b, is := e.(*ast.BinaryExpr); is && b.Op == token.LOR {
		return b.Y, t.denies(b.X, ok)
	}
	return nil, t.denies(e, ok)
}

func (t *translator) denies(e ast.Expr, ok types.Object) bool {
	u, is := e.(*ast.UnaryExpr)
	return is && u.Op == token.NOT && ok != nil && t.object(u.X) == ok
}

// object is the variable that an identifier defines or uses.
func (t *translator) object(e ast.Expr) types.Object {
	id, is := e.(*ast.Ident)
	if !is {
		return nil
	}
	if o := t.info.Defs[id]; o != nil {
		return o
	}
	return t.info.Uses[id]
}

// isNew reports whether a := makes this variable, or drops the value. One that was there before is changed even where
// ok is false, which a match would not show.
func (t *translator) isNew(e ast.Expr) bool {
	id, is := e.(*ast.Ident)
	return is && (id.Name == "_" || t.info.Defs[id] != nil)
}

// branch translates an if that always leaves, or that never does and only changes variables.
func (t *translator) branch(s *ast.IfStmt, rest []ast.Stmt, c flow) string {
	if s.Else != nil {
		return t.refuse(s.Else, "else")
	}
	if s.Init != nil {
		return t.found(s, rest, c)
	}
	cond := t.expr(s.Cond)
	if leaves(s.Body.List) {
		return choice(cond, t.statements(s.Body.List, c), t.statements(rest, c))
	}
	if returnsWithin(s.Body) {
		return t.refuse(s, "a branch that sometimes leaves and sometimes goes on")
	}
	vars := t.changed(s)
	if len(vars) == 0 {
		return t.refuse(s, "a branch that changes nothing")
	}
	names := t.tuple(vars)
	then := t.statements(s.Body.List, flow{ends: func() string { return names }})
	return fmt.Sprintf("let %s :=\n%s in\n%s", pattern(names), indent(choice(cond, then, names)), t.statements(rest, c))
}

// found translates: if v, ok := f(); ok { ... return }
func (t *translator) found(s *ast.IfStmt, rest []ast.Stmt, c flow) string {
	a, is := s.Init.(*ast.AssignStmt)
	if !is || a.Tok != token.DEFINE || len(a.Lhs) != 2 || len(a.Rhs) != 1 || !t.isNew(a.Lhs[0]) ||
		t.object(s.Cond) == nil || t.object(s.Cond) != t.object(a.Lhs[1]) || !leaves(s.Body.List) {
		return t.refuse(s, "if with a statement that is not: if v, ok := f(); ok { ... return }")
	}
	call := t.expr(a.Rhs[0])
	v := t.bind(t.object(a.Lhs[0]))
	then := t.statements(s.Body.List, c)
	return fmt.Sprintf("match %s with\n| Some %s =>%s\n| None =>\n%s\nend",
		bare(call), v, below(bare(then)), indent(bare(t.statements(rest, c))))
}

func choice(cond, then, otherwise string) string {
	return fmt.Sprintf("if %s then%s\nelse %s", bare(cond), below(bare(then)), bare(otherwise))
}

// below puts a term on the same line if it is short, and otherwise below it.
func below(term string) string {
	if len(term) <= 40 && !strings.Contains(term, "\n") {
		return " " + term
	}
	return "\n" + indent(term)
}

// bare is a term that stands alone, without the parentheses around the whole of it.
func bare(term string) string {
	if !strings.HasPrefix(term, "(") || strings.Contains(term, `"`) {
		return term
	}
	depth := 0
	for i, r := range term {
		switch r {
		case '(':
			depth++
		case ')':
			depth--
		case ',':
			if depth == 1 {
				return term // a tuple
			}
		}
		if depth == 0 {
			if i < len(term)-1 {
				return term
			}
			break
		}
	}
	return term[1 : len(term)-1]
}

// typeSwitch translates a switch over all members of a sealed sum. What follows it is reached by no value.
func (t *translator) typeSwitch(s *ast.TypeSwitchStmt, rest []ast.Stmt, c flow) string {
	a, is := s.Assign.(*ast.AssignStmt)
	if !is || s.Init != nil {
		return t.refuse(s, "a type switch that is not: switch x := y.(type)")
	}
	subject := a.Rhs[0].(*ast.TypeAssertExpr).X
	sum, is := t.info.TypeOf(subject).(*types.Named)
	if !is {
		return t.refuse(s, "type switch on %s", t.info.TypeOf(subject))
	}
	missing := map[string]bool{}
	for _, m := range t.members(sum) {
		missing[m.Name()] = true
	}
	out := "match " + t.expr(subject) + " with"
	for _, cl := range s.Body.List {
		cl := cl.(*ast.CaseClause)
		if len(cl.List) != 1 || !leaves(cl.Body) {
			return t.refuse(cl, "a case that does not name one type, or does not return")
		}
		n, is := t.info.TypeOf(cl.List[0]).(*types.Named)
		if !is || !missing[n.Obj().Name()] {
			return t.refuse(cl, "case %s", t.info.TypeOf(cl.List[0]))
		}
		delete(missing, n.Obj().Name())
		v := t.bind(t.info.Implicits[cl])
		out += fmt.Sprintf("\n| %s_%s %s =>%s", sum.Obj().Name(), n.Obj().Name(), v, below(bare(t.statements(cl.Body, c))))
	}
	for name := range missing {
		t.refuse(s, "no case for %s", name)
	}
	if len(rest) > 1 || len(rest) == 1 && !isPanic(rest[0]) {
		return t.refuse(rest[0], "something other than a panic after an exhaustive type switch")
	}
	return out + "\nend"
}

func isPanic(s ast.Stmt) bool {
	e, is := s.(*ast.ExprStmt)
	if !is {
		return false
	}
	call, is := e.X.(*ast.CallExpr)
	if !is {
		return false
	}
	id, is := call.Fun.(*ast.Ident)
	return is && id.Name == "panic"
}

// leaves reports whether a list of statements ends in a return.
func leaves(list []ast.Stmt) bool {
	if len(list) == 0 {
		return false
	}
	_, is := list[len(list)-1].(*ast.ReturnStmt)
	return is
}

// returnsWithin reports whether a return occurs anywhere inside.
func returnsWithin(n ast.Node) (found bool) {
	ast.Inspect(n, func(n ast.Node) bool {
		_, is := n.(*ast.ReturnStmt)
		found = found || is
		return true
	})
	return found
}

// changed lists the variables that are declared before a statement and assigned inside it, by name.
func (t *translator) changed(n ast.Node) (vars []types.Object) {
	ast.Inspect(n, func(m ast.Node) bool {
		a, is := m.(*ast.AssignStmt)
		if !is || a.Tok != token.ASSIGN {
			return true
		}
		for _, l := range a.Lhs {
			for sel, is := l.(*ast.SelectorExpr); is; sel, is = l.(*ast.SelectorExpr) {
				l = sel.X
			}
			if o := t.object(l); o != nil && o.Pos() < n.Pos() && t.local[o] != "" && !slices.Contains(vars, o) {
				vars = append(vars, o)
			}
		}
		return true
	})
	slices.SortFunc(vars, func(a, b types.Object) int { return cmp.Compare(t.local[a], t.local[b]) })
	return vars
}

// tuple is the value of some variables.
func (t *translator) tuple(vars []types.Object) string {
	var names []string
	for _, v := range vars {
		names = append(names, t.local[v])
	}
	if len(names) == 1 {
		return names[0]
	}
	return "(" + strings.Join(names, ", ") + ")"
}

// pattern is what binds a tuple.
func pattern(names string) string {
	if strings.HasPrefix(names, "(") {
		return "'" + names
	}
	return names
}
