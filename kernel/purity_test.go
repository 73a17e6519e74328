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

// All files of the kernel are held to purity, those too that are not translated: what a host asks of them must not
// depend on more than their arguments either.

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

// TestWhatIsImpureIsSeen holds the check itself to account.
func TestWhatIsImpureIsSeen(t *testing.T) {
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
	src, f := snippet(t, "type T struct{ A uint64 }\nfunc f(n uint64) (T, bool) { if n == 1 { return T{}, false }; return T{A: n}, true }")
	if found := impure(src, f); len(found) > 0 {
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
