package bounded_test

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"
	"testing"
	"time"

	"argus/host/bounded"
	"argus/internal/ijson"
)

func of(t testing.TB, text string) bounded.Schema {
	t.Helper()
	s, err := bounded.Of(ijson.MustParse(text))
	if err != nil {
		t.Fatalf("%.80s: %v", text, err)
	}
	return s
}

func TestBitsAreTheLogarithmOfTheCountAndOne(t *testing.T) {
	for text, want := range map[string]uint64{
		`false`:                                                                                    1, // nothing is admitted, and nothing can be told but that
		`{"type":"null"}`:                                                                          1,
		`{"const":{"a":[1,"x"]}}`:                                                                  1,
		`{"type":"boolean"}`:                                                                       2,
		`{"enum":["a","b","c"]}`:                                                                   3,
		`{"enum":[1,1.0,1e0,"\u0061","a"]}`:                                                        2,
		`{"enum":[1,"a",null,2.5],"type":"integer"}`:                                               1,
		`{"enum":[1,"a",null,2.5],"type":["number","null"]}`:                                       3,
		`{"type":"integer","minimum":0,"maximum":255}`:                                             9,
		`{"type":"integer","minimum":0,"maximum":256}`:                                             10,
		`{"type":"integer","exclusiveMinimum":0,"exclusiveMaximum":3}`:                             2,
		`{"type":"integer","minimum":-0.5,"maximum":3.9}`:                                          3,
		`{"type":"integer","minimum":1,"exclusiveMinimum":2.5,"maximum":6}`:                        3,
		`{"type":"integer","minimum":5,"maximum":1}`:                                               1,
		`{"type":"integer","minimum":-10,"maximum":10,"multipleOf":5}`:                             4,
		`{"type":"integer","minimum":0,"maximum":9,"multipleOf":1.5}`:                              3, // 0 3 6 9
		`{"type":"integer","minimum":1e20,"maximum":100000000000000000001}`:                        2,
		`{"type":["boolean","null"]}`:                                                              3,
		`{"type":"array","items":{"type":"boolean"},"maxItems":2}`:                                 4, // 7
		`{"type":"array","items":{"type":"boolean"},"minItems":8,"maxItems":8}`:                    9,
		`{"type":"array","items":{"type":"null"},"maxItems":255}`:                                  9,
		`{"type":"array","items":{"type":"boolean"},"minItems":3,"maxItems":2}`:                    1,
		`{"type":"array","prefixItems":[{"type":"boolean"},{"type":"null"}],"items":false}`:        4, // [] [b] [b,null]: 5
		`{"type":"array","items":[{"type":"boolean"}],"additionalItems":false,"minItems":1}`:       2,
		`{"type":"array","prefixItems":[{"type":"boolean"}],"items":{"type":"null"},"maxItems":3}`: 4, // 1+2+2+2
		`{"type":"array","prefixItems":[{"type":"boolean"},false],"maxItems":2}`:                   3,
		`{"type":"array","maxItems":0}`:                                                            1,
		`{"type":"object","additionalProperties":false}`:                                           1,
		`{"type":"object","properties":{"a":{"type":"boolean"}},"additionalProperties":false}`:     3,
		`{"type":"object","properties":{"a":{"type":"boolean"},"b":{"type":"boolean"}},"required":["a","b","a"],"additionalProperties":false}`: 3,
		`{"type":"object","properties":{"a":false},"additionalProperties":false}`:                                                              1,
		`{"oneOf":[{"type":"null"},{"type":"boolean"}]}`:                                                                                       3,
		`{"anyOf":[{"enum":[1,2]},{"enum":[2,3]}]}`:                                                                                            3,
		`{"title":"t","description":"d","$schema":"x","examples":[{}],"default":1,"$comment":"c","type":"null"}`:                               1,
	} {
		if got := of(t, text).Bits(); got != want {
			t.Errorf("%s: %d bits, want %d", text, got, want)
		}
	}
}

func TestWhatCannotBeCountedIsNamed(t *testing.T) {
	for _, c := range []struct {
		text    string
		place   ijson.Place
		keyword string
	}{
		{`true`, "", ""}, {`{}`, "", "type"}, {`7`, "", ""}, {`{"minimum":1}`, "", "minimum"},
		{`{"type":"string"}`, "", "type"},
		{`{"type":"string","maxLength":1,"pattern":"^a$"}`, "", "type"},
		{`{"type":"number","minimum":0,"maximum":1}`, "", "type"},
		{`{"type":"hunter2"}`, "", "type"}, {`{"type":[]}`, "", "type"}, {`{"type":["null","null"]}`, "", "type"}, {`{"type":1}`, "", "type"},
		{`{"type":["null","string"]}`, "", "type"},
		{`{"type":"integer"}`, "", "minimum"},
		{`{"type":"integer","minimum":0}`, "", "maximum"},
		{`{"type":"integer","maximum":0}`, "", "minimum"},
		{`{"type":"integer","minimum":"0","maximum":1}`, "", "minimum"},
		{`{"type":"integer","minimum":0,"maximum":1e999999}`, "", "maximum"},
		{`{"type":"integer","minimum":0,"maximum":1,"multipleOf":0}`, "", "multipleOf"},
		{`{"type":"integer","minimum":0,"maximum":1,"format":"int32"}`, "", "format"},
		{`{"type":"integer","minimum":0,"maximum":1,"exclusiveMaximum":true}`, "", "exclusiveMaximum"},
		{`{"$ref":"#/$defs/a"}`, "", "$ref"},
		{`{"type":"null","$ref":"#"}`, "", "$ref"},
		{`{"type":"null","$defs":{}}`, "", "$defs"},
		{`{"allOf":[{"type":"null"}]}`, "", "allOf"},
		{`{"type":"null","not":{}}`, "", "not"},
		{`{"type":"boolean","if":true}`, "", "if"},
		{`{"enum":[1],"x-hunter 2":1}`, "", "*"},
		{`{"enum":[1],"const":1}`, "", "enum"},
		{`{"enum":{"a":1}}`, "", "enum"},
		{`{"const":1,"minimum":0}`, "", "minimum"},
		{`{"anyOf":[{"type":"null"}],"oneOf":[{"type":"null"}]}`, "", "oneOf"},
		{`{"anyOf":[{"type":"null"},{}]}`, "/anyOf/1", "type"},
		{`{"oneOf":{"type":"null"}}`, "", "oneOf"},
		{`{"type":"array","items":{"type":"null"}}`, "", "maxItems"},
		{`{"type":"array","maxItems":1}`, "", "items"},
		{`{"type":"array","maxItems":65537,"items":{"type":"null"}}`, "", "maxItems"},
		{`{"type":"array","maxItems":-1,"items":{"type":"null"}}`, "", "maxItems"},
		{`{"type":"array","maxItems":1.5,"items":{"type":"null"}}`, "", "maxItems"},
		{`{"type":"array","prefixItems":[{"type":"null"}]}`, "", "maxItems"},
		{`{"type":"array","prefixItems":[{"type":"null"}],"maxItems":2}`, "", "items"},
		{`{"type":"array","prefixItems":[],"items":[],"maxItems":2}`, "", "items"},
		{`{"type":"array","items":{"type":"null"},"additionalItems":false,"maxItems":2}`, "", "additionalItems"},
		{`{"type":"array","items":{"type":"null"},"maxItems":2,"uniqueItems":true}`, "", "uniqueItems"},
		{`{"type":"array","items":{"type":"string"},"maxItems":2}`, "/items", "type"},
		{`{"type":"array","items":{"type":"boolean"},"maxItems":65536}`, "", "maxItems"},
		{`{"type":"object","properties":{"a":{"type":"null"}}}`, "", "additionalProperties"},
		{`{"type":"object","additionalProperties":{"type":"null"}}`, "", "additionalProperties"},
		{`{"type":"object","additionalProperties":true}`, "", "additionalProperties"},
		{`{"type":"object","additionalProperties":false,"patternProperties":{"a":{"type":"null"}}}`, "", "patternProperties"},
		{`{"type":"object","additionalProperties":false,"properties":[]}`, "", "properties"},
		{`{"type":"object","additionalProperties":false,"required":["a"]}`, "", "required"},
		{`{"type":"object","additionalProperties":false,"required":"a"}`, "", "required"},
		{`{"type":"object","additionalProperties":false,"properties":{"":{"type":"null"}},"required":[1]}`, "", "required"},
		{`{"type":"object","additionalProperties":false,"properties":{"a":{"properties":{}}}}`, "/properties/a", "properties"},
		{`{"TYPE":"null"}`, "", "TYPE"},
	} {
		_, err := bounded.Of(ijson.MustParse(c.text))
		fail, ok := errors.AsType[*bounded.Error](err)
		if !ok || fail.Place != c.place || fail.Keyword != c.keyword || fail.Advice == "" || strings.Contains(fail.Error(), "hunter") {
			t.Errorf("%s: %v", c.text, err)
		}
	}
}

// The attacks: a secret beside or within a value that conforms.
func TestASecretBesideTheValueDoesNotSurvive(t *testing.T) {
	s := of(t, `{"type":"object","properties":{"ok":{"type":"boolean"},"n":{"type":"integer","minimum":0,"maximum":100},
		"mode":{"enum":["fast","slow"]}},"required":["ok","n","mode"],"additionalProperties":false}`)
	const plain = `{"mode":"fast","n":10,"ok":true}`
	for name, text := range map[string]string{
		"control":               plain,
		"order of members":      `{"ok":true,"n":10,"mode":"fast"}`,
		"spaces":                " {\t\"ok\" :\n true ,\r \"n\":10, \"mode\": \"fast\" }  ",
		"10.00":                 `{"ok":true,"n":10.00,"mode":"fast"}`,
		"1e1":                   `{"ok":true,"n":1e1,"mode":"fast"}`,
		"exponent with zeros":   `{"ok":true,"n":1.0e+0001,"mode":"fast"}`,
		"many zeros":            `{"ok":true,"n":10.` + strings.Repeat("0", 300) + `,"mode":"fast"}`,
		"shifted":               `{"ok":true,"n":1000e-2,"mode":"fast"}`,
		"escaped string":        `{"ok":true,"n":10,"mode":"\u0066\u0061st"}`,
		"escaped name":          `{"\u006fk":true,"n":10,"mode":"fast"}`,
		"hexadecimal in escape": `{"ok":true,"n":10,"mode":"f\u0061\u0073t"}`,
	} {
		got, err := s.Encode(ijson.MustParse(text))
		if err != nil || string(got) != plain {
			t.Errorf("%s: %s, %v", name, got, err)
		}
	}
	for name, text := range map[string]string{
		"extra member":         `{"ok":true,"n":10,"mode":"fast","secret":"hunter2"}`,
		"extra empty name":     `{"ok":true,"n":10,"mode":"fast","":"hunter2"}`,
		"other case":           `{"OK":true,"n":10,"mode":"fast"}`,
		"both cases":           `{"ok":true,"OK":true,"n":10,"mode":"fast"}`,
		"meta":                 `{"ok":true,"n":10,"mode":"fast","_meta":{"k":"hunter2"}}`,
		"missing member":       `{"ok":true,"n":10}`,
		"fraction":             `{"ok":true,"n":10.0000000000000000000001,"mode":"fast"}`,
		"out of range":         `{"ok":true,"n":101,"mode":"fast"}`,
		"far out of range":     `{"ok":true,"n":1e999999999,"mode":"fast"}`,
		"close to zero":        `{"ok":true,"n":1e-999999999,"mode":"fast"}`,
		"number as string":     `{"ok":true,"n":"10","mode":"fast"}`,
		"boolean as number":    `{"ok":1,"n":10,"mode":"fast"}`,
		"null":                 `{"ok":null,"n":10,"mode":"fast"}`,
		"longer string":        `{"ok":true,"n":10,"mode":"fast\u0000hunter2"}`,
		"zero-width in string": `{"ok":true,"n":10,"mode":"fast\u200b"}`,
		"look-alike":           `{"ok":true,"n":10,"mode":"f\u0430st"}`,
		"surrogate pair":       `{"ok":true,"n":10,"mode":"fast\udb40\udc41"}`,
		"wrapped":              `[{"ok":true,"n":10,"mode":"fast"}]`,
	} {
		if got, err := s.Encode(ijson.MustParse(text)); !errors.Is(err, bounded.ErrNotAdmitted) || got != nil || strings.Contains(err.Error(), "hunter") {
			t.Errorf("%s: released %s, %v", name, got, err)
		}
	}
	for name, text := range map[string]string{
		"duplicate":         `{"ok":true,"ok":false,"n":10,"mode":"fast"}`,
		"escaped duplicate": `{"ok":true,"\u006fk":false,"n":10,"mode":"fast"}`,
		"lone surrogate":    `{"ok":true,"n":10,"mode":"fast\ud800"}`,
		"trailing":          plain + `"hunter2"`,
		"invalid UTF-8":     `{"ok":true,"n":10,"mode":"fast` + "\xff" + `"}`,
	} {
		if _, err := ijson.ParseString(text, ijson.AtMost(1000)); err == nil {
			t.Errorf("%s reaches the encoder", name)
		}
	}
}

func TestZeroHasOneEncoding(t *testing.T) {
	s := of(t, `{"type":"integer","minimum":-1,"maximum":1}`)
	for _, text := range []string{`0`, `-0`, `0.0`, `-0e5`, `0e999999999`} {
		if got, err := s.Encode(ijson.MustParse(text)); err != nil || string(got) != "0" {
			t.Errorf("%s: %s, %v", text, got, err)
		}
	}
}

func TestWideIntegersKeepTheirValue(t *testing.T) {
	s := of(t, `{"type":"integer","minimum":9007199254740992,"maximum":9007199254740993}`)
	if got, err := s.Encode(ijson.MustParse(`9007199254740993.0`)); err != nil || string(got) != "9007199254740993" {
		t.Errorf("got %s, %v", got, err)
	}
	if _, err := s.Encode(ijson.MustParse(`9007199254740994`)); err == nil {
		t.Error("a neighbour was admitted")
	}
}

func TestOneOfWantsExactlyOne(t *testing.T) {
	single, some := `{"oneOf":[{"enum":[1,2]},{"enum":[2,3]}]}`, `{"anyOf":[{"enum":[1,2]},{"enum":[2,3]}]}`
	if _, err := of(t, single).Encode(ijson.MustParse(`2`)); err == nil {
		t.Error("oneOf admitted what two branches admit")
	}
	for _, text := range []string{single, some} {
		if _, err := of(t, text).Encode(ijson.MustParse(`3`)); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestTheZeroSchemaReleasesNothing(t *testing.T) {
	var s bounded.Schema
	if _, err := s.Encode(ijson.MustParse(`null`)); err == nil || s.Bits() != math.MaxUint64 {
		t.Errorf("%v, %d bits", err, s.Bits())
	}
	if _, err := of(t, `{"type":"null"}`).Encode(ijson.Value{}); err == nil {
		t.Error("the zero value was released")
	}
	if _, err := bounded.Of(ijson.Value{}); err == nil {
		t.Error("the zero value is a schema")
	}
}

func TestCountingAndWalkingAreBounded(t *testing.T) {
	start := time.Now()
	tower := strings.Repeat(`{"type":"array","maxItems":65536,"items":`, 100) + `{"type":"boolean"}` + strings.Repeat(`}`, 100)
	if _, err := bounded.Of(ijson.MustParse(tower)); err == nil {
		t.Error("a tower of powers was counted")
	}
	nines := `{"type":"integer","minimum":0,"maximum":1e1000}`
	arrays := `{"anyOf":[` + strings.Repeat(`{"type":"array","maxItems":19,"items":`+nines+`},`, 600) + nines + `]}`
	if _, err := bounded.Of(ijson.MustParse(arrays)); err != nil {
		t.Errorf("control: %v", err)
	}
	if _, err := bounded.Of(ijson.MustParse(`{"const":"` + strings.Repeat("x", 64<<10) + `"}`)); err == nil {
		t.Error("a schema of more than 64 KiB was read")
	}
	many := of(t, `{"anyOf":[`+strings.Repeat(`{"type":"array","maxItems":65536,"items":{"type":"null"}},`, 900)+`{"type":"null"}]}`)
	if _, err := many.Encode(ijson.MustParse(`[` + strings.Repeat(`null,`, 60000) + `null]`)); !errors.Is(err, bounded.ErrNotAdmitted) {
		t.Errorf("a walk of 54 million steps: %v", err)
	}
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("took %v", took)
	}
}

func TestEncodingsRunSideBySide(t *testing.T) {
	s := of(t, `{"type":"array","maxItems":3,"items":{"type":"integer","minimum":0,"maximum":1e30,"multipleOf":2}}`)
	v := ijson.MustParse(`[2,1e2,4.0]`)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 50 {
				if got, err := s.Encode(v); err != nil || string(got) != `[2,100,4]` {
					t.Errorf("%s, %v", got, err)
				}
			}
		})
	}
	group.Wait()
}

func ExampleOf() {
	raw, _ := ijson.ParseString(`{"type":"object","properties":{"when":{"type":"string"}},"additionalProperties":false}`, ijson.AtMost(1<<16))
	_, err := bounded.Of(raw)
	fmt.Println(err)
	// Output: schema is not bounded at /properties/when, keyword "type": a free string can say anything; list the strings with enum
}
