package main

import (
	"fmt"
	"go/ast"
	"go/types"
	"strings"
)

const orderedPath = "argus/kernel/ordered"

// typ is the Gallina type of a Go type.
func (t *translator) typ(x types.Type) string {
	switch x := x.(type) {
	case *types.Named:
		if x.Obj().Pkg() == t.pkg {
			return t.use(t.at, x.Obj())
		}
		if isOrdered(x) {
			return t.orderedType(x)
		}
	case *types.Basic:
		switch {
		case x.Kind() == types.String:
			return "string"
		case x.Kind() == types.Bool:
			return "bool"
		case widths[x.Kind()] > 0:
			return "N"
		}
	}
	return t.refuse(t.at, "type %s", x)
}

// widths are the integers that the kernel uses. They mean the same on every machine.
var widths = map[types.BasicKind]int{types.Uint8: 8, types.Uint16: 16, types.Uint64: 64}

func isUnsigned(x types.Type) bool {
	b, is := x.Underlying().(*types.Basic)
	return is && widths[b.Kind()] > 0
}

func isString(x types.Type) bool { return types.Identical(x.Underlying(), types.Typ[types.String]) }

func isBool(x types.Type) bool { return types.Identical(x.Underlying(), types.Typ[types.Bool]) }

func isOrdered(x types.Type) bool {
	n, is := x.(*types.Named)
	return is && n.Obj().Pkg() != nil && n.Obj().Pkg().Path() == orderedPath
}

// orderedType is the type of a map or set of the boundary.
func (t *translator) orderedType(x *types.Named) string {
	module := t.module(x)
	if x.Obj().Name() == "Map" {
		return fmt.Sprintf("(%s.t %s)", module, t.typ(x.TypeArgs().At(1)))
	}
	return module + ".t"
}

// module is the instance of the boundary for the key type.
func (t *translator) module(x *types.Named) string {
	key := x.TypeArgs().At(0)
	switch kind := x.Obj().Name(); {
	case kind == "Map" && isString(key):
		return "SMap"
	case kind == "Map" && isUnsigned(key):
		return "NMap"
	case kind == "Set" && isString(key):
		return "SSet"
	}
	return t.refuse(t.at, "no instance of the boundary for %s", x)
}

// boundary are the methods whose equations formal/axioms states, by type.
var boundary = map[string]map[string]string{
	"Map": {"Get": "get", "Has": "has", "Len": "len", "Set": "set", "Delete": "delete"},
	"Set": {"Has": "has", "Len": "len", "Add": "add", "SubsetOf": "subsetOf"},
}

// typeDecl defines a struct, a sealed sum, or another name for a basic type.
func (t *translator) typeDecl(s *ast.TypeSpec) {
	o := t.info.Defs[s.Name]
	t.begin(o, s)
	if s.TypeParams != nil || s.Assign.IsValid() {
		t.refuse(s, "generic type or alias")
		return
	}
	switch u := o.Type().Underlying().(type) {
	case *types.Struct:
		var fields []string
		for f := range u.Fields() {
			if f.Embedded() {
				t.refuse(s, "embedded field %s", f.Name())
			}
			if strings.Contains(f.Name(), "_") {
				t.refuse(s, "underscore in the name %s", f.Name())
			}
			fields = append(fields, fmt.Sprintf("%s_%s : %s", o.Name(), f.Name(), t.typ(f.Type())))
		}
		sort := "" // what follows from the fields; without any it would be Prop, which is no data
		if len(fields) == 0 {
			sort = " : Set"
		}
		t.cur.text = fmt.Sprintf("Record %s%s := mk%s {%s}.", o.Name(), sort, o.Name(), inBraces(fields))
	case *types.Interface:
		t.cur.text = "Inductive " + o.Name() + " :="
		for _, m := range t.members(o.Type()) {
			t.cur.text += fmt.Sprintf("\n| %s_%s (x : %s)", o.Name(), m.Name(), t.use(s, m))
		}
		t.cur.text += "."
	default:
		t.cur.text = fmt.Sprintf("Definition %s := %s.", o.Name(), t.typ(u))
	}
}

// inBraces puts fields on lines of their own.
func inBraces(fields []string) string {
	if len(fields) == 0 {
		return " "
	}
	return "\n" + indent(strings.Join(fields, ";\n")) + "\n"
}

// members are the structs of a sealed sum, by name. A sum is sealed by one method that only this package can have.
func (t *translator) members(i types.Type) []types.Object {
	u := i.Underlying().(*types.Interface)
	if u.NumMethods() != 1 || u.NumEmbeddeds() > 0 || u.Method(0).Exported() || u.Method(0).Signature().Params().Len() > 0 ||
		u.Method(0).Signature().Results().Len() > 0 {
		t.refuse(t.at, "interface %s is not sealed by one unexported method without arguments", i)
		return nil
	}
	var members []types.Object
	for _, name := range t.pkg.Scope().Names() {
		o, is := t.pkg.Scope().Lookup(name).(*types.TypeName)
		if is && !types.IsInterface(o.Type()) && types.Implements(types.NewPointer(o.Type()), u) {
			if _, is := o.Type().Underlying().(*types.Struct); !is {
				t.refuse(t.at, "%s is in the sum %s, but not a struct", name, i)
			}
			members = append(members, o)
		}
	}
	return members
}

// setter is the copy of a record with one field changed. Proofs use setters, so a new field leaves them alone.
func (t *translator) setter(at ast.Node, n *types.Named, field string) string {
	owner := t.use(at, n.Obj())
	name := owner + "_set_" + field
	for f := range n.Underlying().(*types.Struct).Fields() {
		if f.Name() == field {
			t.cur.deps[f] = true
			if t.defs[f] == nil {
				t.defs[f] = t.define(name, n, f)
			}
		}
	}
	return name
}

// define is the definition of a setter.
func (t *translator) define(name string, n *types.Named, changed *types.Var) *definition {
	user := t.cur
	defer func() { t.cur = user }()
	t.cur = &definition{name: name, at: changed.Pos(), deps: map[types.Object]bool{}}
	owner := t.use(t.at, n.Obj())
	var args []string
	for f := range n.Underlying().(*types.Struct).Fields() {
		if f == changed {
			args = append(args, "v")
		} else {
			args = append(args, fmt.Sprintf("(%s_%s x)", owner, f.Name()))
		}
	}
	t.cur.text = fmt.Sprintf("Definition %s (x : %s) (v : %s) : %s :=\n  mk%s %s.",
		name, owner, t.typ(changed.Type()), owner, owner, strings.Join(args, " "))
	return t.cur
}
