package ijson

import (
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func canonical(v Value) string { return string(AppendCanonical(nil, v)) }

func mustParseRapid(t *rapid.T, text string) Value {
	t.Helper()
	v, err := ParseString(text, AtMost(1<<20))
	if err != nil {
		t.Fatalf("parse %q: %v", text, err)
	}
	return v
}

func TestCanonicalFollowsRFC8785(t *testing.T) {
	for text, want := range map[string]string{
		`{ "b" : 2 , "a" : [ 1 , { } ] }`: `{"a":[1,{}],"b":2}`,
		// The example of RFC 8785, section 3.2.3: UTF-16 order is not UTF-8 order.
		`{"\u20ac":"Euro Sign","\r":"Carriage Return","\ufb33":"Hebrew Letter Dalet With Dagesh","1":"One",
		  "\ud83d\ude00":"Emoji: Grinning Face","\u0080":"Control","\u00f6":"Latin Small Letter O With Diaeresis"}`: `{"\r":"Carriage Return","1":"One","` + "\u0080" + `":"Control","ö":"Latin Small Letter O With Diaeresis","€":"Euro Sign","😀":"Emoji: Grinning Face","` + "\ufb33" + `":"Hebrew Letter Dalet With Dagesh"}`,
		`"\u20ac$\u000f\nA'B\"\\\\\"/"`:    `"€$\u000f\nA'B\"\\\\\"/"`,
		`"\/\u0041\u007f\b\f\n\r\t\u0000"`: `"/A` + "\x7f" + `\b\f\n\r\t\u0000"`,
		`[true,false,null]`:                `[true,false,null]`,
		`-0`:                               `0`,
		`-0.0e-7`:                          `0`,
		`1.0`:                              `1`,
		`1E2`:                              `100`,
		`333333333.33333329`:               `333333333.33333329`,
		`1E30`:                             `1e+30`,
		`4.50`:                             `4.5`,
		`2e-3`:                             `0.002`,
		`0.000000000000000000000000001`:    `1e-27`,
		`0.000001`:                         `0.000001`,
		`0.0000001`:                        `1e-7`,
		`1e20`:                             `100000000000000000000`,
		`1e21`:                             `1e+21`,
		`10e999999999`:                     `10e+999999999`,
		`1200.5e999999999`:                 `1200.5e+999999999`,
		`0.1e999999999`:                    `1e+999999998`,
		`0.025e-999999999`:                 `0.025e-999999999`,
		`25e-999999999`:                    `2.5e-999999998`,
		`-12.5e-9`:                         `-1.25e-8`,
	} {
		if got := canonical(mustParse(t, text)); got != want {
			t.Errorf("%s:\ngot  %s\nwant %s", text, got, want)
		}
	}
}

func TestNumbersThatShareADoubleStayApart(t *testing.T) {
	for _, pair := range [][2]string{
		{"1152921504606846976", "1152921504606847000"}, // RFC 8785 writes 2^60 as the second
		{"9007199254740993", "9007199254740992"},
		{"1e23", "99999999999999991611392"},
		{"0.1", "0.1000000000000000055511151231257827"},
		{"1e400", "1e401"},
		{"1e-400", "0"},
	} {
		a, b := mustParse(t, pair[0]), mustParse(t, pair[1])
		if canonical(a) == canonical(b) || Digest(a) == Digest(b) || equal(a, b) {
			t.Errorf("%s and %s became one number", pair[0], pair[1])
		}
	}
}

func TestSpellingDoesNotChangeTheDigest(t *testing.T) {
	for _, pair := range [][2]string{
		{`{"a":1,"b":"é"}`, ` { "b" : "\u00e9" , "\u0061" : 10e-1 } `},
		{`-0`, `0`}, {`1e400`, `10.0e399`}, {`9007199254740993`, `9007199254740993.000`}, {`"/"`, `"\/"`},
	} {
		a, b := mustParse(t, pair[0]), mustParse(t, pair[1])
		if Digest(a) != Digest(b) || !equal(a, b) || !equal(b, a) {
			t.Errorf("%s and %s are told apart", pair[0], pair[1])
		}
	}
	if d := Digest(mustParse(t, `{}`)); d != "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a" {
		t.Errorf("digest of {} is %s", d)
	}
}

func TestDifferentValuesAreNotEqual(t *testing.T) {
	values := []string{
		`null`, `false`, `true`, `0`, `1`, `""`, `"0"`, `"a"`, `[]`, `[0]`, `[[]]`, `[0,0]`, `{}`, `{"a":0}`, `{"A":0}`, `{"a":1}`,
		`{"a":0,"b":0}`, `{"a":[]}`, `"null"`, `[1,2]`, `[2,1]`, `{"a":{"b":1}}`,
	}
	for i, x := range values {
		for j, y := range values {
			a, b := mustParse(t, x), mustParse(t, y)
			if same := i == j; equal(a, b) != same || (canonical(a) == canonical(b)) != same {
				t.Errorf("%s and %s", x, y)
			}
		}
	}
}

func TestAppendStringIsAlwaysValid(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := strings.Map(func(r rune) rune {
			if noncharacter(r) {
				return 'x'
			}
			return r
		}, rapid.String().Draw(t, "s"))
		v := mustParseRapid(t, string(AppendString(nil, s)))
		if got, _ := v.Text(); got != s {
			t.Fatalf("%q came back as %q", s, got)
		}
	})
	for s, want := range map[string]string{"a\xffb": `"a` + "\uFFFD" + `b"`, "\xed\xa0\x80\n": "\"\uFFFD" + `\n"`, "": `""`} {
		if got := string(AppendString(nil, s)); got != want {
			t.Errorf("%q: got %s", s, got)
		}
	}
}

// spelling draws a JSON number in some spelling.
func spelling() *rapid.Generator[string] {
	return rapid.StringMatching(`-?(0|[1-9][0-9]{0,20})(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,2})?`)
}

func TestNumbersAreEqualExactlyWhenTheirValuesAre(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x, y := spelling().Draw(t, "x"), spelling().Draw(t, "y")
		r, _ := new(big.Rat).SetString(x)
		s, _ := new(big.Rat).SetString(y)
		a, b := mustParseRapid(t, x), mustParseRapid(t, y)
		if same := r.Cmp(s) == 0; equal(a, b) != same || (canonical(a) == canonical(b)) != same {
			t.Fatalf("%s and %s: equal is %v", x, y, equal(a, b))
		}
		back, _ := new(big.Rat).SetString(canonical(a))
		if back == nil || back.Cmp(r) != 0 {
			t.Fatalf("%s became %s", x, canonical(a))
		}
	})
}
