package ijson

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// membersOf gives n members m0 to m(n-1).
func membersOf(n int) string {
	var members []string
	for i := range n {
		members = append(members, fmt.Sprintf(`"m%d":%d`, i, i))
	}
	return strings.Join(members, ",")
}

func TestRawIsTheExactSource(t *testing.T) {
	v := mustParse(t, ` { "a" : [ 1.0 , "\u0041" ,{ } ] , "b": null } `)
	want := map[string]string{"a": `[ 1.0 , "\u0041" ,{ } ]`, "b": `null`}
	for name, member := range v.Members() {
		if member.Raw() != want[name] {
			t.Errorf("%s: %s", name, member.Raw())
		}
	}
	if v.Raw() != `{ "a" : [ 1.0 , "\u0041" ,{ } ] , "b": null }` {
		t.Errorf("top: %s", v.Raw())
	}
	var items []string
	a, _ := v.Member("a")
	for _, item := range a.Items() {
		items = append(items, item.Raw())
	}
	if !slices.Equal(items, []string{`1.0`, `"\u0041"`, `{ }`}) {
		t.Errorf("items: %q", items)
	}
}

func TestMembersAreFoundByExactName(t *testing.T) {
	for _, n := range []int{1, tableFrom - 1, tableFrom, 1000} {
		v := mustParse(t, `{"in":{`+membersOf(n)+`},"\u0065sc":true}`)
		in, _ := v.Member("in")
		if in.Len() != n {
			t.Fatalf("%d members, want %d", in.Len(), n)
		}
		for i := range n {
			m, ok := in.Member(fmt.Sprintf("m%d", i))
			if got, _ := m.Number(); !ok || string(got) != fmt.Sprint(i) {
				t.Fatalf("of %d: m%d is %q", n, i, got)
			}
		}
		for _, absent := range []string{"", "M0", "m", "m0 ", fmt.Sprintf("m%d", n)} {
			if m, ok := in.Member(absent); ok || m.Kind() != Invalid {
				t.Errorf("of %d: found %q, %s", n, absent, m.Raw())
			}
		}
		if esc, ok := v.Member("esc"); !ok || esc.Kind() != Bool {
			t.Error("an escaped name is not found by its text")
		}
	}
}

func TestMembersKeepSourceOrder(t *testing.T) {
	var names []string
	for name := range mustParse(t, `{"z":[1,{"q":2}],"a":{},"\u006d":0}`).Members() {
		names = append(names, name)
	}
	if !slices.Equal(names, []string{"z", "a", "m"}) {
		t.Errorf("got %q", names)
	}
}

func TestTextIsUnescaped(t *testing.T) {
	v := mustParse(t, `["\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00é😀\u0000x"]`)
	for _, item := range v.Items() {
		if got, ok := item.Text(); !ok || got != "\"\\/\b\f\n\r\té😀é😀\x00x" {
			t.Errorf("got %q", got)
		}
	}
}

func TestTheZeroValueDeniesEveryReading(t *testing.T) {
	var v Value
	_, isText := v.Text()
	_, isNumber := v.Number()
	_, isBool := v.Bool()
	_, isMember := v.Member("")
	if isText || isNumber || isBool || isMember || v.IsNull() || v.Len() != 0 || v.Raw() != "" || v.Kind() != Invalid {
		t.Error("the zero Value can be read")
	}
	if equal(v, v) || v.Exact() == nil || len(AppendCanonical(nil, v)) != 0 {
		t.Error("the zero Value passes for a value")
	}
	for range v.Members() {
		t.Error("the zero Value has members")
	}
	for range v.Items() {
		t.Error("the zero Value has items")
	}
}

func TestNamesThatAReceiverCouldFoldAreRefused(t *testing.T) {
	known := []string{"name", "arguments", "task_id", "k"}
	for _, text := range []string{
		`{"NAME":1}`, `{"name":1,"Name":2}`, `{"argumentS":1}`, `{"argument\u017f":1}`, `{"\u212a":1}`,
		`{"taskId":1}`, `{"task-id":1}`, `{"na_me":1}`, `{"\u004eame":1}`,
	} {
		if err := mustParse(t, text).Exact(known...); !errors.Is(err, CaseVariant) {
			t.Errorf("%s: %v", text, err)
		}
	}
	for _, text := range []string{`{}`, `{"name":1,"arguments":{"NAME":1},"task_id":2}`, `{"other":1,"names":2}`, `{"n\u0061me":1}`} {
		if err := mustParse(t, text).Exact(known...); err != nil {
			t.Errorf("control %s: %v", text, err)
		}
	}
	if err := mustParse(t, `[]`).Exact(known...); err == nil {
		t.Error("an array passed for an envelope")
	}
}

func TestALineCannotBeSplitByWhitespace(t *testing.T) {
	inner := `{"jsonrpc":"2.0","method":"tools/call"}`
	v := mustParse(t, "{\"a\" :\n"+inner+"\r\n,\"b\":\"x\\n\\\" y\",\"c\":[1 ,\t2]}")
	line := string(AppendLine([]byte("> "), v))
	if want := `> {"a" :` + inner + `,"b":"x\n\" y","c":[1 ,` + "\t2]}"; line != want {
		t.Errorf("got  %s\nwant %s", line, want)
	}
	again := mustParse(t, line[2:])
	if !equal(v, again) {
		t.Error("the line has another value")
	}
	plain := mustParse(t, `{"a" : 1}`)
	if got := string(AppendLine(nil, plain)); got != plain.Raw() {
		t.Errorf("a text without line ends changed to %s", got)
	}
}

func TestPlacesShowNoContent(t *testing.T) {
	p := Place("").Member("items").Item(3).Member("my secret").Member(strings.Repeat("x", 65)).Member("").Member("é").Member("a_b.$-")
	if p != "/items/3/*/*/*/*/a_b.$-" {
		t.Errorf("got %s", p)
	}
}
