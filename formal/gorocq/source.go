package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// untranslated is the directive, above the package clause, of a file that is left out.
const untranslated = "//argus:untranslated"

// source is one package, parsed and typed.
type source struct {
	fset    *token.FileSet
	files   []*ast.File // those that are translated
	pkg     *types.Package
	info    *types.Info
	outside map[types.Object]bool // declared in the other files
}

// listed is what the go command says of one package.
type listed struct {
	ImportPath               string
	Export                   string // file of the compiled package's types
	GoFiles                  []string
	CgoFiles, IgnoredGoFiles []string
}

// load reads the package in a directory.
func load(dir string) (*source, error) {
	pkgs, err := list(dir)
	if err != nil {
		return nil, err
	}
	own := pkgs[len(pkgs)-1] // -deps puts a package after what it imports
	if len(own.CgoFiles)+len(own.IgnoredGoFiles) > 0 {
		return nil, fmt.Errorf("%s has files that are not the same program everywhere: %v", dir, append(own.CgoFiles, own.IgnoredGoFiles...))
	}
	files := map[string]any{}
	var names []string
	for _, name := range own.GoFiles {
		name = filepath.Join(dir, name)
		names = append(names, name)
		files[name] = nil
	}
	return check(own.ImportPath, names, files, exports(pkgs))
}

// list asks the go command for a package and all that it imports.
func list(dir string) ([]listed, error) {
	cmd := exec.Command("go", "list", "-deps", "-export", "-json=ImportPath,Export,GoFiles,CgoFiles,IgnoredGoFiles", ".")
	cmd.Dir, cmd.Stderr = dir, os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", dir, err)
	}
	var pkgs []listed
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return pkgs, nil
		} else if err != nil {
			return nil, fmt.Errorf("read the list of packages: %w", err)
		}
		pkgs = append(pkgs, p)
	}
}

// exports says where the types of each package are.
func exports(pkgs []listed) map[string]string {
	at := map[string]string{}
	for _, p := range pkgs {
		at[p.ImportPath] = p.Export
	}
	return at
}

// check parses and types files. The text of a file is nil if it is to be read from disk.
func check(path string, names []string, texts map[string]any, exports map[string]string) (*source, error) {
	src := &source{
		fset: token.NewFileSet(),
		info: &types.Info{
			Types: map[ast.Expr]types.TypeAndValue{}, Defs: map[*ast.Ident]types.Object{},
			Uses: map[*ast.Ident]types.Object{}, Implicits: map[ast.Node]types.Object{},
			Selections: map[*ast.SelectorExpr]*types.Selection{},
		},
		outside: map[types.Object]bool{},
	}
	var all, left []*ast.File
	for _, name := range names {
		f, err := parser.ParseFile(src.fset, name, texts[name], parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		all = append(all, f)
		if isTranslated(f) {
			src.files = append(src.files, f)
		} else {
			left = append(left, f)
		}
	}
	conf := types.Config{Importer: importer.ForCompiler(src.fset, "gc", func(path string) (io.ReadCloser, error) {
		return os.Open(exports[path])
	})}
	var err error
	if src.pkg, err = conf.Check(path, src.fset, all, src.info); err != nil {
		return nil, err
	}
	for _, f := range left {
		for id, o := range src.info.Defs {
			if o != nil && f.FileStart <= id.Pos() && id.Pos() < f.FileEnd {
				src.outside[o] = true
			}
		}
	}
	return src, nil
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
