// Package argus_test holds the whole module to its rules of who may import whom (docs/architecture.md).
package argus_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// graph is what each package of this module imports: in its own code, not in its tests.
type graph map[string][]string

// pure are the packages of the standard library that the kernel may use: none of them knows a clock, randomness or the outside.
var pure = []string{"cmp", "errors", "iter", "maps", "math/bits", "slices", "strconv", "strings"}

// copied are packages that hold embedded files only, which argus init copies.
var copied = []string{"argus/plugins/oracle-cedar/policies", "argus/plugins/registry-git/defaults"}

// forTests are packages that tests of several packages share.
var forTests = []string{
	"argus/kernel/kerneltest", "argus/host/mediate/mediatetest", "argus/host/doorway/doorwaytest", "argus/plugin/sdk/sdktest", "argus/plugin/sdk/conformance/planted",
}

// rule says of one import whether it breaks a rule, and which.
type rule struct {
	says   string
	breaks func(from, to string) bool
}

var rules = []rule{
	{"the kernel imports kernel/ordered and a few pure standard packages", func(from, to string) bool {
		return from == "argus/kernel" && to != "argus/kernel/ordered" && !slices.Contains(pure, to)
	}},
	{"kernel/ordered imports a few pure standard packages", func(from, to string) bool {
		return from == "argus/kernel/ordered" && !slices.Contains(pure, to)
	}},
	{"only tests import what is made for tests", func(from, to string) bool { return slices.Contains(forTests, to) }},
	{"plugin/sdk and plugins never import host or kernel", func(from, to string) bool {
		return (in(from, "argus/plugin") || in(from, "argus/plugins")) && (in(to, "argus/host") || in(to, "argus/kernel"))
	}},
	{"plugin/sdk never imports a plugin", func(from, to string) bool { return in(from, "argus/plugin") && in(to, "argus/plugins") }},
	{"plugins never import each other", func(from, to string) bool {
		return in(from, "argus/plugins") && in(to, "argus/plugins") && part(from, 2) != part(to, 2)
	}},
	{"the host never imports a plugin", func(from, to string) bool { return in(from, "argus/host") && in(to, "argus/plugins") }},
	{"a front never imports another front", func(from, to string) bool {
		return in(from, "argus/host/front") && in(to, "argus/host/front") && part(from, 3) != part(to, 3)
	}},
	{"a front never imports the catalog", func(from, to string) bool {
		return in(from, "argus/host/front") && in(to, "argus/host/catalog")
	}},
	{"only the host itself and commands import a front", func(from, to string) bool {
		return in(to, "argus/host/front") && in(from, "argus/host") && from != "argus/host" && !in(from, "argus/host/front")
	}},
	{"nothing imports a command, an example, a tool of the proofs, the bench or a test", func(from, to string) bool {
		for _, top := range []string{"argus/cmd", "argus/examples", "argus/formal", "argus/bench", "argus/test"} {
			if in(to, top) && !in(from, top) {
				return true
			}
		}
		return false
	}},
	{"internal packages and proto are leaves", func(from, to string) bool {
		leaf := func(top string) bool { return in(from, top) && in(to, "argus") && !in(to, top) }
		return leaf("argus/internal") || leaf("argus/proto")
	}},
	{"a command imports host, and files to copy", func(from, to string) bool {
		return in(from, "argus/cmd") && in(to, "argus") && !in(to, "argus/cmd") && !in(to, "argus/host") && !in(to, "argus/internal") &&
			!slices.Contains(copied, to)
	}},
	{"packages of files to copy import nothing of ours", func(from, to string) bool { return slices.Contains(copied, from) && in(to, "argus") }},
}

// in reports whether a package is the one at root or lies below it.
func in(pkg, root string) bool { return pkg == root || strings.HasPrefix(pkg, root+"/") }

// part is one element of a path.
func part(pkg string, i int) string {
	parts := strings.Split(pkg, "/")
	if i >= len(parts) {
		return ""
	}
	return parts[i]
}

// broken lists every import that breaks a rule.
func broken(g graph) []string {
	var out []string
	for from, imports := range g {
		for _, to := range imports {
			for _, r := range rules {
				if r.breaks(from, to) {
					out = append(out, fmt.Sprintf("%s imports %s: %s", from, to, r.says))
				}
			}
		}
	}
	slices.Sort(out)
	return out
}

func TestPackagesImportOnlyWhatTheyMay(t *testing.T) {
	g := ours(t)
	if len(g["argus/kernel"]) == 0 || len(g["argus/host"]) == 0 || len(g["argus/cmd/argus"]) == 0 {
		t.Fatal("the module was not read")
	}
	for _, line := range broken(g) {
		t.Error(line)
	}
}

// TestAForbiddenImportIsFound is the control: each rule finds what breaks it, and takes its neighbour for what it is.
func TestAForbiddenImportIsFound(t *testing.T) {
	found := map[string]bool{}
	for _, c := range []struct{ from, forbidden, allowed string }{
		{"argus/kernel", "time", "slices"},
		{"argus/kernel", "argus/internal/ijson", "argus/kernel/ordered"},
		{"argus/kernel/ordered", "math/rand", "iter"},
		{"argus/host/ledger", "argus/kernel/kerneltest", "argus/kernel"},
		{"argus/plugin/sdk/oracle", "argus/host/fault", "argus/proto/argus/oracle/v1"},
		{"argus/plugins/oracle-cedar/internal/engine", "argus/kernel", "argus/internal/ijson"},
		{"argus/plugin/sdk", "argus/plugins/registry-git/content", "argus/plugin/sdk/registry"},
		{"argus/plugins/oracle-cedar", "argus/plugins/registry-git/content", "argus/plugins/oracle-cedar/internal/keeper"},
		{"argus/host", "argus/plugins/registry-git/defaults", "argus/plugin/sdk/registry"},
		{"argus/host/front/mcp", "argus/host/front/operator", "argus/host/mediate"},
		{"argus/host/front/operator", "argus/host/catalog", "argus/host/identity"},
		{"argus/host/mediate", "argus/host/front/mcp", "argus/host/ledger"},
		{"argus/host", "argus/examples/servers/stub", "argus/host/front/mcp"},
		{"argus/internal/ijson", "argus/kernel", "unicode/utf8"},
		{"argus/proto/argus/oracle/v1", "argus/internal/ijson", "argus/proto/argus/plugin/v1"},
		{"argus/cmd/argus", "argus/kernel", "argus/host/config"},
		{"argus/cmd/argus/internal/setup", "argus/plugins/registry-git/pin", "argus/plugins/registry-git/defaults"},
		{"argus/plugins/registry-git/defaults", "argus/internal/tomlpos", "embed"},
	} {
		got := broken(graph{c.from: {c.allowed, c.forbidden}})
		if len(got) == 0 {
			t.Errorf("%s may import %s", c.from, c.forbidden)
		}
		for _, line := range got {
			_, says, _ := strings.Cut(line, ": ")
			found[says] = true
			if !strings.HasPrefix(line, c.from+" imports "+c.forbidden+":") {
				t.Error(line)
			}
		}
	}
	for _, r := range rules {
		if !found[r.says] {
			t.Errorf("nothing shows that this rule finds anything: %s", r.says)
		}
	}
}

// ours asks the go command, which knows of build constraints, for every package of this module.
func ours(t *testing.T) graph {
	t.Helper()
	out, err := exec.Command("go", "list", "-e", "-json=ImportPath,Imports", "./...").Output()
	if err != nil {
		t.Fatal(err)
	}
	g := graph{}
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p struct {
			ImportPath string
			Imports    []string
		}
		err := d.Decode(&p)
		if errors.Is(err, io.EOF) {
			return g
		}
		if err != nil {
			t.Fatal(err)
		}
		g[p.ImportPath] = p.Imports
	}
}
