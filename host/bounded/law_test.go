package bounded_test

import (
	"fmt"
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"argus/host/bounded"
	"argus/host/schema"
	"argus/internal/ijson"
)

// scalars are spelled in several ways on purpose.
var scalars = []string{
	`null`, `true`, `false`, `-2`, `-1`, `-1.0`, `0`, `-0`, `0.0`, `1`, `1.0`, `1e0`, `10e-1`, `1.5`, `2`, `2.00`, `3`, `4`, `6`,
	`"a"`, `"\u0061"`, `"b"`, `""`, `9007199254740993`,
}

// universe is every scalar, every array of up to two of a few values, and every
// object over the names a and b.
func universe() []string {
	few := append([]string{`[]`, `[true]`, `[null,1]`, `{}`, `{"a":true}`, `{ "b" : 1.0 }`}, scalars...)
	all := append([]string{`[null,true,1]`, `{"a":1,"b":1,"c":1}`, `{"A":true}`}, few...)
	for _, x := range few {
		all = append(all, `[`+x+`]`, `{"a":`+x+`}`, `{"b":`+x+`}`)
		for _, y := range few {
			all = append(all, `[`+x+`, `+y+`]`, `{"b":`+x+`,"a":`+y+`}`)
		}
	}
	return all
}

// small draws a bounded schema of a few values.
func small(depth int) *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		kind := rapid.IntRange(0, 7).Draw(t, "kind")
		if depth == 0 {
			kind %= 4
		}
		below := func() string { return small(depth-1).Draw(t, "below") }
		switch kind {
		case 0:
			return rapid.SampledFrom([]string{`{"type":"null"}`, `{"type":"boolean"}`, `{"type":["boolean","null"]}`, `false`}).Draw(t, "plain")
		case 1:
			return `{"const":` + rapid.SampledFrom(scalars).Draw(t, "const") + `}`
		case 2:
			return `{"enum":[` + strings.Join(rapid.SliceOfN(rapid.SampledFrom(scalars), 1, 5).Draw(t, "enum"), ",") + `]}`
		case 3:
			return fmt.Sprintf(`{"type":"integer","minimum":%d,"exclusiveMaximum":%d.5,"multipleOf":%s}`, rapid.IntRange(-3, 1).Draw(t, "low"),
				rapid.IntRange(0, 4).Draw(t, "high"), rapid.SampledFrom([]string{"1", "2", "0.5", "1.5"}).Draw(t, "step"))
		case 4:
			return fmt.Sprintf(`{"type":"array","items":%s,"minItems":%d,"maxItems":2}`, below(), rapid.IntRange(0, 2).Draw(t, "least"))
		case 5:
			return fmt.Sprintf(`{"type":"array","prefixItems":[%s,%s],"items":%s,"maxItems":%d}`, below(), below(), below(), rapid.IntRange(0, 3).Draw(t, "most"))
		case 6:
			required := rapid.SampledFrom([]string{``, `"a"`, `"a","b"`}).Draw(t, "required")
			return fmt.Sprintf(`{"type":"object","properties":{"a":%s,"b":%s},"required":[%s],"additionalProperties":false}`, below(), below(), required)
		default:
			return fmt.Sprintf(`{%q:[%s,%s]}`, rapid.SampledFrom([]string{"anyOf", "oneOf"}).Draw(t, "of"), below(), below())
		}
	})
}

// Distinct outputs are at most those counted and what the bits can tell, every output conforms by
// a second opinion, and what that opinion admits is released.
func TestOutputsAreNoMoreThanTheBitsTell(t *testing.T) {
	var values []ijson.Value
	for _, text := range universe() {
		values = append(values, ijson.MustParse(text))
	}
	rapid.Check(t, func(t *rapid.T) {
		text := small(2).Draw(t, "schema")
		raw, err := ijson.ParseString(text, ijson.AtMost(1<<16))
		if err != nil {
			t.Fatal(err)
		}
		s, err := bounded.Of(raw)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		second, err := schema.Compile(raw)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		outputs := map[string]bool{}
		for _, v := range values {
			out, err := s.Encode(v)
			if (err == nil) != (second.Check(v) == nil) {
				t.Fatalf("%s: %s is judged in two ways", text, v.Raw())
			}
			if err == nil {
				outputs[string(out)] = true
			}
		}
		if count := s.Count(); count.Cmp(big.NewInt(int64(len(outputs)))) < 0 || s.Bits() < 64 && count.Cmp(big.NewInt(1<<(s.Bits()-1))) > 0 {
			t.Fatalf("%s: %d outputs, counted %v, %d bits", text, len(outputs), count, s.Bits())
		}
	})
}
