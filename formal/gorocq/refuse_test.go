package main

import (
	"slices"
	"strings"
	"sync"
	"testing"
)

var kernelPackages = sync.OnceValues(func() ([]listed, error) { return list(kernelDir) })

// snippet is a package p of the given files, in which the types of the kernel's boundary can be had.
func snippet(t *testing.T, files map[string]any, names ...string) *source {
	t.Helper()
	pkgs, err := kernelPackages()
	if err != nil {
		t.Fatal(err)
	}
	src, err := check("p", names, files, exports(pkgs))
	if err != nil {
		t.Fatal(err)
	}
	return src
}

// prelude has one of each thing that snippets speak of.
const prelude = `
type Level uint8
type Name string
type Pair struct{ A, B Level }
type Box struct{ In Pair }
type Sum interface{ sum() }
type One struct{ N Level }
type Two struct{}
func (One) sum() {}
func (Two) sum() {}
type Numbers struct{ M ordered.Map[uint64, Pair]; S ordered.Set[Name] }
const Top Level = 9
func find(m Numbers, k uint64) (Pair, bool) {
	p, ok := m.M.Get(k)
	if !ok { return Pair{}, false }
	return p, true
}
`

// around makes a file of a snippet that imports one more package, or none.
func around(code, path string) string {
	head := "package p\nimport \"argus/kernel/ordered\"\n"
	if path != "" {
		head += "import \"" + path + "\"\n"
	}
	return head + prelude + code
}

// TestWhatIsOutsideTheSubsetIsRefused: each snippet leaves the subset in the line that says HERE, and the refusal
// names that line and the reason.
func TestWhatIsOutsideTheSubsetIsRefused(t *testing.T) {
	for _, c := range []struct{ name, code, why, path string }{
		// Types.
		{"signed integer", "func f(n int64) bool { return true } // HERE", "type int64", ""},
		{"integer of the machine's width", "func f(n uint) bool { return true } // HERE", "type uint", ""},
		{"width that the kernel has no use for", "func f(n uint32) bool { return true } // HERE", "type uint32", ""},
		{"floating point", "func f(x float64) bool { return true } // HERE", "type float64", ""},
		{"pointer", "func f(p *Pair) Level { return p.A } // HERE", "type *p.Pair", ""},
		{"pointer receiver", "func (p *Pair) f() Level { return p.A } // HERE", "type *p.Pair", ""},
		{"pointer receiver of a seal", "type Three struct{}\nfunc (*Three) sum() {} // HERE", "pointer receiver", ""},
		{"map", "type T struct{ // HERE\nm map[string]bool }", "type map[string]bool", ""},
		{"slice", "func f(a []Level) Level { return 0 } // HERE", "type []p.Level", ""},
		{"array", "type T [3]Level // HERE", "type [3]p.Level", ""},
		{"channel", "func f(c chan Level) bool { return true } // HERE", "type chan p.Level", ""},
		{"function type", "func f(g func() bool) bool { return true } // HERE", "type func() bool", ""},
		{"anonymous struct", "func f(x struct{ A Level }) bool { return true } // HERE", "type struct", ""},
		{"embedding", "type T struct { // HERE\nPair }", "embedded field Pair", ""},
		{"open interface", "type I interface{ M() } // HERE", "not sealed", ""},
		{"empty interface", "func f(x any) bool { return true } // HERE", "type any", ""},
		{"error", "func f() error { return nil } // HERE", "type error", ""},
		{"sum of something other than structs", "type S2 interface{ s2() } // HERE\ntype L2 uint8\nfunc (L2) s2() {}", "not a struct", ""},
		{"generic type", "type T[A any] struct{ X A } // HERE", "generic type", ""},
		{"generic function", "func f[A any](x A) A { return x } // HERE", "generic", ""},
		{"alias", "type T = Pair // HERE", "alias", ""},
		{"set of numbers", "func f(s ordered.Set[uint64]) bool { return true } // HERE", "no instance of the boundary", ""},
		{"map with another key", "func f(s ordered.Map[int, bool]) bool { return true } // HERE", "no instance of the boundary", ""},

		// Declarations.
		{"package variable", "var x Level = 1 // HERE", "package variable", ""},
		{"nameless constant", "const _ Level = 1 // HERE", "the name _", ""},
		{"signed constant", "const x = -1 // HERE", "type untyped int", ""},
		{"constant beyond ASCII", "const x Name = \"é\" // HERE", "printable ASCII", ""},
		{"init", "func init() {} // HERE", "results", ""},
		{"variadic", "func f(a ...Level) Level { return 0 } // HERE", "variadic", ""},
		{"named result", "func f() (n Level) { return 0 } // HERE", "named result", ""},
		{"no result", "func f(n Level) {} // HERE", "results", ""},
		{"three results", "func f() (Level, Level, bool) { return 0, 0, true } // HERE", "results", ""},
		{"two values", "func f() (Level, Level) { return 0, 0 } // HERE", "results", ""},
		{"no body", "func f() Level // HERE", "no body", ""},
		{"underscore", "func a_b() Level { return 0 } // HERE", "the name a_b", ""},
		{"underscore in a field", "type T struct { // HERE\nA_B Level }", "underscore in the name A_B", ""},
		{"underscore in a variable", "func f(a_b Level) Level { return a_b } // HERE", "underscore in the name a_b", ""},
		{"word of Gallina", "func fold_left() Level { return 0 } // HERE", "the name fold_left", ""},
		{"word of the library", "func scan() Level { return 0 } // HERE", "the name scan", ""},
		{"recursion", "func f(n uint64) uint64 { // HERE\nreturn f(n - 1) }", "recursion through f", ""},
		{"mutual recursion", "func f(n uint64) uint64 { // HERE\nreturn g(n) }\nfunc g(n uint64) uint64 {\nreturn f(n) }", "recursion through f", ""},
		{"directive", "//go:noinline HERE\nfunc f(n uint64) uint64 { return n }", "directive", ""},

		// Statements.
		{"while", "func f(n uint64) uint64 {\nfor n > 0 { n = n - 1 } // HERE\nreturn n }", "statement ForStmt", ""},
		{"for with a counter", "func f(n uint64) uint64 {\nfor i := n; i < 3; i = i + 1 { n = i } // HERE\nreturn n }", "statement ForStmt", ""},
		{"increment", "func f(n uint64) uint64 {\nn++ // HERE\nreturn n }", "statement IncDecStmt", ""},
		{"assignment by an operator", "func f(n uint64) uint64 {\nn += 1 // HERE\nreturn n }", "assignment by +=", ""},
		{"assignment to several", "func f(a, b uint64) uint64 {\na, b = b, a // HERE\nreturn a }", "assignment to several", ""},
		{"local declaration", "func f() Level {\nvar x Level // HERE\nreturn x }", "statement DeclStmt", ""},
		{"block", "func f() Level {\n{ // HERE\nreturn 1 } }", "statement BlockStmt", ""},
		{"goroutine", "func f(n uint64) uint64 {\ngo f(n) // HERE\nreturn n }", "statement GoStmt", ""},
		{"defer", "func f(n uint64) uint64 {\ndefer f(n) // HERE\nreturn n }", "statement DeferStmt", ""},
		{"switch", "func f(n uint64) uint64 {\nswitch n { // HERE\ncase 1: return 2 }\nreturn n }", "statement SwitchStmt", ""},
		{"call for its effect", "func f(s Numbers) Numbers {\ns.S.Add(\"a\") // HERE\nreturn s }", "statement ExprStmt", ""},
		{"panic", "func f(n uint64) uint64 {\npanic(n) // HERE\n}", "statement ExprStmt", ""},
		{"else", "func f(n uint64) uint64 {\nif n == 1 { return 2 } else { n = 3 } // HERE\nreturn n }", "else", ""},
		{"branch that sometimes leaves", "func f(n uint64) uint64 {\nif n > 1 { // HERE\nif n > 2 { return 1 }\nn = 3 }\nreturn n }", "sometimes leaves", ""},
		{"branch without effect", "func f(n uint64) uint64 {\nif n > 1 { } // HERE\nreturn n }", "changes nothing", ""},
		{"continue", "func f(n uint64) uint64 {\nfor range n {\nn = 1\ncontinue } // HERE\nreturn n }", "statement BranchStmt", ""},
		{"break", "func f(n uint64) uint64 {\nfor range n {\nn = 1\nbreak } // HERE\nreturn n }", "statement BranchStmt", ""},
		{"label", "func f(n uint64) uint64 {\nx: for range n { // HERE\nn = 1\ncontinue x }\nreturn n }", "statement LabeledStmt", ""},
		{"goto", "func f(n uint64) uint64 {\ngoto x // HERE\nx: return n }", "statement BranchStmt", ""},
		{"loop without effect", "func f(n uint64) uint64 {\nfor range n { } // HERE\nreturn n }", "neither returns nor changes", ""},
		{"range into a variable", "func f(n uint64) uint64 {\nfor n = range 3 { } // HERE\nreturn n }", "range into variables", ""},
		{"range over text", "func f(s Name) Level {\nfor range s { return 1 } // HERE\nreturn 0 }", "range over", ""},
		{"range over a function", "func f(s Numbers) Level {\nfor range s.M.From(3) { return 1 } // HERE\nreturn 0 }", "range over", ""},
		{"flag that is not constant", "func f(b bool) (Level, bool) {\nreturn 1, b } // HERE", "not the constant", ""},
		{"results passed on", "func f(m Numbers) (Pair, bool) {\nreturn find(m, 1) } // HERE", "return of nothing, or", ""},
		{"index", "func f(s Name) uint8 {\nreturn s[0] } // HERE", "expression IndexExpr", ""},

		// Absent values.
		{"ignored flag", "func f(m Numbers) Level {\np, _ := find(m, 1) // HERE\nreturn p.A }", "v, ok := f()", ""},
		{"flag read later", "func f(m Numbers) bool {\np, ok := find(m, 1) // HERE\nreturn ok && p.A == 0 }", "v, ok := f()", ""},
		{"guard elsewhere", "func f(m Numbers) Level {\np, ok := find(m, 1) // HERE\nm = m\nif !ok { return 1 }\nreturn p.A }", "v, ok := f()", ""},
		{"guard the wrong way", "func f(m Numbers) Level {\np, ok := find(m, 1) // HERE\nif ok { return p.A }\nreturn 1 }", "v, ok := f()", ""},
		{"guard of another flag", "func f(m Numbers, b bool) Level {\np, ok := find(m, 1) // HERE\nif !b { return 1 }\nif ok { return 3 }\nreturn p.A }", "v, ok := f()", ""},
		{"guard and more", "func f(m Numbers, b bool) Level {\np, ok := find(m, 1) // HERE\nif !ok && b { return 1 }\nreturn p.A }", "v, ok := f()", ""},
		{"value where the flag is false", "func f(m Numbers) Level {\np, ok := find(m, 1)\nif !ok {\nreturn p.A } // HERE\nreturn 1 }", "p has no value here", ""},
		{"value of an earlier variable", "func f(m Numbers, p Pair) Level {\np, ok := find(m, 1) // HERE\nif !ok { return 1 }\nreturn p.A }", "v, ok := f()", ""},
		{"flag of an earlier variable", "func f(m Numbers, ok bool) bool {\np, ok := find(m, 1) // HERE\nif !ok { return ok }\nreturn p.A == 1 }", "v, ok := f()", ""},
		{"flag by assignment", "func f(m Numbers, p Pair, ok bool) Level {\np, ok = find(m, 1) // HERE\nif !ok { return 1 }\nreturn p.A }", "v, ok := f()", ""},
		{"flag after the lookup", "func f(m Numbers) bool {\np, ok := find(m, 1)\nif !ok { return false }\nreturn ok && p.A == 1 } // HERE", "ok has no value here", ""},
		{"lookup in an if that goes on", "func f(m Numbers, n Level) Level {\nif p, ok := find(m, 1); ok { n = p.A } // HERE\nreturn n }", "if with a statement", ""},
		{"lookup in an if, turned around", "func f(m Numbers) Level {\nif p, ok := find(m, 1); !ok { return p.A } // HERE\nreturn 1 }", "if with a statement", ""},
		{"other statement in an if", "func f(n Level) Level {\nif m := n; m == 1 { return m } // HERE\nreturn 1 }", "if with a statement", ""},
		{"type assertion", "func f(x Sum) Level {\no, ok := x.(One) // HERE\nif !ok { return 1 }\nreturn o.N }", "expression TypeAssertExpr", ""},

		// Sums.
		{"missing case", "func f(x Sum) Level {\nswitch x := x.(type) { // HERE\ncase One: return x.N }\nreturn 0 }", "no case for Two", ""},
		{"default", "func f(x Sum) Level {\nswitch x := x.(type) {\ncase One: return x.N\ndefault: return 1 } // HERE\n}", "does not name one type", ""},
		{"two types in a case", "func f(x Sum) Level {\nswitch x.(type) {  // HERE\ncase One, Two: return 1 }\nreturn 0 }", "switch x := y", ""},
		{"case of a pointer", "func f(x Sum) Level {\nswitch x := x.(type) {\ncase *One: return x.N // HERE\ncase Two: return 1 }\nreturn 0 }", "case *p.One", ""},
		{"case that goes on", "func f(x Sum) Level {\nn := Top\nswitch x := x.(type) {\ncase One: n = x.N // HERE\ncase Two: return 1 }\nreturn n }", "does not return", ""},
		{"code after a switch", "func f(x Sum) Level {\nswitch x := x.(type) {\ncase One: return x.N\ncase Two: return Top }\nreturn 0 } // HERE", "other than a panic", ""},
		{"nil", "func f() Sum {\nreturn nil } // HERE", "untyped nil used as", ""},
		{"comparison of sums", "func f(a, b Sum) bool {\nreturn a == b } // HERE", "comparison of p.Sum", ""},
		{"sum as any", "func g(x Sum) bool { return true }\nfunc f(x One) bool {\nreturn g(Sum(x)) } // HERE", "conversion", ""},
		{"call through a sum", "func f(x Sum) Sum {\nx.sum() // HERE\nreturn x }", "statement ExprStmt", ""},

		// Expressions.
		{"comparison of structs", "func f(a, b Pair) bool {\nreturn a == b } // HERE", "comparison of p.Pair", ""},
		{"order of texts", "func f(a, b Name) bool {\nreturn a < b } // HERE", "operator <", ""},
		{"multiplication", "func f(a, b uint64) uint64 {\nreturn a * b } // HERE", "operator *", ""},
		{"division", "func f(a, b uint64) uint64 {\nreturn a / b } // HERE", "operator /", ""},
		{"remainder", "func f(a, b uint64) uint64 {\nreturn a % b } // HERE", "operator %", ""},
		{"right shift", "func f(a, b uint64) uint64 {\nreturn a >> b } // HERE", "operator >>", ""},
		{"exclusive or", "func f(a, b uint64) uint64 {\nreturn a ^ b } // HERE", "operator ^", ""},
		{"complement", "func f(a uint64) uint64 {\nreturn ^a } // HERE", "operator ^", ""},
		{"negation", "func f(a uint64) uint64 {\nreturn -a } // HERE", "operator -", ""},
		{"address", "func f(a Pair) Level {\nb := &a // HERE\nreturn b.A }", "operator &", ""},
		{"narrowing", "func f(a uint64) Level {\nreturn Level(a) } // HERE", "conversion from uint64", ""},
		{"widening", "func f(a Level) uint64 {\nreturn uint64(a) } // HERE", "conversion from p.Level", ""},
		{"number as text", "func f(a Level) Name {\nreturn Name(rune(a)) } // HERE", "conversion", ""},
		{"partial literal", "func f() Pair {\nreturn Pair{A: 1} } // HERE", "does not set every field", ""},
		{"zero literal", "func f() Pair {\nreturn Pair{} } // HERE", "does not set every field", ""},
		{"zero literal with true", "func f() (Pair, bool) {\nreturn Pair{}, true } // HERE", "does not set every field", ""},
		{"closure", "func f(n uint64) uint64 {\ng := func() uint64 { return n } // HERE\nreturn g() }", "expression FuncLit", ""},
		{"function as a value", "func g(n uint64) uint64 { return n }\nfunc f(n uint64) uint64 {\nh := g // HERE\nreturn h(n) }", "g has no value here", ""},
		{"method as a value", "func (p Pair) g() Level { return p.A }\nfunc f(p Pair) Level {\nh := p.g // HERE\nreturn h() }", "expression SelectorExpr", ""},
		{"method as a function", "func (p Pair) g() Level { return p.A }\nfunc f(p Pair) Level {\nreturn Pair.g(p) } // HERE", "call of", ""},
		{"arguments from a call", "func g(p Pair, ok bool) Level { return p.A }\nfunc f(m Numbers) Level {\nreturn g(find(m, 1)) } // HERE", "one for each parameter", ""},
		{"append", "func f(n Level) Level {\na := append([]Level{}, n) // HERE\nreturn 0*n + Level(len(a)) }", "call of append", ""},
		{"max", "func f(n Level) Level {\nreturn max(n, Top) } // HERE", "call of max", ""},
		{"minimum of texts", "func f(n Name) Name {\nreturn min(n, \"a\") } // HERE", "call of min", ""},
		{"minimum of three", "func f(n Level) Level {\nreturn min(n, Top, 3) } // HERE", "call of min", ""},
		{"len", "func f(n Name) bool {\nreturn len(n) > 2 } // HERE", "call of len", ""},
		{"function off the boundary", "func f(n Name) bool {\nreturn ordered.SetOf(n).Has(n) } // HERE", "call of argus/kernel/ordered.SetOf", ""},
		{"iterator as a value", "func f(s Numbers) bool {\nx := s.S.All() // HERE\nfor range x { return true }\nreturn false }", "not at the boundary", ""},
		{"another package", "func f(s Name) bool {\nreturn strings.Contains(string(s), \".\") } // HERE", "call of strings.Contains", "strings"},
		{"another base", "func f(n uint64) string {\nreturn strconv.FormatUint(n, 16) } // HERE", "call of strconv.FormatUint", "strconv"},
		{"assignment in parentheses", "func f(p Pair) Pair {\n(p).A = 1 // HERE\nreturn p }", "assignment to ParenExpr", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := around(c.code, c.path)
			refusedAt(t, snippet(t, map[string]any{"snippet.go": text}, "snippet.go"), text, c.why)
		})
	}
}

// refusedAt looks for a refusal for this reason in the line that says HERE.
func refusedAt(t *testing.T, src *source, text, why string) {
	t.Helper()
	want := 1 + slices.IndexFunc(strings.Split(text, "\n"), func(line string) bool { return strings.Contains(line, "HERE") })
	_, refused := translate(src)
	for _, r := range refused {
		if strings.Contains(r.why, why) && r.at.Line == want {
			return
		}
	}
	t.Errorf("line %d is not refused for %q, but: %v", want, why, refused)
}
