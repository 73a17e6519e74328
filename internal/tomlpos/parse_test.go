package tomlpos

import (
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pelletier/go-toml/v2"
)

const sample = `# a document
title = "x"
a.b = 1

[mcp]
listen = "y"
list = [
  1,
  { deep = true },
]

[[server]]
name = "one"
env = { A = "1", "B.C" = "2" }

[[server]]
name = 'two'
[server.extra]
k = 1
[profile.x]
`

func TestEveryKeyPathKnowsItsLine(t *testing.T) {
	doc, problems := Parse("f.toml", []byte(sample))
	if problems != nil {
		t.Fatal(problems)
	}
	for path, line := range map[string]int{
		"title": 2, "a": 3, "a.b": 3, "mcp": 5, "mcp.listen": 6, "mcp.list": 7, "mcp.list[0]": 8, "mcp.list[1]": 9,
		"mcp.list[1].deep": 9, "server": 12, "server[0]": 12, "server[0].name": 13, `server[0].env."B.C"`: 14,
		"server[1]": 16, "server[1].name": 17, "server[1].extra": 18, "server[1].extra.k": 19, "profile.x": 20,
	} {
		if got := doc.Where(path); got != (Where{"f.toml", line}) || !doc.Has(path) {
			t.Errorf("%s at %v, want line %d", path, got, line)
		}
	}
	if doc.Has("server[2]") {
		t.Error("a path that is not there has a place")
	}
	span, _ := doc.Span("server[1].name")
	if got := sample[span.Start:span.End]; got != "'two'" {
		t.Errorf("span of a text is %q", got)
	}
}

func TestEverythingSetTwiceIsReportedTogether(t *testing.T) {
	_, problems := Parse("f.toml", []byte(`a = 1
a = 2
[t]
k = 1
[t]
k = 2
[t.k.deeper]
[[t]]
v = { x = 1, x = 2 }
[v.more]
[w]
i = { x = 1 }
i.y = 2
`))
	want := []int{2, 5, 6, 7, 8, 9, 13}
	var got []int
	for _, p := range problems {
		got = append(got, p.Line)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("lines of problems: %s\n%v", diff, problems)
	}
}

func TestWhatTheStandardForbidsIsRefused(t *testing.T) {
	for name, text := range map[string]string{
		"syntax":              "a = \n",
		"value without key":   "= 1\n",
		"unclosed text":       "a = \"x\nb = 1\n",
		"bad UTF-8":           "a = \"\xff\"\n",
		"dotted into header":  "[a.b]\nc = 1\n[a]\nb.d = 2\n",
		"header of a dotted":  "a.b.c = 1\n[a.b]\nd = 2\n",
		"list then tables":    "a = []\n[[a]]\n",
		"date that is none":   "a = 2024-13-01\n",
		"number out of range": "a = 99999999999999999999\n",
		"inline extended":     "a = { b = 1 }\n[a.c]\n",
	} {
		if _, problems := Parse("f", []byte(text)); len(problems) == 0 {
			t.Errorf("%s: accepted", name)
		} else if problems[0].Line == 0 {
			t.Errorf("%s: no line in %v", name, problems)
		}
	}
}

func TestBoundsHoldAgainstHostileDocuments(t *testing.T) {
	long := strings.Repeat("k", 500_000)
	for name, text := range map[string]string{
		"size":           "a = \"" + strings.Repeat("x", MaxBytes) + "\"",
		"nested lists":   "a = " + strings.Repeat("[", 500_000),
		"closed lists":   "a = " + strings.Repeat("[", 5_000) + strings.Repeat("]", 5_000),
		"inline tables":  "a = " + strings.Repeat("{a=", 100_000),
		"dotted keys":    strings.Repeat("a.", 200_000) + "a = 1",
		"long header":    "[" + long + "]\n" + strings.Repeat("x = 1\n", 80_000),
		"nested headers": "[a]\n" + strings.Repeat("[a.b]\n", 100_000),
	} {
		if _, problems := Parse("f", []byte(text)); len(problems) == 0 || len(problems) > kept {
			t.Errorf("%s: %d problems", name, len(problems))
		} else if len(problems.Error()) > 100_000 {
			t.Errorf("%s: a report of %d bytes", name, len(problems.Error()))
		}
	}
	if _, problems := Parse("f", []byte("a = "+strings.Repeat("[", 20)+strings.Repeat("]", 20))); problems != nil {
		t.Errorf("twenty levels: %v", problems)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(sample))
	f.Add([]byte("a = 1979-05-27T07:32:00Z\nb = 0x_1\nc = inf\n"))
	f.Add([]byte("[[a]]\n[a.b]\nc.d = [{e=[[]]}]\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		doc, problems := Parse("f", data)
		var into struct {
			Mcp  Value[map[string]string] `toml:"mcp"`
			List []Value[int]             `toml:"list"`
		}
		if doc != nil {
			doc.Decode(&into)
		}
		_ = problems.Error()
		want := map[string]any{}
		if err := toml.Unmarshal(data, &want); err != nil {
			if problems == nil {
				t.Fatal("accepted what the standard's decoder refuses")
			}
			return
		}
		if problems == nil {
			agree(t, doc, "", want)
		}
	})
}

// agree holds the tree that gives places to the values in force.
func agree(t *testing.T, doc *Doc, path string, value any) {
	if !doc.Has(path) {
		t.Fatalf("%q has a value but no place", path)
	}
	switch v := value.(type) {
	case map[string]any:
		for key, sub := range v {
			agree(t, doc, Join(path, key), sub)
		}
	case []any:
		for i, sub := range v {
			agree(t, doc, Index(path, i), sub)
		}
	}
}

func TestThePlacesBelongToTheValuesInForce(t *testing.T) {
	r := reader{file: "f", data: []byte(sample), root: newTable(0)}
	r.index()
	r.read()
	doc := &Doc{lines: map[string]int{}, spans: map[string]Span{}}
	ours := r.plain(r.root, "", doc)
	theirs := map[string]any{}
	if err := toml.Unmarshal([]byte(sample), &theirs); err != nil || !reflect.DeepEqual(ours, any(theirs)) {
		t.Errorf("two readings differ: %s (%v)", cmp.Diff(theirs, ours), err)
	}
}
