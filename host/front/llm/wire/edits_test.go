package wire

import (
	"encoding/json"
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"argus/internal/ijson"
)

func parsed(t interface{ Fatal(...any) }, text string) ijson.Value {
	v, err := ijson.ParseString(text, ijson.AtMost(1<<20))
	if err != nil {
		t.Fatal(text, err)
	}
	return v
}

func member(v ijson.Value, path ...string) ijson.Value {
	for _, name := range path {
		v, _ = v.Member(name)
	}
	return v
}

func TestWhatNoEditNamesStaysByteForByte(t *testing.T) {
	const text = " { \"a\" : [ 1 , 2,\n3 ] , \"b\" : { \"c\" : 1.50 , \"d\":\"\\u0041\" } } "
	for _, c := range []struct {
		name, want string
		do         func(e *Edits, v ijson.Value)
	}{
		{"nothing into what is absent", "{ \"a\" : [ 1 , 2,\n3 ] , \"b\" : { \"c\" : 1.50 , \"d\":\"\\u0041\" } }", func(e *Edits, v ijson.Value) { e.Insert(ijson.Value{}, "1") }},
		{"nothing", "{ \"a\" : [ 1 , 2,\n3 ] , \"b\" : { \"c\" : 1.50 , \"d\":\"\\u0041\" } }", func(*Edits, ijson.Value) {}},
		{"a value", "{ \"a\" : [ 1 , 2,\n3 ] , \"b\" : { \"c\" : 7 , \"d\":\"\\u0041\" } }", func(e *Edits, v ijson.Value) { e.Replace(member(v, "b", "c"), "7") }},
		{"an item at the end", "{ \"a\" : [ 1 , 2,\n3 ,4] , \"b\" : { \"c\" : 1.50 , \"d\":\"\\u0041\" } }", func(e *Edits, v ijson.Value) { e.Insert(member(v, "a"), "4") }},
		{"items before one", "{ \"a\" : [ 8,9,1 , 2,\n3 ] , \"b\" : { \"c\" : 1.50 , \"d\":\"\\u0041\" } }", func(e *Edits, v ijson.Value) {
			for _, item := range member(v, "a").Items() {
				e.Before(item, "8", "9")
				return
			}
		}},
		{"a member less", "{ \"a\" : [ 1 , 2,\n3 ] , \"b\" : { \"d\":\"\\u0041\" } }", func(e *Edits, v ijson.Value) {
			e.Keep(member(v, "b"), func(name string, _ ijson.Value) bool { return name == "d" })
		}},
		{"all at once", "{ \"a\" : [ 1,\n3 ,4] , \"b\" : {} ,\"e\":0}", func(e *Edits, v ijson.Value) {
			e.Insert(v, `"e":0`)
			e.Insert(member(v, "a"), "4")
			e.Keep(member(v, "a"), func(_ string, v ijson.Value) bool { return v.Raw() != "2" })
			e.Keep(member(v, "b"), func(string, ijson.Value) bool { return false })
		}},
	} {
		v := parsed(t, text)
		e := Edit(v)
		c.do(e, v)
		if got := e.Text(); got != c.want {
			t.Errorf("%s:\ngot  %q\nwant %q", c.name, got, c.want)
		}
	}
}

// TestKeepKeepsJustThat holds Keep to a second opinion, for every set of items and every spelling of the spaces.
func TestKeepKeepsJustThat(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		space := rapid.SampledFrom([]string{"", " ", "\n\t"})
		keep := rapid.SliceOfN(rapid.Bool(), 0, 6).Draw(t, "keep")
		text, want := "["+space.Draw(t, "s"), []any{}
		for i, k := range keep {
			if i > 0 {
				text += space.Draw(t, "s") + "," + space.Draw(t, "s")
			}
			text += `"a,]"`
			if k {
				text += space.Draw(t, "s")
				want = append(want, "a,]")
			}
		}
		v := parsed(t, text+"]")
		e, at := Edit(v), 0
		e.Keep(v, func(string, ijson.Value) bool { at++; return keep[at-1] })
		var got []any
		if err := json.Unmarshal([]byte(e.Text()), &got); err != nil || !reflect.DeepEqual(got, want) {
			t.Fatalf("%q became %q, %v", text, e.Text(), err)
		}
	})
}

func TestToolsHaveOneDefinitionInEveryFormat(t *testing.T) {
	v := parsed(t, `{"description":"reads \u0041","schema":{"type":"object","properties":{"a":{}}}}`)
	for _, c := range []struct {
		got  ijson.Value
		want string
	}{
		{Definition("f", member(v, "description"), member(v, "schema")), `{"description":"reads A","inputSchema":{"properties":{"a":{}},"type":"object"},"name":"f"}`},
		{Definition(`"`, ijson.Value{}, ijson.Value{}), `{"description":"","inputSchema":{"properties":{},"type":"object"},"name":"\""}`},
		{FreeDefinition("f", ijson.Value{}, ""), `{"description":"","inputSchema":{"additionalProperties":false,"properties":{"input":{"type":"string"}},"required":["input"],"type":"object"},"name":"f"}`},
		{FreeDefinition("f", ijson.Value{}, "g"), `{"description":"","inputSchema":{"additionalProperties":false,"properties":{"input":{"description":"g","type":"string"}},"required":["input"],"type":"object"},"name":"f"}`},
	} {
		if got := string(ijson.AppendCanonical(nil, c.got)); got != c.want {
			t.Errorf("got  %s\nwant %s", got, c.want)
		}
	}
}

func TestOnlyKnownMembersPass(t *testing.T) {
	v := parsed(t, `{"a":1,"B":2}`)
	if err := Known(v, "", "a", "B", "c"); err != nil {
		t.Error(err)
	}
	for _, names := range [][]string{{"a"}, {"a", "b"}, {}} {
		if Known(v, "", names...) == nil {
			t.Errorf("passed with %q", names)
		}
	}
	if Known(parsed(t, `[]`), "", "a") == nil {
		t.Error("an array passed")
	}
}
