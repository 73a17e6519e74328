package main

const gorocq = "formal/gorocq/"

// translatorMutants are rules of the translation, each made wrong.
var translatorMutants = []mutant{
	{"and-not as and", gorocq + "expr.go", `token.AND_NOT: "N.ldiff"`, `token.AND_NOT: "N.land"`, ""},
	{"and as or", gorocq + "expr.go", `token.AND: "N.land"`, `token.AND: "N.lor"`, ""},
	{"minimum as maximum", gorocq + "expr.go", `"(N.min %s %s)"`, `"(N.max %s %s)"`, ""},
	{"greater not turned around", gorocq + "expr.go", `token.GTR: {"<?", true}`, `token.GTR: {"<?", false}`, ""},
	{"greater as at least", gorocq + "expr.go", `token.GTR: {"<?", true}`, `token.GTR: {"<=?", true}`, ""},
	{"at least as greater", gorocq + "expr.go", `token.GEQ: {"<=?", true}`, `token.GEQ: {"<?", true}`, ""},
	{"less as at most", gorocq + "expr.go", `token.LSS: {"<?", false}`, `token.LSS: {"<=?", false}`, ""},
	{"at most as less", gorocq + "expr.go", `token.LEQ: {"<=?", false}`, `token.LEQ: {"<?", false}`, ""},
	{"two bytes as one", gorocq + "types.go", "types.Uint16: 16", "types.Uint16: 8", ""},
	{"width of the left operand's place", gorocq + "types.go", "types.Uint64: 64", "types.Uint64: 63", ""},
	{"sum as difference", gorocq + "expr.go", `token.ADD: "add"`, `token.ADD: "sub"`, ""},
	{"difference as sum", gorocq + "expr.go", `token.SUB: "sub"`, `token.SUB: "add"`, ""},
	{"unequal as equal", gorocq + "expr.go", `return "(negb " + t.equal(e, operand, a, b) + ")"`, `return t.equal(e, operand, a, b)`, ""},
	{"not left out", gorocq + "expr.go", `return "(negb " + t.expr(e.X) + ")"`, `return t.expr(e.X)`, ""},
	{"and as or, of conditions", gorocq + "expr.go", `fmt.Sprintf("(%s && %s)", a, b)`, `fmt.Sprintf("(%s || %s)", a, b)`, ""},
	{"or as and, of conditions", gorocq + "expr.go", `fmt.Sprintf("(%s || %s)", a, b)`, `fmt.Sprintf("(%s && %s)", a, b)`, ""},
	{"texts put together the wrong way", gorocq + "expr.go", `fmt.Sprintf("(String.append %s %s)", a, b)`, `fmt.Sprintf("(String.append %s %s)", b, a)`, ""},
	{"fields in another order", gorocq + "expr.go", "args[i] = t.converted(el, fields[i].Type())", "args[len(args)-1-i] = t.converted(el, fields[i].Type())", ""},
	{"second half of a guard dropped", gorocq + "statement.go", "some = choice(cond, t.statements(guard.Body.List, c), t.statements(rest[1:], c))", "_ = cond\n\t\tsome = t.statements(rest[1:], c)", ""},
	{"setter that changes nothing", gorocq + "types.go", `args = append(args, "v")`, `args = append(args, fmt.Sprintf("(%s_%s x)", owner, f.Name()))`, ""},
	{"assignment that is lost", gorocq + "statement.go", `case *ast.SelectorExpr:
		if n, is := t.structOf(l); is {
			return t.update(l.X, fmt.Sprintf("(%s %s %s)", t.setter(l, n, l.Sel.Name), t.expr(l.X), value))`, `case *ast.SelectorExpr:
		if n, is := t.structOf(l); is {
			t.setter(l, n, l.Sel.Name)
			return t.update(l.X, t.expr(l.X))`, ""},
	{"branches turned around", gorocq + "statement.go", "bare(cond), below(bare(then)), bare(otherwise))", "bare(cond), below(bare(otherwise)), bare(then))", ""},
	{"branch always taken", gorocq + "statement.go", "indent(choice(cond, then, names))", "indent(choice(cond, then, then))", ""},
	{"found as not found", gorocq + "statement.go", `if !constant.BoolVal(found) {`, `if constant.BoolVal(found) && false {`, ""},
	{"constants off by one", gorocq + "expr.go", `return v.ExactString()`, `return constant.BinaryOp(v, token.ADD, constant.MakeInt64(1)).ExactString()`, ""},
	{"set where delete is meant", gorocq + "types.go", `"Delete": "delete"`, `"Delete": "set"`, ""},
	{"a search that goes on", gorocq + "loop.go", `returns: func(v string) string { return "Some " + v },`, `returns: func(v string) string { return "None" },`, ""},
	{"a walk that goes on", gorocq + "loop.go", `returns: func(v string) string { return "inl " + v },`, `returns: func(v string) string { return "inr " + names },`, ""},
	{"a loop that starts over", gorocq + "loop.go", "indent(body), list, names, t.statements(rest, c))", "indent(body), \"(tl \"+list+\")\", names, t.statements(rest, c))", ""},
	{"receiver and argument exchanged", gorocq + "expr.go", `terms := []string{head}
	if receiver != "" {
		terms = append(terms, receiver)
	}`, `terms := []string{head}
	defer func() {}()
	if receiver != "" && o.Name() != "SubsetOf" {
		terms = append(terms, receiver)
	}
	if o.Name() == "SubsetOf" {
		return "(" + head + " " + t.expr(e.Args[0]) + " " + receiver + ")"
	}`, ""},
}
