package main

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"
)

// declare translates one declaration of a file.
func (t *translator) declare(d ast.Decl) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		t.function(d)
	case *ast.GenDecl:
		for _, s := range d.Specs {
			switch s := s.(type) {
			case *ast.TypeSpec:
				t.typeDecl(s)
			case *ast.ValueSpec:
				t.constants(d.Tok, s)
			}
		}
	}
}

func (t *translator) constants(tok token.Token, s *ast.ValueSpec) {
	if tok != token.CONST {
		t.refuse(s, "package variable")
		return
	}
	for _, id := range s.Names {
		c := t.info.Defs[id].(*types.Const)
		t.begin(c, id)
		t.cur.text = fmt.Sprintf("Definition %s : %s := %s.", c.Name(), t.typ(c.Type()), t.literal(id, c.Val()))
	}
}

// function defines a function or a method. The method that seals a sum has nothing to define.
func (t *translator) function(d *ast.FuncDecl) {
	f := t.info.Defs[d.Name].(*types.Func)
	sig := f.Signature()
	if sig.Recv() != nil && sig.Params().Len() == 0 && sig.Results().Len() == 0 && len(d.Body.List) == 0 {
		if _, is := sig.Recv().Type().(*types.Named); !is {
			t.refuse(d, "pointer receiver")
		}
		return
	}
	t.begin(f, d)
	if d.Body == nil || d.Type.TypeParams != nil || sig.Variadic() || sig.RecvTypeParams().Len() > 0 {
		t.refuse(d, "a function that is generic, variadic or has no body")
		return
	}
	t.local, t.taken, t.results = map[types.Object]string{}, map[string]bool{}, sig.Results()
	params := slices.Collect(sig.Params().Variables())
	if sig.Recv() != nil {
		params = append([]*types.Var{sig.Recv()}, params...)
	}
	var head strings.Builder
	for _, p := range params {
		fmt.Fprintf(&head, " (%s : %s)", t.bind(p), t.typ(p.Type()))
	}
	result := t.resultType(d, sig.Results())
	if result == "" {
		return
	}
	body := t.statements(d.Body.List, flow{returns: func(v string) string { return v }})
	t.cur.text = fmt.Sprintf("Definition %s%s : %s :=\n%s.", t.cur.name, head.String(), result, indent(bare(body)))
}

// resultType is T for a function with the result T, and option T for one with the results (T, bool). Others are
// refused and have none.
func (t *translator) resultType(d *ast.FuncDecl, r *types.Tuple) string {
	for v := range r.Variables() {
		if v.Name() != "" {
			return t.refuse(d, "named result")
		}
	}
	switch {
	case r.Len() == 1:
		return t.typ(r.At(0).Type())
	case isCommaOK(r):
		return "option " + t.typ(r.At(0).Type())
	}
	return t.refuse(d, "results that are neither T nor (T, bool)")
}

func isCommaOK(r *types.Tuple) bool {
	return r.Len() == 2 && types.Identical(r.At(1).Type(), types.Typ[types.Bool])
}
