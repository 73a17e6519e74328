package ijson

import (
	"errors"
	"runtime"
	"strings"
	"testing"
	"time"
)

// reasonOf parses text under usual limits and gives the reason of its refusal.
func reasonOf(t *testing.T, text string) (Reason, int) {
	t.Helper()
	_, err := ParseString(text, AtMost(1<<20))
	if err == nil {
		return 0, 0
	}
	fail, ok := errors.AsType[*Error](err)
	if !ok {
		t.Fatalf("%T is not an *Error", err)
	}
	return fail.Reason, fail.Offset
}

func mustParse(t testing.TB, text string) Value {
	t.Helper()
	v, err := ParseString(text, AtMost(1<<26))
	if err != nil {
		t.Fatalf("parse %.60q: %v", text, err)
	}
	return v
}

func TestWhatHasTwoReadingsIsRefused(t *testing.T) {
	cases := map[string]struct {
		text   string
		reason Reason
		offset int
	}{
		"empty":                      {``, Truncated, 0},
		"only space":                 {" \n", Truncated, 2},
		"second value":               {`{} {}`, Trailing, 3},
		"trailing comma":             {`[1,]`, Unexpected, 3},
		"trailing comma in object":   {`{"a":1,}`, Unexpected, 7},
		"leading comma":              {`[,1]`, Unexpected, 1},
		"missing colon":              {`{"a" 1}`, Unexpected, 5},
		"missing value":              {`{"a":}`, Unexpected, 5},
		"bare name":                  {`{a:1}`, Unexpected, 1},
		"single quotes":              {`['a']`, Unexpected, 1},
		"comment":                    {`[/**/1]`, Unexpected, 1},
		"wrong bracket":              {`[1}`, Unexpected, 2},
		"wrong brace":                {`{"a":1]`, Unexpected, 6},
		"open array":                 {`[[1]`, Truncated, 4},
		"open object":                {`{"a":1`, Truncated, 6},
		"open after name":            {`{"a"`, Truncated, 4},
		"open after comma":           {`{"a":1,`, Truncated, 7},
		"open string":                {`"abc`, Truncated, 4},
		"open escape":                {`"\`, Truncated, 1},
		"byte order mark":            {"\uFEFF{}", Unexpected, 0},
		"form feed as space":         {"\f1", Unexpected, 0},
		"no-break space":             {"\u00A01", Unexpected, 0},
		"NaN":                        {`NaN`, Unexpected, 0},
		"capital literal":            {`True`, Unexpected, 0},
		"literal runs on":            {`truely`, Trailing, 4},
		"raw NUL after value":        {"1\x00", Trailing, 1},
		"raw NUL before value":       {"\x001", Unexpected, 0},
		"raw NUL in string":          {"\"a\x00b\"", ControlCharacter, 2},
		"raw newline in string":      {"\"a\nb\"", ControlCharacter, 2},
		"escaped NUL in name":        {`{"name\u0000x":1}`, NulInName, 1},
		"unknown escape":             {`"\x41"`, BadEscape, 1},
		"short unit":                 {`"\u12"`, BadEscape, 1},
		"unit not hex":               {`"\u12g4"`, BadEscape, 1},
		"lone high":                  {`"\ud800"`, LoneSurrogate, 1},
		"lone low":                   {`"\udc00"`, LoneSurrogate, 1},
		"high and letter":            {`"\ud800A"`, LoneSurrogate, 1},
		"high and high":              {`"\ud800\ud800"`, LoneSurrogate, 1},
		"low then high":              {`"\udc00\ud800"`, LoneSurrogate, 1},
		"lone high in name":          {`{"\ud800":1}`, LoneSurrogate, 2},
		"noncharacter":               {"\"\uFFFF\"", Noncharacter, 1},
		"noncharacter in the middle": {"\"\uFDD0\"", Noncharacter, 1},
		"escaped noncharacter":       {`"\uFFFE"`, Noncharacter, 1},
		"paired noncharacter":        {`"\uD83F\uDFFE"`, Noncharacter, 1},
		"leading zero":               {`01`, BadNumber, 0},
		"negative leading zero":      {`-01`, BadNumber, 0},
		"plus":                       {`+1`, Unexpected, 0},
		"bare minus":                 {`-`, BadNumber, 0},
		"bare point":                 {`.5`, Unexpected, 0},
		"no fraction":                {`1.`, BadNumber, 0},
		"no exponent":                {`1e`, BadNumber, 0},
		"no exponent digits":         {`1e+`, BadNumber, 0},
		"hexadecimal":                {`0x10`, Trailing, 1},
		"underscore":                 {`1_000`, Trailing, 1},
		"exponent of ten digits":     {`1e1000000000`, HugeExponent, 0},
		"exponent beyond 64 bits":    {`0e-99999999999999999999`, HugeExponent, 0},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if reason, offset := reasonOf(t, c.text); reason != c.reason || offset != c.offset {
				t.Errorf("got %q at %d, want %q at %d", reason, offset, c.reason, c.offset)
			}
		})
	}
}

// The control to the refusals above: odd, but with one reading.
func TestWhatHasOneReadingIsRead(t *testing.T) {
	for _, text := range []string{
		`0`, `-0`, `-0.0e-0`, `1E+05`, `1e999999999`, `1e0000000000000000005`, `""`, `" "`, `"\u0000"`,
		"\"\x7f\"", `"\ud83d\ude00"`, `"😀"`, `[]`, `{}`, " [ ] ", "\t{\r\n}", `{"":{"":{}}}`,
		`{"a":1,"A":2,"á":3}`, `[[],[[]],{}]`, `"\/\b\f\n\r\t\"\\"`, "\"\uFFFD\"", `{"a":[{"a":1},{"a":2}]}`,
	} {
		if reason, offset := reasonOf(t, text); reason != 0 {
			t.Errorf("%q refused: %v at %d", text, reason, offset)
		}
	}
}

func TestEveryClassOfInvalidUTF8IsRefused(t *testing.T) {
	for name, bad := range map[string]string{
		"stray continuation":        "\x80",
		"two bytes cut short":       "\xC3",
		"three bytes cut short":     "\xE2\x82",
		"four bytes cut short":      "\xF0\x9F\x98",
		"bad continuation":          "\xC3A",
		"overlong slash, two":       "\xC0\xAF",
		"overlong slash, three":     "\xE0\x80\xAF",
		"overlong slash, four":      "\xF0\x80\x80\xAF",
		"overlong NUL":              "\xC0\x80",
		"encoded high surrogate":    "\xED\xA0\x80",
		"encoded low surrogate":     "\xED\xBF\xBF",
		"surrogate pair in CESU-8":  "\xED\xA0\xBD\xED\xB8\x80",
		"above the last code point": "\xF4\x90\x80\x80",
		"five bytes":                "\xF8\x88\x80\x80\x80",
		"FE":                        "\xFE",
		"FF":                        "\xFF",
	} {
		for where, text := range map[string]string{
			"value": `["` + bad + `"]`, "name": `{"` + bad + `":1}`, "after escape": `["\n` + bad + `"]`,
		} {
			if reason, _ := reasonOf(t, text); reason != BadUTF8 {
				t.Errorf("%s in %s: got %v", name, where, reason)
			}
		}
	}
}

func TestDuplicateNamesAreRefusedAtEveryLevel(t *testing.T) {
	twice := map[string]string{
		"plain":           `"a":1,"a":2`,
		"equal values":    `"a":1,"a":1`,
		"escaped second":  `"a":1,"\u0061":2`,
		"escaped first":   `"\u0061":1,"a":2`,
		"escaped both":    `"\u0061":1,"\u0061":2`,
		"pair and bytes":  `"😀":1,"\ud83d\ude00":2`,
		"empty":           `"":1,"":2`,
		"solidus":         `"/":1,"\/":2`,
		"far apart":       `"a":{"b":[1,2]},"c":[{}],"a":0`,
		"hexadecimal":     `"\u00e9":1,"\u00E9":2`,
		"in a big object": membersOf(100) + `,"m7":1`,
		"escaped in big":  membersOf(100) + `,"\u006d7":1`,
	}
	wraps := []string{`{%}`, `[{%}]`, `{"x":{%}}`, `[[0,{"y":[{%}]}],1]`, `{"z":1,"w":[{},{"v":{%}}]}`}
	for name, members := range twice {
		for _, wrap := range wraps {
			text := strings.Replace(wrap, "%", members, 1)
			if reason, _ := reasonOf(t, text); reason != DuplicateName {
				t.Errorf("%s in %s: got %v", name, wrap, reason)
			}
		}
	}
	for _, wrap := range wraps {
		control := strings.Replace(wrap, "%", `"a":1,"A":2,"\u0062":{"a":1},`+membersOf(100), 1)
		if reason, _ := reasonOf(t, control); reason != 0 {
			t.Errorf("control in %s refused: %v", wrap, reason)
		}
	}
}

func TestNestingIsBounded(t *testing.T) {
	nest := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	mixed := strings.Repeat(`{"a":[`, 64) + strings.Repeat(`]}`, 64)
	for _, text := range []string{nest(128), mixed} {
		if reason, _ := reasonOf(t, text); reason != 0 {
			t.Errorf("128 levels refused: %v", reason)
		}
	}
	for _, n := range []int{129, 10_000} {
		if reason, offset := reasonOf(t, nest(n)); reason != TooDeep || offset != 128 {
			t.Errorf("%d levels: got %v at %d", n, reason, offset)
		}
	}
	if _, err := ParseString(nest(129), Limits{Bytes: 1000, Depth: 1000, Values: 1000}); !errors.Is(err, TooDeep) {
		t.Errorf("a caller's limit lifted the depth: %v", err)
	}
	if _, err := ParseString(nest(3), Limits{Bytes: 1000, Depth: 2, Values: 1000}); !errors.Is(err, TooDeep) {
		t.Errorf("a caller's lower limit did not hold: %v", err)
	}
}

func TestZeroLimitsRefuseEverything(t *testing.T) {
	for _, text := range []string{``, `1`, `{}`} {
		if _, err := ParseString(text, Limits{}); err == nil {
			t.Errorf("%q was read", text)
		}
	}
}

func TestFiftyMegabytesAreRefusedAtOnce(t *testing.T) {
	huge := []byte("[" + strings.Repeat("0,", 25<<20) + "0]")
	for name, c := range map[string]struct {
		limits Limits
		reason Reason
	}{
		"by length":           {AtMost(1 << 20), TooLarge},
		"by number of values": {AtMost(64 << 20), TooMany},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		start := time.Now()
		_, err := Parse(huge, c.limits)
		took := time.Since(start)
		runtime.ReadMemStats(&after)
		if !errors.Is(err, c.reason) {
			t.Errorf("%s: got %v", name, err)
		}
		if took > 5*time.Second {
			t.Errorf("%s: took %v", name, took)
		}
		if spent := after.TotalAlloc - before.TotalAlloc; c.reason == TooLarge && spent > 1<<16 || spent > 250<<20 {
			t.Errorf("%s: allocated %d bytes", name, spent)
		}
	}
}

func TestErrorsEchoNoContent(t *testing.T) {
	for _, text := range []string{
		`{"hunter2":1,"hunter2":2}`, `["hunter2`, `"hunter2\q"`, `[1] hunter2`, `{"hunter2":hunter2}`,
	} {
		_, err := ParseString(text, AtMost(1000))
		if err == nil || strings.Contains(err.Error(), "hunter") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestLaterWritesToTheBufferChangeNothing(t *testing.T) {
	buffer := []byte(`{"to":"bank"}`)
	v, err := Parse(buffer, AtMost(100))
	if err != nil {
		t.Fatal(err)
	}
	copy(buffer, `{"to":"evil"}`)
	if to, _ := v.Member("to"); to.Raw() != `"bank"` {
		t.Errorf("the document changed to %s", to.Raw())
	}
}

// TestPlainBytesAreCountedAsOneByOne: eight at a time or one, wherever the byte stands that is not plain, and whatever follows it.
func TestPlainBytesAreCountedAsOneByOne(t *testing.T) {
	for c := range 256 {
		for at := range 20 {
			for _, after := range []byte{' ', '!', '~', '"', 0, 0x1f, 0x7f, 0x80, 0xff} {
				text := []byte(strings.Repeat("~", at) + string([]byte{byte(c)}) + strings.Repeat(string([]byte{after}), 9))
				for from := range at + 1 {
					want := from
					for want < len(text) && plain[text[want]] {
						want++
					}
					if got := plains(string(text), from); got != want-from {
						t.Fatalf("%q from %d: %d instead of %d", text, from, got, want-from)
					}
				}
			}
		}
	}
}

// TestNamesAreToldApartWhateverTheirLength: those of one length are compared, also where it is one only for the bits.
func TestNamesAreToldApartWhateverTheirLength(t *testing.T) {
	names := []string{"", "a", "b", "aa", "ab", strings.Repeat("c", 64), strings.Repeat("c", 65), strings.Repeat("d", 65)}
	for i, x := range names {
		for _, y := range names[:i] {
			for _, between := range []string{"", `,"other":1`} {
				text := `{"` + x + `":1` + between + `,"` + y + `":1}`
				if _, err := ParseString(text, AtMost(1000)); err != nil {
					t.Errorf("%s: %v", text, err)
				}
			}
		}
		text := `{"` + x + `":1,"other":2,"` + x + `":1}`
		if _, err := ParseString(text, AtMost(1000)); !errors.Is(err, DuplicateName) {
			t.Errorf("%s: %v", text, err)
		}
	}
}
