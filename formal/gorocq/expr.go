package main

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"slices"
	"strings"
)

// converted is an expression where a type is wanted. Go puts a member into its sum without a word; Gallina says so.
func (t *translator) converted(e ast.Expr, want types.Type) string {
	got := t.info.TypeOf(e)
	if !types.IsInterface(want) || types.Identical(got, want) {
		return t.expr(e)
	}
	sum, isSum := want.(*types.Named)
	member, isMember := got.(*types.Named)
	if !isSum || sum.Obj().Pkg() != t.pkg || !isMember || member.Obj().Pkg() != t.pkg || types.IsInterface(got) {
		return t.refuse(e, "%s used as %s", got, want)
	}
	return fmt.Sprintf("(%s_%s %s)", t.use(e, sum.Obj()), member.Obj().Name(), t.expr(e))
}

// expr is an expression as a Gallina term that needs no parentheses around it.
func (t *translator) expr(e ast.Expr) string {
	if id, is := e.(*ast.Ident); is {
		o := t.info.Uses[id]
		if name := t.local[o]; name != "" {
			return name
		}
		if c, is := o.(*types.Const); is && c.Pkg() == t.pkg {
			return t.use(e, c)
		}
	}
	if v := t.info.Types[e].Value; v != nil {
		return t.literal(e, v)
	}
	switch e := e.(type) {
	case *ast.Ident:
		return t.refuse(e, "%s has no value here", e.Name)
	case *ast.ParenExpr:
		return t.expr(e.X)
	case *ast.SelectorExpr:
		if n, is := t.structOf(e); is {
			return fmt.Sprintf("(%s_%s %s)", t.use(e, n.Obj()), e.Sel.Name, t.expr(e.X))
		}
	case *ast.UnaryExpr:
		if e.Op == token.NOT {
			return "(negb " + t.expr(e.X) + ")"
		}
		return t.refuse(e, "operator %s", e.Op)
	case *ast.BinaryExpr:
		return t.binary(e)
	case *ast.CompositeLit:
		return t.composite(e)
	case *ast.CallExpr:
		return t.call(e)
	}
	return t.refuse(e, "expression %s", kind(e))
}

// literal is a constant.
func (t *translator) literal(at ast.Node, v constant.Value) string {
	switch v.Kind() {
	case constant.Bool:
		return v.String()
	case constant.Int:
		if constant.Sign(v) >= 0 {
			return v.ExactString()
		}
	case constant.String:
		s := constant.StringVal(v)
		if strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' }) {
			return t.refuse(at, "text with bytes outside printable ASCII")
		}
		return `"` + strings.ReplaceAll(s, `"`, `""`) + `"%string`
	}
	return t.refuse(at, "constant %s", v)
}

// comparisons of numbers; those that N lacks are turned around.
var comparisons = map[token.Token]struct {
	op     string
	turned bool
}{token.LSS: {"<?", false}, token.LEQ: {"<=?", false}, token.GTR: {"<?", true}, token.GEQ: {"<=?", true}}

// bitwise operators, which never leave the width of their operands.
var bitwise = map[token.Token]string{token.OR: "N.lor", token.AND: "N.land", token.AND_NOT: "N.ldiff"}

// wrapping operators, which may.
var wrapping = map[token.Token]string{token.ADD: "add", token.SUB: "sub", token.SHL: "shl"}

func (t *translator) binary(e *ast.BinaryExpr) string {
	operand := t.info.TypeOf(e.X)
	a, b := t.expr(e.X), t.expr(e.Y)
	switch e.Op {
	case token.LAND:
		return fmt.Sprintf("(%s && %s)", a, b)
	case token.LOR:
		return fmt.Sprintf("(%s || %s)", a, b)
	case token.EQL:
		return t.equal(e, operand, a, b)
	case token.NEQ:
		return "(negb " + t.equal(e, operand, a, b) + ")"
	}
	if isString(operand) && e.Op == token.ADD {
		return fmt.Sprintf("(String.append %s %s)", a, b)
	}
	if isUnsigned(operand) {
		if c, is := comparisons[e.Op]; is {
			if c.turned {
				a, b = b, a
			}
			return fmt.Sprintf("(%s %s %s)", a, c.op, b)
		}
		if op, is := bitwise[e.Op]; is {
			return fmt.Sprintf("(%s %s %s)", op, a, b)
		}
		// Untyped operands take the type of the whole, so its width counts.
		if op, is := wrapping[e.Op]; is && isUnsigned(t.info.TypeOf(e)) {
			width := widths[t.info.TypeOf(e).Underlying().(*types.Basic).Kind()]
			return fmt.Sprintf("(%s %d %s %s)", op, width, a, b)
		}
	}
	return t.refuse(e, "operator %s on %s", e.Op, operand)
}

// equal compares numbers, texts and truth values. Structs are compared by methods that say what counts.
func (t *translator) equal(at ast.Node, operand types.Type, a, b string) string {
	switch {
	case isUnsigned(operand):
		return fmt.Sprintf("(%s =? %s)", a, b)
	case isString(operand):
		return fmt.Sprintf("(String.eqb %s %s)", a, b)
	case isBool(operand):
		return fmt.Sprintf("(Bool.eqb %s %s)", a, b)
	}
	return t.refuse(at, "comparison of %s", operand)
}

// composite is a literal of a struct, with every field set, or of an empty map or set.
func (t *translator) composite(e *ast.CompositeLit) string {
	n, is := t.info.TypeOf(e).(*types.Named)
	if !is {
		return t.refuse(e, "literal of %s", t.info.TypeOf(e))
	}
	if isOrdered(n) {
		return t.module(n) + ".empty"
	}
	u, is := n.Underlying().(*types.Struct)
	if !is || n.Obj().Pkg() != t.pkg {
		return t.refuse(e, "literal of %s", n)
	}
	if len(e.Elts) != u.NumFields() {
		return t.refuse(e, "literal of %s that does not set every field", n.Obj().Name())
	}
	fields := slices.Collect(u.Fields())
	args := make([]string, len(fields))
	for i, el := range e.Elts {
		if kv, is := el.(*ast.KeyValueExpr); is {
			i = slices.IndexFunc(fields, func(f *types.Var) bool { return f.Name() == kv.Key.(*ast.Ident).Name })
			el = kv.Value
		}
		args[i] = t.converted(el, fields[i].Type())
	}
	made := "mk" + t.use(e, n.Obj())
	if len(args) == 0 {
		return made
	}
	return "(" + made + " " + strings.Join(args, " ") + ")"
}

// call is a conversion that changes nothing, or a call of a function or method whose meaning is known.
func (t *translator) call(e *ast.CallExpr) string {
	if to := t.info.Types[e.Fun]; to.IsType() {
		return t.conversion(e, to.Type)
	}
	switch f := e.Fun.(type) {
	case *ast.Ident:
		switch o := t.info.Uses[f].(type) {
		case *types.Builtin:
			if o.Name() == "min" && len(e.Args) == 2 && isUnsigned(t.info.TypeOf(e)) {
				return fmt.Sprintf("(N.min %s %s)", t.expr(e.Args[0]), t.expr(e.Args[1]))
			}
			return t.refuse(e, "call of %s", o.Name())
		case *types.Func:
			if o.Pkg() == t.pkg {
				return t.apply(t.use(e, o), "", e, o)
			}
		}
	case *ast.SelectorExpr:
		if o, is := t.info.Uses[f.Sel].(*types.Func); is {
			return t.method(e, f, o)
		}
	}
	return t.refuse(e, "call of %s", kind(e.Fun))
}

// conversion between types that are the same underneath is nothing in Gallina; any other could lose bits.
func (t *translator) conversion(e *ast.CallExpr, to types.Type) string {
	from := t.info.TypeOf(e.Args[0])
	if !types.Identical(from.Underlying(), to.Underlying()) || types.IsInterface(to) {
		return t.refuse(e, "conversion from %s to %s", from, to)
	}
	return t.expr(e.Args[0])
}

// method is a call of a method of this package, of one at the boundary, or of strconv.FormatUint.
func (t *translator) method(e *ast.CallExpr, f *ast.SelectorExpr, o *types.Func) string {
	if t.info.Selections[f] == nil {
		if base := t.base(e); o.FullName() == "strconv.FormatUint" && base == "10" {
			return "(formatUint " + t.expr(e.Args[0]) + ")"
		}
		return t.refuse(e, "call of %s", o.FullName())
	}
	receiver, is := t.info.TypeOf(f.X).(*types.Named)
	if !is || t.info.Selections[f].Kind() != types.MethodVal || types.IsInterface(receiver) {
		return t.refuse(e, "call of %s", o.FullName())
	}
	if isOrdered(receiver) {
		op := boundary[receiver.Obj().Name()][o.Name()]
		if op == "" {
			return t.refuse(e, "%s is not at the boundary", o.FullName())
		}
		return t.apply(t.module(receiver)+"."+op, t.expr(f.X), e, o)
	}
	if receiver.Obj().Pkg() != t.pkg {
		return t.refuse(e, "call of %s", o.FullName())
	}
	return t.apply(t.use(e, o), t.expr(f.X), e, o)
}

// base is the last argument of a call, if it is constant.
func (t *translator) base(e *ast.CallExpr) string {
	if len(e.Args) == 0 || t.info.Types[e.Args[len(e.Args)-1]].Value == nil {
		return ""
	}
	return t.info.Types[e.Args[len(e.Args)-1]].Value.ExactString()
}

// apply is a call with its arguments, the receiver first if there is one.
func (t *translator) apply(head, receiver string, e *ast.CallExpr, o *types.Func) string {
	terms := []string{head}
	if receiver != "" {
		terms = append(terms, receiver)
	}
	params := o.Signature().Params()
	if len(e.Args) != params.Len() {
		return t.refuse(e, "arguments that are not one for each parameter")
	}
	for i, a := range e.Args {
		terms = append(terms, t.converted(a, params.At(i).Type()))
	}
	if len(terms) == 1 {
		return head
	}
	return "(" + strings.Join(terms, " ") + ")"
}
