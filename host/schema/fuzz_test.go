package schema

import (
	"errors"
	"testing"
	"time"

	"argus/internal/ijson"
)

// FuzzCheck looks for schemas and values on which the library breaks or dwells.
func FuzzCheck(f *testing.F) {
	for _, seed := range [][2]string{
		{`{"type":"object","properties":{"a":{"$ref":"#"}},"required":["a"]}`, `{"a":{"a":1}}`},
		{`{"$defs":{"x":{"anyOf":[{"type":"null"},{"items":{"$ref":"#/$defs/x"}}]}},"$ref":"#/$defs/x"}`, `[[null]]`},
		{`{"patternProperties":{"^a+$":{"multipleOf":0.5}},"unevaluatedProperties":false}`, `{"aa":1.5,"b":1}`},
		{`{"$schema":"http://json-schema.org/draft-07/schema#","dependencies":{"a":["b"]},"propertyNames":{"format":"email"}}`, `{"a":1}`},
		{`{"$schema":"https://json-schema.org/draft/2019-09/schema","$recursiveAnchor":true,"propertyNames":{"$recursiveRef":"#"}}`, `{"a":1}`},
		{`{"$dynamicAnchor":"n","prefixItems":[{"$dynamicRef":"#n"}],"contains":{"const":1},"minContains":2,"uniqueItems":true}`, `[[1],1]`},
		{`{"if":{"maximum":1e3},"then":{"enum":[1,{"a":[]}]},"else":{"not":{}}}`, `1e2`},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, text, value string) {
		raw, err := ijson.ParseString(text, ijson.AtMost(1<<14))
		if err != nil {
			return
		}
		v, err := ijson.ParseString(value, ijson.AtMost(1<<14))
		if err != nil {
			return
		}
		start := time.Now()
		s, err := Compile(raw)
		if err == nil {
			err = s.Check(v)
		}
		if errors.Is(err, errBroken) {
			t.Fatal("the library broke")
		}
		if took := time.Since(start); took > 5*time.Second {
			t.Fatalf("took %v", took)
		}
	})
}
