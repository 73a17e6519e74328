package schema

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"argus/internal/ijson"
)

func mustCompile(t testing.TB, text string) *Schema {
	t.Helper()
	s, err := Compile(ijson.MustParse(text))
	if err != nil {
		t.Fatalf("compile %.80s: %v", text, err)
	}
	return s
}

// refusal compiles text and gives the error that must come of it.
func refusal(t *testing.T, text string) *CompileError {
	t.Helper()
	_, err := Compile(ijson.MustParse(text))
	fail, ok := errors.AsType[*CompileError](err)
	if !ok {
		t.Fatalf("%.80s: got %v", text, err)
	}
	return fail
}

const d7 = `"$schema":"http://json-schema.org/draft-07/schema#",`

func TestValuesAreJudgedBySchema(t *testing.T) {
	tree := `{"type":"object","properties":{"v":{"type":"integer"},"kids":{"type":"array","items":{"$ref":"#"}}},"required":["v"],"additionalProperties":false}`
	for _, c := range []struct{ schema, good, bad string }{
		{`{"type":"object","properties":{"q":{"type":"string","minLength":1}},"required":["q"]}`, `{"q":"x"}`, `{"q":""}`},
		{`{"type":"integer"}`, `1.0`, `1.5`},
		{`{"maximum":9007199254740992}`, `9007199254740992`, `9007199254740993`},
		{`{"const":9007199254740993}`, `9007199254740993.0`, `9007199254740992`},
		{`{"enum":[1,"a",{"b":[null]}]}`, `{"b":[null]}`, `{"b":[]}`},
		{`{"multipleOf":0.1}`, `0.3`, `0.35`},
		{`{"pattern":"^[a-z]+$"}`, `"abc"`, `"abc\n"`},
		{`{"uniqueItems":true}`, `[1,2,"1"]`, `[1,2,1.0]`},
		{`{"prefixItems":[{"type":"null"}],"items":false}`, `[null]`, `[null,1]`},
		{`{"$defs":{"a b":{"type":"null"}},"$ref":"#/$defs/a%20b"}`, `null`, `1`},
		{`{"$defs":{"x":{"$anchor":"n","type":"null"}},"$ref":"#n"}`, `null`, `1`},
		{`{"$id":"https://example.com/s","$defs":{"n":{"type":"null"}},"$ref":"#/$defs/n"}`, `null`, `1`},
		{`{"$dynamicAnchor":"node","properties":{"next":{"$dynamicRef":"#node"}},"type":"object"}`, `{"next":{"next":{}}}`, `{"next":{"next":1}}`},
		{`{"$schema":"https://json-schema.org/draft/2019-09/schema","properties":{"next":{"$recursiveRef":"#"}},"type":"object"}`, `{"next":{}}`, `{"next":1}`},
		{`{` + d7 + `"items":[{"type":"null"}],"additionalItems":false}`, `[null]`, `[null,null]`},
		{`{` + d7 + `"format":"ipv4"}`, `"127.0.0.1"`, `"127.0.0.1.1"`},
		{`{` + d7 + `"$defs":{"n":{"type":"null"}},"items":{"$ref":"#/$defs/n"}}`, `[null]`, `[1]`},
		{`{` + d7 + `"dependencies":{"a":["b"],"c":{"required":["d"]}}}`, `{"a":1,"b":1}`, `{"c":1}`},
		{`{"unevaluatedProperties":false,"allOf":[{"properties":{"a":true}}]}`, `{"a":1}`, `{"b":1}`},
		{`{"propertyNames":{"maxLength":1}}`, `{"a":1}`, `{"ab":1}`},
		{`{"if":{"required":["a"]},"then":{"required":["b"]},"else":false}`, `{"a":1,"b":1}`, `{"a":1}`},
		{`{"x-note":{"$ref":"https://example.com/x"},"description":"d","examples":[{"$ref":"file:///etc/passwd"}],"type":"null"}`, `null`, `1`},
		{`{"properties":{"$ref":{"type":"string"}}}`, `{"$ref":"https://example.com"}`, `{"$ref":1}`},
		{`true`, `1`, ``}, {`false`, ``, `1`}, {`{}`, `[]`, ``},
		{tree, `{"v":1,"kids":[{"v":2,"kids":[]}]}`, `{"v":1,"kids":[{"v":2,"kids":[{"v":"3"}]}]}`},
	} {
		s := mustCompile(t, c.schema)
		if c.good != "" {
			if err := s.Check(ijson.MustParse(c.good)); err != nil {
				t.Errorf("%s on %s: %v", c.schema, c.good, err)
			}
		}
		if c.bad != "" {
			if _, ok := errors.AsType[*MismatchError](s.Check(ijson.MustParse(c.bad))); !ok {
				t.Errorf("%s on %s: accepted or not judged", c.schema, c.bad)
			}
		}
	}
}

func TestNothingIsEverLoaded(t *testing.T) {
	for _, c := range []struct{ text, keyword string }{
		{`{"$ref":"https://secret.example/s.json"}`, "$ref"},
		{`{"$ref":"file:///etc/secret"}`, "$ref"},
		{`{"$ref":"secret.json"}`, "$ref"},
		{`{"$ref":"//secret.example/s"}`, "$ref"},
		{`{"$ref":""}`, "$ref"},
		{`{"$ref":"https://json-schema.org/draft/2020-12/schema"}`, "$ref"},
		{`{"$id":"https://secret.example/s","$ref":"secret"}`, "$ref"},
		{`{"$dynamicRef":"https://secret.example/s#a"}`, "$dynamicRef"},
		{`{"$schema":"https://secret.example/meta"}`, "$schema"},
		{`{"properties":{"a":{"$schema":"https://secret.example/meta","$id":"x"}}}`, "$schema"},
		{`{"properties":{"a":{"$id":"https://secret.example/s"}}}`, "$id"},
		{`{"items":{"allOf":[{"not":{"$ref":"https://secret.example/s.json"}}]}}`, "$ref"},
		{`{` + d7 + `"dependencies":{"a":{"$ref":"https://secret.example"}}}`, "$ref"},
		{`{"$schema":"http://json-schema.org/draft-04/schema#"}`, "$schema"},
		{`{"$schema":7}`, "$schema"},
	} {
		fail := refusal(t, c.text)
		if fail.Keyword != c.keyword || strings.Contains(fail.Error(), "secret") {
			t.Errorf("%s: %v", c.text, fail)
		}
	}
}

func TestReferencesReachOnlySchemas(t *testing.T) {
	for _, text := range []string{
		`{"const":{"$ref":"https://secret.example"},"properties":{"a":{"$ref":"#/const"}}}`,
		`{"enum":[{"not":{}}],"properties":{"a":{"$ref":"#/enum/0"}}}`,
		`{"x-hidden":{"$ref":"https://secret.example"},"properties":{"a":{"$ref":"#/x-hidden"}}}`,
		`{"default":{},"properties":{"a":{"$ref":"#/default"}}}`,
		`{"properties":{"a":{"$ref":"#/properties"}}}`,
		`{"properties":{"a":{"$ref":"#/%zz"}}}`,
		`{"properties":{"a":{"$ref":"#/nowhere"}}}`,
		`{"properties":{"a":{"$ref":"#nowhere"}}}`,
	} {
		if fail := refusal(t, text); fail.Keyword != "$ref" || strings.Contains(fail.Error(), "secret") {
			t.Errorf("%s: %v", text, fail)
		}
	}
}

func TestRecursionMustDescend(t *testing.T) {
	chain := func(n int) string {
		var defs []string
		for i := range n {
			defs = append(defs, fmt.Sprintf(`"d%d":{"$ref":"#/$defs/d%d"}`, i, i+1))
		}
		return fmt.Sprintf(`{"$ref":"#/$defs/d0","$defs":{%s,"d%d":true}}`, strings.Join(defs, ","), n)
	}
	for _, text := range []string{
		`{"$ref":"#"}`, `{"allOf":[{"anyOf":[{"$ref":"#"}]}]}`, `{"not":{"$ref":"#"}}`, chain(100),
		`{"$defs":{"a":{"$ref":"#/$defs/b"},"b":{"$ref":"#/$defs/a"}},"items":{"$ref":"#/$defs/a"}}`,
	} {
		refusal(t, text)
	}
	mustCompile(t, chain(40))
	list := mustCompile(t, `{"items":{"$ref":"#"},"type":"array"}`)
	if err := list.Check(ijson.MustParse(strings.Repeat("[", 128) + strings.Repeat("]", 128))); err != nil {
		t.Errorf("recursion to the full depth: %v", err)
	}
}

func TestUnboundedSchemasAreRefused(t *testing.T) {
	many := func(n int) string { return `{"allOf":[` + strings.Repeat(`true,`, n) + `true]}` }
	for _, c := range []struct{ text, keyword string }{
		{`{"title":"` + strings.Repeat("x", maxBytes) + `"}`, ""},
		{many(maxSubschemas), ""},
		{`{"pattern":"` + strings.Repeat("a", maxPattern+1) + `"}`, "pattern"},
		{`{"pattern":"` + strings.Repeat("(a{50}){20}", 20) + `"}`, "pattern"},
		{`{"pattern":"(?=x)"}`, "pattern"},
		{`{"pattern":"(a)\\1"}`, "pattern"},
		{`{"pattern":"["}`, "pattern"},
		{`{"patternProperties":{"(":true}}`, "patternProperties"},
		{`{"maximum":1e999999}`, "maximum"},
		{`{"const":[1e999999]}`, "const"},
		{`{"minLength":18446744073709551616}`, "minLength"},
		{`{"enum":[` + strings.Repeat(`[],`, maxCompound) + `[1]]}`, "enum"},
	} {
		if fail := refusal(t, c.text); fail.Keyword != c.keyword {
			t.Errorf("%.60s: %v", c.text, fail)
		}
	}
	mustCompile(t, many(maxSubschemas-2))
	mustCompile(t, `{"pattern":"`+strings.Repeat("a", maxPattern)+`"}`)
}

func TestMalformedSchemasNameTheirKeywordOnly(t *testing.T) {
	for _, c := range []struct {
		text, keyword string
		place         ijson.Place
	}{
		{`{"type":"hunter2"}`, "type", ""},
		{`{"properties":{"a":{"minLength":"hunter2"}}}`, "minLength", "/properties/a"},
		{`{"properties":{"a":{"required":{"hunter2":1}}}}`, "required", "/properties/a"},
		{`{"allOf":"hunter2"}`, "allOf", ""},
		{`{"properties":["hunter2"]}`, "properties", ""},
		{`{"items":[{"type":"string"}]}`, "items", ""},
		{`{"properties":{"a":"hunter2"}}`, "", "/properties/a"},
		{`{"properties":{"my hunter2":7}}`, "", "/properties/*"},
		{`"hunter2"`, "", ""},
		{`{"minimum":"hunter2"}`, "minimum", ""},
		{`{"$anchor":"#hunter2"}`, "$anchor", ""},
	} {
		fail := refusal(t, c.text)
		if fail.Keyword != c.keyword || fail.Place != c.place || strings.Contains(fail.Error(), "hunter2") {
			t.Errorf("%s: %v", c.text, fail)
		}
	}
}

func TestMismatchesHoldNoValues(t *testing.T) {
	s := mustCompile(t, `{"type":"object","properties":{
		"name":{"type":"string","maxLength":3},"mode":{"enum":["hunter1"]},"n":{"const":"hunter1"},"list":{"items":{"type":"integer"}},
		"any":{"anyOf":[{"type":"null"},{"pattern":"^hunter1$"}]},"deep":{"additionalProperties":{"type":"null"}}},
		"required":["key"],"additionalProperties":false}`)
	err := s.Check(ijson.MustParse(`{"name":"hunter2","mode":"hunter2","n":"hunter2","list":[1,"hunter2"],"any":"hunter2","hunter2":1,
		"deep":{"hunter2":"hunter2","4111111111111111":1}}`))
	want := "value does not conform to its schema: /*: additionalProperties; /any: anyOf; /deep/*: type; " +
		"/key: required; /list/1: type; /mode: enum; /n: const; /name: maxLength"
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %v", err, want)
	}
}

func TestProblemsAreBounded(t *testing.T) {
	s := mustCompile(t, `{"items":{"type":"null"}}`)
	fail, ok := errors.AsType[*MismatchError](s.Check(ijson.MustParse(`[` + strings.Repeat(`1,`, 999) + `1]`)))
	if !ok || len(fail.Problems) != maxProblems || fail.More != 1000-maxProblems {
		t.Errorf("got %v", fail)
	}
}

func TestWideNumbersAreRefusedBeforeArithmetic(t *testing.T) {
	s := mustCompile(t, `{"properties":{"n":{"multipleOf":3}}}`)
	for _, n := range []string{`1e999999`, `1e999999999`, `1e-999999999`, strings.Repeat("7", 2000)} {
		fail, ok := errors.AsType[*MismatchError](s.Check(ijson.MustParse(`{"n":[` + n + `]}`)))
		if !ok || fail.Problems[0].Place != "/n/0" {
			t.Errorf("%.20s: %v", n, fail)
		}
	}
	if err := s.Check(ijson.MustParse(`{"n":3e400}`)); err != nil {
		t.Errorf("control: %v", err)
	}
}

func TestTheZeroSchemaAcceptsNothing(t *testing.T) {
	var none *Schema
	v := ijson.MustParse(`{}`)
	if none.Check(v) == nil || new(Schema).Check(v) == nil || mustCompile(t, `true`).Check(ijson.Value{}) == nil {
		t.Error("something conformed to nothing")
	}
	if _, err := Compile(ijson.Value{}); err == nil {
		t.Error("the zero value compiled")
	}
}

func TestChecksRunSideBySide(t *testing.T) {
	s := mustCompile(t, `{"type":"array","items":{"type":"object","properties":{"a":{"pattern":"^x+$"}},"required":["a"]}}`)
	good, bad := ijson.MustParse(`[{"a":"xx"},{"a":"x"}]`), ijson.MustParse(`[{"a":"xy"}]`)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 50 {
				if s.Check(good) != nil || s.Check(bad) == nil {
					t.Error("a check was disturbed")
				}
			}
		})
	}
	group.Wait()
}

// within fails the test when f took long. The limit leaves room for a busy
// machine and the race detector; what it must tell apart is seconds from years.
func within(t *testing.T, limit time.Duration, what string, f func()) {
	t.Helper()
	start := time.Now()
	f()
	if took := time.Since(start); took > limit {
		t.Errorf("%s took %v", what, took)
	}
	t.Logf("%s: %v", what, time.Since(start))
}

func TestNastySchemasAreCheckedInBoundedTime(t *testing.T) {
	doubling := func(keyword string) string {
		var defs []string
		for i := range 40 {
			defs = append(defs, fmt.Sprintf(`"d%d":{%q:[{"$ref":"#/$defs/d%d"},{"$ref":"#/$defs/d%d"}]}`, i, keyword, i+1, i+1))
		}
		return `{"$ref":"#/$defs/d15","$defs":{` + strings.Join(defs, ",") + `,"d40":{"type":"null"}}}`
	}
	deep := strings.Repeat(`{"a":`, 100) + `1` + strings.Repeat(`}`, 100)
	lists := strings.Repeat(`[`, 100) + `1` + strings.Repeat(`]`, 100)
	var collide []string
	for i := range 20000 {
		collide = append(collide, fmt.Sprintf(`["%s","%s"]`, strings.Repeat("a", i%100), strings.Repeat("b", i)[:min(i, 3)]))
	}
	for name, c := range map[string]struct{ schema, value string }{
		"doubling allOf":             {doubling("allOf"), `1`},
		"doubling anyOf":             {doubling("anyOf"), `1`},
		"doubling oneOf":             {doubling("oneOf"), `1`},
		"doubling inside not":        {strings.Replace(doubling("anyOf"), `"$ref":"#/$defs/d15"`, `"not":{"$ref":"#/$defs/d15"}`, 1), `1`},
		"doubling by patterns":       {`{"patternProperties":{"a":{"$ref":"#"},"^a":{"$ref":"#"}},"type":"object"}`, deep},
		"doubling by contains":       {`{"items":{"$ref":"#"},"contains":{"$ref":"#"},"type":"array"}`, lists},
		"doubling by unevaluated":    {`{"allOf":[{"additionalProperties":{"$ref":"#"}},{"properties":{"a":{"$ref":"#"}}}]}`, deep},
		"slow pattern":               {`{"pattern":"(x+x+)+(x+x+){100}y"}`, `"` + strings.Repeat("x", 1<<20) + `"`},
		"slow pattern of names":      {`{"patternProperties":{"(x+x+)+(x+x+){100}y":true}}`, `{"` + strings.Repeat("x", 1<<20) + `":1}`},
		"colliding unique items":     {`{"uniqueItems":true}`, `[` + strings.Join(collide, ",") + `]`},
		"long enum on many items":    {`{"items":{"enum":[` + strings.Repeat(`1e1000,`, 20000) + `2]}}`, `[` + strings.Repeat(`1,`, 100000) + `1]`},
		"one more visit than is due": {`{"items":{"type":"integer"}}`, `[` + strings.Repeat(`1,`, 500000) + `1]`},
	} {
		var s *Schema
		within(t, 10*time.Second, "compile "+name, func() { s = mustCompile(t, c.schema) })
		v := ijson.MustParse(c.value)
		within(t, 10*time.Second, name, func() {
			if err := s.Check(v); !errors.Is(err, ErrTooMuchWork) {
				t.Errorf("%s: %v", name, err)
			}
		})
	}
}

// The most work that is still done must be quick, too.
func TestWorkWithinTheBoundIsQuick(t *testing.T) {
	numbers := func(n int) string { return `[` + strings.Repeat(`12.5,`, n) + `1]` }
	for name, c := range map[string]struct{ schema, value string }{
		"a quarter of a million items": {`{"items":{"type":"null"}}`, numbers(220000)},
		"bounds of numbers":            {`{"items":{"maximum":10,"multipleOf":0.01}}`, numbers(70000)},
		"unique numbers":               {`{"uniqueItems":true}`, numbers(20000)},
		"unique lists":                 {`{"uniqueItems":true}`, `[` + strings.Repeat(`[[[]]],`, 700) + `1]`},
		"pattern":                      {`{"pattern":"(x+x+)+y"}`, `"` + strings.Repeat("x", 600000) + `"`},
		"enum":                         {`{"items":{"enum":["a","b",1e1000,2,[3]]}}`, numbers(30000)},
		"unevaluated":                  {`{"items":{"unevaluatedProperties":false,"allOf":[{"anyOf":[{"properties":{"a":true}},{"properties":{"b":true}}]}]}}`, `[` + strings.Repeat(`{"a":1,"b":2,"c":3},`, 8000) + `1]`},
	} {
		s, v := mustCompile(t, c.schema), ijson.MustParse(c.value)
		within(t, 10*time.Second, name, func() {
			if err := s.Check(v); errors.Is(err, ErrTooMuchWork) {
				t.Errorf("%s: %v", name, err)
			}
		})
	}
}

func TestTheLargestSchemasCompileInBoundedTime(t *testing.T) {
	wide := func(prefix, link string) string {
		var defs, props []string
		for i := range 1000 {
			defs = append(defs, fmt.Sprintf(`"d%d":{"type":"null"}`, i))
			props = append(props, fmt.Sprintf(`"p%d":{"$ref":"#/%s/d%d"}`, i, link, i))
		}
		return `{` + prefix + `"` + link + `":{` + strings.Join(defs, ",") + `},"properties":{` + strings.Join(props, ",") + `}}`
	}
	deep := strings.Repeat(`{"properties":{"a":`, 60) + `{"anyOf":[` + strings.Repeat(`{"not":{}},`, 900) + `true]}` + strings.Repeat(`}}`, 60)
	names := `{"required":["` + strings.Repeat(`x`, 3) + `"` + func() string {
		var b strings.Builder
		for i := range 20000 {
			fmt.Fprintf(&b, `,"n%d"`, i)
		}
		return b.String()
	}() + `]}`
	for name, text := range map[string]string{
		"references": wide("", "$defs"), "foreign references": wide(d7, "$defs"), "deep": deep, "names": names,
	} {
		within(t, 10*time.Second, name, func() { mustCompile(t, text) })
	}
}

func BenchmarkCheck(b *testing.B) {
	s := mustCompile(b, `{"type":"object","properties":{"query":{"type":"string","maxLength":200},"limit":{"type":"integer","minimum":1,"maximum":50},
		"safe":{"type":"boolean"}},"required":["query"],"additionalProperties":false}`)
	v := ijson.MustParse(`{"query":"weather in Reykjavík","limit":10,"safe":true}`)
	b.ReportAllocs()
	for b.Loop() {
		if err := s.Check(v); err != nil {
			b.Fatal(err)
		}
	}
}
