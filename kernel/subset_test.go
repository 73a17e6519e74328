package kernel_test

import (
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// The kernel's files are held to two sets of rules: all of them to purity, and those that are translated to the
// subset that the translator reads. The translator refuses more than this; here a mistake is told by plain go test.

const untranslated = "//argus:untranslated"

const orderedPath = "argus/kernel/ordered"

func allowedImports() []string {
	return []string{orderedPath, "cmp", "errors", "iter", "maps", "math/bits", "slices", "strconv", "strings"}
}

// source is one package, parsed and typed.
type source struct {
	fset  *token.FileSet
	files []*ast.File
	pkg   *types.Package
	info  *types.Info
}

func load(t *testing.T, dir, path string, deps map[string]*types.Package) source {
	t.Helper()
	src := source{fset: token.NewFileSet(), info: &types.Info{
		Types: map[ast.Expr]types.TypeAndValue{}, Uses: map[*ast.Ident]types.Object{}, Defs: map[*ast.Ident]types.Object{},
	}}
	names, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no files in %s: %v", dir, err)
	}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(src.fset, name, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		src.files = append(src.files, f)
	}
	conf := types.Config{Importer: known{deps, importer.ForCompiler(src.fset, "source", nil)}}
	if src.pkg, err = conf.Check(path, src.fset, src.files, src.info); err != nil {
		t.Fatal(err)
	}
	return src
}

// known imports packages that were loaded before, and the rest from source.
type known struct {
	deps map[string]*types.Package
	std  types.Importer
}

func (k known) Import(path string) (*types.Package, error) {
	if p := k.deps[path]; p != nil {
		return p, nil
	}
	return k.std.Import(path)
}

func loadKernel(t *testing.T) (kernel, ordered source) {
	t.Helper()
	ordered = load(t, "ordered", orderedPath, nil)
	return load(t, ".", "argus/kernel", map[string]*types.Package{orderedPath: ordered.pkg}), ordered
}

func TestKernelIsPure(t *testing.T) {
	kernel, ordered := loadKernel(t)
	for _, src := range []source{kernel, ordered} {
		for _, f := range src.files {
			for _, found := range impure(src, f) {
				t.Error(found)
			}
		}
	}
}

// impure finds imports beyond the list, and everything by which a step could depend on more than its arguments.
func impure(src source, f *ast.File) (found []string) {
	say := func(n ast.Node, what string) { found = append(found, src.fset.Position(n.Pos()).String()+": "+what) }
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ImportSpec:
			path, _ := strconv.Unquote(n.Path.Value)
			if !slices.Contains(allowedImports(), path) {
				say(n, "import of "+path)
			}
		case *ast.GoStmt:
			say(n, "goroutine")
		case *ast.ChanType, *ast.SelectStmt, *ast.SendStmt:
			say(n, "channel")
		case *ast.RangeStmt:
			if _, is := src.info.TypeOf(n.X).Underlying().(*types.Map); is {
				say(n, "range over a map")
			}
		case *ast.GenDecl:
			if n.Tok == token.VAR && slices.Contains(f.Decls, ast.Decl(n)) {
				say(n, "package variable")
			}
		case *ast.FuncDecl:
			if n.Name.Name == "init" {
				say(n, "init function")
			}
		case ast.Expr:
			if b, is := typeOf(src, n).(*types.Basic); is && b.Info()&(types.IsFloat|types.IsComplex) != 0 {
				say(n, "floating point")
			}
		}
		return true
	})
	return found
}

// typeOf is the underlying type of an expression, or nil.
func typeOf(src source, e ast.Expr) types.Type {
	if t := src.info.TypeOf(e); t != nil {
		return t.Underlying()
	}
	return nil
}

func isTranslated(f *ast.File) bool {
	for _, group := range f.Comments {
		for _, c := range group.List {
			if c.Text == untranslated && c.Pos() < f.Package {
				return false
			}
		}
	}
	return true
}

func TestTranslatedFilesKeepToTheSubset(t *testing.T) {
	src, _ := loadKernel(t)
	outside := map[types.Object]bool{} // declared where the translator does not look
	for _, f := range src.files {
		if isTranslated(f) {
			continue
		}
		for id, o := range src.info.Defs {
			if f.FileStart <= id.Pos() && id.Pos() < f.FileEnd && o != nil {
				outside[o] = true
			}
		}
	}
	translated := 0
	for _, f := range src.files {
		if isTranslated(f) {
			translated++
			for _, found := range beyondSubset(src, f, outside) {
				t.Error(found)
			}
		}
	}
	if translated < 15 {
		t.Errorf("only %d files are translated", translated)
	}
}

// beyondSubset finds what the translator would refuse, by the kind of syntax.
func beyondSubset(src source, f *ast.File, outside map[types.Object]bool) (found []string) {
	say := func(n ast.Node, what string) { found = append(found, src.fset.Position(n.Pos()).String()+": "+what) }
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Ident:
			if outside[src.info.Uses[n]] {
				say(n, n.Name+" is declared in an untranslated file")
			}
			if strings.Contains(n.Name, "_") && n.Name != "_" {
				say(n, "underscore in a name")
			}
		case *ast.StarExpr, *ast.MapType, *ast.ArrayType, *ast.FuncLit, *ast.IndexExpr, *ast.SliceExpr, *ast.DeferStmt,
			*ast.LabeledStmt, *ast.ForStmt, *ast.IncDecStmt, *ast.DeclStmt:
			if _, generic := n.(*ast.IndexExpr); !generic || !src.info.Types[n.(ast.Expr)].IsType() {
				say(n, "outside the subset")
			}
		case *ast.BranchStmt:
			if n.Tok != token.CONTINUE {
				say(n, n.Tok.String())
			}
		case *ast.UnaryExpr:
			if n.Op != token.NOT {
				say(n, "unary "+n.Op.String())
			}
		case *ast.BinaryExpr:
			if src.info.Types[n].Value == nil && slices.Contains([]token.Token{token.MUL, token.QUO, token.REM, token.SHR, token.XOR}, n.Op) {
				say(n, "operator "+n.Op.String())
			}
			if (n.Op == token.EQL || n.Op == token.NEQ) && !isBasic(typeOf(src, n.X)) {
				say(n, "comparison of "+src.info.TypeOf(n.X).String())
			}
		case *ast.AssignStmt:
			if n.Tok != token.ASSIGN && n.Tok != token.DEFINE {
				say(n, "assignment by "+n.Tok.String())
			}
		case *ast.TypeSwitchStmt:
			for _, c := range n.Body.List {
				if len(c.(*ast.CaseClause).List) != 1 {
					say(c, "default, or more than one type, in a type switch")
				}
			}
		case *ast.FuncType:
			if n.TypeParams != nil {
				say(n, "generic function")
			}
		case *ast.StructType:
			for _, field := range n.Fields.List {
				if len(field.Names) == 0 {
					say(field, "embedding")
				}
			}
		case *ast.ReturnStmt:
			return !isAbsent(n) // T{}, false may leave its fields out: nobody reads them
		case *ast.CompositeLit:
			if st, is := typeOf(src, n).(*types.Struct); is && len(n.Elts) != st.NumFields() && !isOrdered(src.info.TypeOf(n)) {
				say(n, "literal that does not set every field")
			}
		}
		return true
	})
	return found
}

func isBasic(t types.Type) bool { _, is := t.(*types.Basic); return is }

func isOrdered(t types.Type) bool {
	n, is := t.(*types.Named)
	return is && n.Obj().Pkg() != nil && n.Obj().Pkg().Path() == orderedPath
}

func isAbsent(r *ast.ReturnStmt) bool {
	if len(r.Results) != 2 {
		return false
	}
	id, is := r.Results[1].(*ast.Ident)
	return is && id.Name == "false"
}

// TestSubsetCheckSeesWhatItShould holds the check itself to account.
func TestSubsetCheckSeesWhatItShould(t *testing.T) {
	for name, code := range map[string]string{
		"goroutine":        "func f() { go f() }",
		"channel":          "func f(c chan int) {}",
		"range over a map": "func f(m map[string]int) { for range m { f(m) } }",
		"package variable": "var x = 1",
		"floating point":   "func f(x uint64) bool { return float64(x) > 1 }",
		"import of time":   "import \"time\"\nfunc f() time.Time { return time.Time{} }",
		"init function":    "func init() {}",
	} {
		src, f := snippet(t, code)
		if !strings.Contains(strings.Join(impure(src, f), "\n"), name) {
			t.Errorf("purity: %s was not seen", name)
		}
	}
	for name, code := range map[string]string{
		"pointer":    "func f(p *uint64) uint64 { return *p }",
		"closure":    "func f(n uint64) uint64 { g := func() uint64 { return n }; return g() }",
		"while":      "func f(n uint64) uint64 { for n > 0 { n = n - 1 }; return n }",
		"division":   "func f(a, b uint64) uint64 { return a / b }",
		"partial":    "type T struct{ A, B uint64 }\nfunc f() T { return T{A: 1} }",
		"struct ==":  "type T struct{ A uint64 }\nfunc f(a, b T) bool { return a == b }",
		"break":      "func f(n uint64) uint64 { for i := range n { if i == 3 { break }; n = i }; return n }",
		"generic":    "func f[T any](x T) T { return x }",
		"index":      "func f(a []uint64) uint64 { return a[0] }",
		"underscore": "func a_b() uint64 { return 0 }",
		"defer":      "func f() { defer f() }",
		"increment":  "func f(n uint64) uint64 { n++; return n }",
	} {
		src, f := snippet(t, code)
		if len(beyondSubset(src, f, nil)) == 0 {
			t.Errorf("subset: %s was not seen", name)
		}
	}
	src, f := snippet(t, "type T struct{ A uint64 }\nfunc f(n uint64) (T, bool) { if n == 1 { return T{}, false }; return T{A: n}, true }")
	if found := append(impure(src, f), beyondSubset(src, f, nil)...); len(found) > 0 {
		t.Errorf("the control: %v", found)
	}
}

func snippet(t *testing.T, code string) (source, *ast.File) {
	t.Helper()
	src := source{fset: token.NewFileSet(), info: &types.Info{
		Types: map[ast.Expr]types.TypeAndValue{}, Uses: map[*ast.Ident]types.Object{}, Defs: map[*ast.Ident]types.Object{},
	}}
	f, err := parser.ParseFile(src.fset, "snippet.go", "package p\n"+code, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	conf := types.Config{Importer: importer.ForCompiler(src.fset, "source", nil)}
	if src.pkg, err = conf.Check("p", src.fset, []*ast.File{f}, src.info); err != nil {
		t.Fatal(err)
	}
	return src, f
}
